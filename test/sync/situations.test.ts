/** The situations that other engines' suites are about, on the real server. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Domain } from "../../src/domain/define-domain.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { uuid } from "../support/records.ts";
import { type Device, type Scenario, scenario } from "../support/scenario.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let school: Scenario;
let a: Device;
let b: Device;
beforeEach(async () => {
  school = await scenario(server);
  a = await school.device("a");
  b = await school.device("b");
  await a.sync();
  await b.sync();
});
afterEach(() => school.close());

const ada = uuid(10);
const everybody = async (): Promise<void> => {
  await a.sync();
  await b.sync();
  await a.sync();
};
const names = (device: Device): unknown[] =>
  [...device.store.all("students")].map((view) => (view.record as { name?: unknown }).name).sort();

test("A to the server to B", async () => {
  await a.create("students", ada, { name: "Ada" });
  await everybody();
  expect(b.get("students", ada)).toMatchObject({ record: { name: "Ada" }, serverVersion: 1, state: "synced" });
  await b.update("students", ada, { phone: "1" });
  await everybody();
  expect(a.get("students", ada)).toMatchObject({ record: { name: "Ada", phone: "1" }, serverVersion: 2 });
  await a.remove("students", ada);
  await everybody();
  expect(b.get("students", ada)).toBeNull();
});

test("A to the server, B to the server, at the same time", async () => {
  await a.create("students", uuid(1), { name: "from A" });
  await b.create("students", uuid(2), { name: "from B" });
  await Promise.all([a.sync(), b.sync()]);
  await everybody();
  expect(names(a)).toEqual(["from A", "from B"]);
  expect(names(b)).toEqual(names(a));
});

test("L4: the checkpoint is on the server's side only: an answer that was never stored is pulled again", async () => {
  await b.create("students", ada, { name: "Ada" });
  await b.sync();
  const before = a.store.position.cursor;
  a.network.next("dropResponse");
  await a.sync();
  expect(a.store.position.cursor).toBe(before);
  await a.sync();
  expect(names(a)).toEqual(["Ada"]);
});

test("L4: the checkpoint is on the client's side only: a tab that died after storing it pulls from there", async () => {
  await b.create("students", ada, { name: "Ada" });
  await b.sync();
  await a.sync();
  a.tab.kill();
  const next = await a.reopen();
  const since = a.network.sent.length;
  await next.sync();
  expect(names(a)).toEqual(["Ada"]);
  const request = a.network.sent.slice(since).find(({ path }) => path === "/api/sync/patch");
  expect(request?.body.cursor).toBe(b.store.position.cursor);
  expect(a.network.sent.slice(since).filter(({ path }) => path === "/api/sync/full")).toEqual([]);
});

test("G6: a duplicate checkpoint: more is promised, and the cursor does not move: no endless round", async () => {
  await b.create("students", ada, { name: "Ada" });
  await b.sync();
  a.network.next({ rewrite: (answer) => ({ ...answer, cursor: a.store.position.cursor, changes: [], more: true }) });
  const since = a.network.sent.length;
  expect(await a.sync()).toMatchObject({ outcome: "failed", error: { place: "/cursor" } });
  expect(a.network.sent.length - since).toBe(1);
  await a.sync();
  expect(names(a)).toEqual(["Ada"]);
});

test("an update while the push of the same record is under way", async () => {
  a.network.next("hold");
  await a.create("students", ada, { name: "1" });
  await a.until(() => JSON.stringify(a.network.sent.at(-1)?.body).includes('"1"'));
  await a.update("students", ada, { name: "2", phone: "7" });
  a.network.release();
  await everybody();
  expect(await school.rows("students", ["name", "phone"])).toEqual([{ id: ada, version: 2, name: "2", phone: "7" }]);
  expect(await school.conflicts()).toEqual([]);
  expect(b.get("students", ada)?.record).toMatchObject({ name: "2" });
});

test("L6: an update here while another device's update arrives: both fields, or the loser is stored", async () => {
  await a.create("students", ada, { name: "Ada" });
  await everybody();
  await a.update("students", ada, { phone: "A" });
  await b.update("students", ada, { notes: "B" });
  await everybody();
  await b.sync();
  expect(a.get("students", ada)?.record).toMatchObject({ phone: "A", notes: "B" });
  await a.update("students", ada, { name: "A's" });
  b.browser.clock += 1000;
  await b.update("students", ada, { name: "B's" });
  await everybody();
  await b.sync();
  expect(a.get("students", ada)?.record).toMatchObject({ name: "B's" });
  expect(b.get("students", ada)?.record).toMatchObject({ name: "B's" });
  expect(await school.conflicts()).toMatchObject([{ kind: "UPDATE_UPDATE", loser: { name: "A's" }, author: "a" }]);
});

test("L4: pagination fails in the middle, and goes on where it was", async () => {
  for (let i = 0; i < 30; i++) await b.create("students", uuid(100 + i), { name: `${i}` });
  await b.sync();
  a.network.pageSize = 10;
  a.network.next("ok", "drop");
  expect((await a.sync()).outcome).toBe("failed");
  expect(names(a)).toHaveLength(10);
  const at = a.store.position.cursor;
  const since = a.network.sent.length;
  expect((await a.sync()).pulled).toBe(20);
  expect(a.network.sent[since]?.body.cursor).toBe(at);
  expect(new Set(names(a)).size).toBe(30);
});

test("L7: delete and re-create: the delete is not undone by what was sent before it, and the create stands", async () => {
  await a.create("students", ada, { name: "first" });
  await everybody();
  await a.remove("students", ada);
  await a.create("students", ada, { name: "second" });
  expect(a.get("students", ada)?.record).toMatchObject({ name: "second" });
  await everybody();
  expect(await school.rows("students")).toMatchObject([{ id: ada, name: "second" }]);
  expect(b.get("students", ada)?.record).toMatchObject({ name: "second" });
  await b.remove("students", ada);
  await everybody();
  await b.sync();
  expect(a.get("students", ada)).toBeNull();
  expect(await school.rows("students")).toEqual([]);
});

test("both inserted the same record: equal ones merge, and others are a shown conflict", async () => {
  await a.create("students", uuid(1), { name: "same" });
  await b.create("students", uuid(1), { name: "same" });
  await a.create("students", uuid(2), { name: "A's" });
  await b.create("students", uuid(2), { name: "B's" });
  await a.sync();
  const report = await b.sync();
  await everybody();
  expect(report.conflicts).toBe(1);
  expect(await school.rows("students")).toHaveLength(2);
  expect(await school.conflicts()).toMatchObject([{ kind: "CREATE_CREATE" }]);
  expect(names(a)).toEqual(names(b));
  expect(b.get("students", uuid(2))?.state).toBe("conflict");
});

test("L3: some but not all are acknowledged: the rest goes out again, in order, and nothing twice", async () => {
  a.network.always("drop");
  for (let i = 0; i < 10; i++) await a.create("students", uuid(100 + i), { name: `${i}` });
  a.network.heal();
  // A server that has no time for more answers for a beginning; what it did for the others is lost to this client.
  a.network.next({
    rewrite: (answer) => ({
      ...answer,
      results: (answer.results as unknown[]).slice(0, 4),
      cursor: a.store.position.cursor,
      changes: [],
    }),
  });
  const report = await a.sync();
  expect(report).toMatchObject({ outcome: "synced", pushed: 10 });
  const pushes = a.network.sent
    .map(({ body }) => ((body.mutations ?? []) as { id: number }[]).map(({ id }) => id))
    .filter((ids) => ids.length > 0);
  expect(pushes.slice(-3).flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 5, 6, 7, 8, 9, 10]);
  expect(await school.changes("students")).toBe(10);
});

test("another schema version: who is older pulls and keeps its writes, who is newer waits for the server", async () => {
  const same = (fields: JsonObject): JsonObject => fields;
  const nothing = { description: "nothing changes", up: same, down: same };
  const newer = schoolDomains.map(
    (domain): Domain => (domain.name === "students" ? { ...domain, schemaVersion: 2, migrations: [nothing] } : domain),
  );
  const ahead = await testServer({ domains: newer });
  const there = await scenario(ahead);
  const older = await there.device("older");
  expect((await older.sync()).outcome).toBe("synced");
  await older.create("students", ada, { name: "Ada" });
  await older.until(() => older.engine.status().phase === "paused");
  expect(older.engine.status()).toMatchObject({ paused: ["outdated"], error: { code: "CLIENT_OUTDATED" } });
  expect(older.store.outbox().mutations).toBe(1);
  // The new build arrives: what waited goes out.
  await older.reopen({ domains: newer });
  await older.sync();
  expect(await there.rows("students")).toMatchObject([{ name: "Ada" }]);

  await a.create("students", ada, { name: "Ada" });
  await a.sync();
  await a.reopen({ domains: newer });
  await a.update("students", ada, { name: "Ada L." });
  await a.until(() => a.engine.status().phase === "paused");
  expect(a.engine.status()).toMatchObject({ paused: ["outdated"], error: { code: "SCHEMA_NEWER" } });
  expect(a.store.outbox().mutations).toBe(1);
  await there.close();
  await ahead.close();
});

test("thousands of writes during a pull: everything arrives on both sides", async () => {
  for (let i = 0; i < 500; i++) await b.create("students", uuid(10_000 + i), { name: `b${i}` });
  await b.sync();
  a.network.next("hold");
  const pulling = a.sync();
  await a.until(() => a.engine.status().phase === "syncing");
  await Promise.all(Array.from({ length: 2000 }, (_, i) => a.create("students", uuid(20_000 + i), { name: `a${i}` })));
  a.network.release();
  await pulling;
  await everybody();
  await b.sync();
  expect(names(a)).toHaveLength(2500);
  expect(names(b)).toEqual(names(a));
  expect(await school.rows("students")).toHaveLength(2500);
});

test("G7: an initial sync that is cut goes on at its page, in another tab, and shows nothing before it is whole", async () => {
  for (let i = 0; i < 30; i++) await b.create("students", uuid(100 + i), { name: `${i}` });
  await b.sync();
  const late = await school.device("late", {}, (net) => {
    net.pageSize = 10;
    net.next("ok", "ok", "ok", "drop");
  });
  await late.until(() => late.engine.status().phase === "waiting");
  expect(names(late)).toEqual([]);
  late.tab.kill();
  // What others write meanwhile comes behind the snapshot.
  await b.update("students", uuid(100), { name: "changed" });
  await b.remove("students", uuid(129));
  await b.sync();
  const since = late.network.sent.length;
  await late.reopen();
  await late.sync();
  const pages = late.network.sent.slice(since).filter(({ path }) => path === "/api/sync/full");
  expect(pages.map(({ body }) => typeof body.token)).toEqual(["string", "string"]);
  expect(names(late)).toHaveLength(29);
  expect(late.get("students", uuid(100))?.record).toMatchObject({ name: "changed" });
  expect(late.engine.status().recovered).toBeNull();
});
