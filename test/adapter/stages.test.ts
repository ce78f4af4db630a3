/** The adapter's contract in every stage, against the real server. */
import { afterAll, beforeAll } from "vitest";
import { adapterContract } from "../contracts/adapter.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { adapterSchool } from "./adapter-school.ts";
import { originApp } from "./origin-app.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

adapterContract((stage) => adapterSchool(server, stage), originApp);
