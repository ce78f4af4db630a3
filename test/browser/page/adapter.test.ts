/** The adapter's contract in every stage in real Chromium: real IndexedDB, and the real server behind a service worker. */
import { afterAll, beforeAll, vi } from "vitest";
import { originApp } from "../../adapter/origin-app.ts";
import { schoolInPage } from "../../adapter/school-in-page.ts";
import { adapterContract } from "../../contracts/adapter.ts";
import { pageServer } from "../../support/page-server.ts";
import type { TestServer } from "../../support/server-on.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: TestServer;
beforeAll(async () => {
  server = await pageServer();
}, 60_000);
afterAll(() => server.close());

adapterContract((stage) => schoolInPage(server, stage), originApp);
