/** What the test projects that run in a page of real Chromium have in common. */
import { playwright } from "@vitest/browser-playwright";
import { chromiumArgs, chromiumFile } from "./chromium.ts";

/** How long a test may wait for what must come: a machine that is busy with other tests takes its time. */
export const patience = { poll: { timeout: 30_000 } };

/** Named, so that Vite does not find them one by one and load the page again in the middle of a test. */
export const pageDependencies = [
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
];

/** Made anew for each project: a shared object gives wrong project names. */
export const inChromium = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: { executablePath: chromiumFile(), args: [...chromiumArgs] } }),
  instances: [{ browser: "chromium" as const }],
});
