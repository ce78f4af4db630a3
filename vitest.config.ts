import { storybookTest } from "@storybook/addon-vitest/vitest-plugin";
import { msw } from "msw/vite";
import { defineConfig } from "vitest/config";
import { oldestProjects } from "./test/oldest/projects.ts";
import { inChromium, pageDependencies, patience } from "./test/support/in-pages.ts";

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
        optimizeDeps: { include: pageDependencies },
        test: {
          // Inside a page of real Chromium.
          name: "browser",
          include: ["test/browser/page/**/*.test.ts"],
          setupFiles: ["test/support/patience.ts"],
          globalSetup: ["test/support/unpack-chromium.ts"],
          testTimeout: 60_000,
          expect: patience,
          browser: inChromium(),
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
          browser: inChromium(),
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
