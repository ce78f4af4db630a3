/** Pokes over a real WebSocket: what one device writes is seen by another one without any timer. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Listening, listen } from "../../src/server/listen.ts";
import { uuid } from "../support/records.ts";
import { type Scenario, scenario } from "../support/scenario.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
let listening: Listening;
beforeAll(async () => {
  server = await testServer();
  listening = await listen(server.server, { port: 0 });
});
afterAll(async () => {
  await listening.close();
  await server.close();
});

let school: Scenario;
beforeEach(async () => {
  school = await scenario(server, { live: listening.url });
});
afterEach(() => school.close());

test("F21: a poke makes a pull, and nothing but a pull; while another tab leads, no socket is open", async () => {
  const [a, b] = [await school.device("a"), await school.device("b")];
  await a.sync();
  await b.sync();
  await b.until(() => b.sockets.size === 1);
  const follower = await b.openTab();
  await a.create("students", uuid(1), { name: "Ada" });
  await b.until(() => b.get("students", uuid(1)) !== null);
  await b.until(() => follower.get("students", uuid(1)) !== null);
  expect(b.sockets.size).toBe(1);
  expect(b.trace.filter((line) => line.endsWith("wake")).length).toBeGreaterThan(0);
  await b.tab.close();
  await b.until(() => follower.engine.status().leading);
  await a.update("students", uuid(1), { name: "Ada L." });
  await b.until(() => follower.get("students", uuid(1))?.serverVersion === 2);
});
