/** The slices and hooks once more, on the least versions that the peer ranges allow (package.json beside this file). */
import { join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { msw } from "msw/vite";
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
    // Serves the worker script of the mocks.
    plugins: [msw({ mode: "worker-only" })],
    resolve: { dedupe: peers },
    server: { fs: { allow: [join(root, "../..")] } },
    optimizeDeps: {
      include: [
        "cockatiel",
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
      setupFiles: [join(root, "../support/patience.ts")],
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
