import { storybookTest } from "@storybook/addon-vitest/vitest-plugin";
import { playwright } from "@vitest/browser-playwright";
import { msw } from "msw/vite";
import { defineConfig } from "vitest/config";
import { oldestProjects } from "./test/oldest/projects.ts";
import { chromiumArgs, chromiumFile } from "./test/support/chromium.ts";

/** How long a test may wait for what must come: a machine that is busy with other tests takes its time. */
const patience = { poll: { timeout: 30_000 } };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          expect: patience,
          environment: "node",
          setupFiles: ["test/support/seed.ts"],
          include: ["test/**/*.test.ts"],
          exclude: ["test/real/**", "test/e2e/**", "test/browser/**", "test/oldest/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Serves the worker script of the mocks.
        plugins: [msw({ mode: "worker-only" })],
        // Named, so that Vite does not find them one by one and load the page again in the middle of a test.
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
          // Inside a page of real Chromium.
          name: "browser",
          include: ["test/browser/page/**/*.test.ts"],
          setupFiles: ["test/support/patience.ts"],
          globalSetup: ["test/support/unpack-chromium.ts"],
          testTimeout: 60_000,
          expect: patience,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromiumFile(), args: [...chromiumArgs] } }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        // Each story is a test: it is drawn, played, and checked for accessibility.
        plugins: [storybookTest({ configDir: ".storybook" })],
        test: {
          name: "storybook",
          isolate: false,
          globalSetup: ["test/support/unpack-chromium.ts"],
          testTimeout: 90_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { executablePath: chromiumFile(), args: [...chromiumArgs] } }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        test: {
          // Driving real Chromium from outside: killing it, filling its disk, opening several tabs.
          name: "chromium",
          expect: patience,
          environment: "node",
          include: ["test/browser/driven/**/*.test.ts"],
          globalSetup: ["test/support/unpack-chromium.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      ...oldestProjects(),
      {
        test: {
          name: "e2e",
          expect: patience,
          environment: "node",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "real",
          expect: patience,
          environment: "node",
          include: ["test/real/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
