/** The slices and hooks once more, on the least versions that the peer ranges allow (package.json beside this file). */
import { join } from "node:path";
import { msw } from "msw/vite";
import type { TestProjectInlineConfiguration } from "vitest/config";
import { inChromium, pageDependencies, patience } from "../support/in-pages.ts";

const root = import.meta.dirname;
/** Whoever imports one of these gets the one in this folder. */
const peers = ["@reduxjs/toolkit", "react", "react-dom", "react-redux", "redux"];

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
    optimizeDeps: { include: pageDependencies },
    test: {
      name: "oldest-page",
      expect: patience,
      include: ["page.test.ts", "../browser/page/react/**/*.test.ts"],
      setupFiles: [join(root, "../support/patience.ts")],
      globalSetup: [join(root, "../support/unpack-chromium.ts")],
      testTimeout: 60_000,
      browser: inChromium(),
    },
  },
];
