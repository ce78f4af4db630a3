/** The slices and hooks once more, on the least versions that the peer ranges allow (package.json beside this file). */
import { join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { chromiumArgs, chromiumFile } from "../support/chromium.ts";

const root = import.meta.dirname;
/** Whoever imports one of these gets the one in this folder. */
const peers = ["@reduxjs/toolkit", "react", "react-dom", "react-redux", "redux"];

/** As long as the other projects wait for what must come. */
const patience = { poll: { timeout: 30_000 } };

export const oldestProjects = (): TestProjectInlineConfiguration[] => [
  {
    root,
    resolve: { dedupe: peers },
    test: {
      name: "oldest",
      expect: patience,
      environment: "node",
      setupFiles: [join(root, "../support/seed.ts")],
      include: ["node.test.ts", "../slices/**/*.test.ts", "../react/**/*.test.ts"],
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  },
  {
    root,
    resolve: { dedupe: peers },
    server: { fs: { allow: [join(root, "../..")] } },
    optimizeDeps: {
      include: [
        "localforage",
        "zod/mini",
        "@noble/hashes/legacy.js",
        "@noble/hashes/sha2.js",
        "@reduxjs/toolkit",
        "@reduxjs/toolkit/query",
        "@reduxjs/toolkit/query/react",
        "@testing-library/react",
        "react",
        "react-dom",
        "react-dom/client",
        "react/jsx-dev-runtime",
        "react-redux",
      ],
    },
    test: {
      name: "oldest-page",
      expect: patience,
      include: ["page.test.ts", "../browser/page/react/**/*.test.ts"],
      globalSetup: [join(root, "../support/unpack-chromium.ts")],
      testTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath: chromiumFile(), args: [...chromiumArgs] } }),
        instances: [{ browser: "chromium" }],
      },
    },
  },
];
