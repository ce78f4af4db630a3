/** The adapter's contract in every stage, on what the origin app itself had in its localStorage. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { adapterSchool } from "../adapter/adapter-school.ts";
import { legacyOf } from "../adapter/origin-app.ts";
import { adapterContract } from "../contracts/adapter.ts";
import { type TestServer, testServer } from "../support/server.ts";

const file = join(import.meta.dirname, "../../../shared/data/origin/localStorage.first-load.json");

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

adapterContract((stage) => adapterSchool(server, stage), legacyOf(JSON.parse(readFileSync(file, "utf8"))));
