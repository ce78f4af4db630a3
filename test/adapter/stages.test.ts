/** The adapter's contract in every stage, against the real server. */
import { afterAll, beforeAll } from "vitest";
import { adapterContract } from "../contracts/adapter.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

adapterContract(() => server);
