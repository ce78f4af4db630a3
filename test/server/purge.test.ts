/** After 30 days the payload of what happened goes; who was away longer loads everything, and brings nothing back. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { purge } from "../../src/server/db/purge.ts";
import { type Device, device } from "../support/device.ts";
import { create, uuid } from "../support/records.ts";
import { type TestServer, testServer } from "../support/server.ts";

const day = 86_400_000;
let now = new Date("2026-01-01T00:00:00.000Z");
const later = (days: number) => {
  now = new Date(now.getTime() + days * day);
};

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ now: () => now });
});
afterAll(() => server.close());

let schools = 0;
let school: ReturnType<typeof schoolIdOf>;
let a: Device;
let b: Device;
beforeEach(() => {
  schools += 1;
  school = schoolIdOf(`purge ${schools}`);
  a = device(server, uuid(1), { school, user: "anna" });
  b = device(server, uuid(2), { school, user: "bert" });
});
const student = uuid(20);
const change = (fields: object, version: number) =>
  ({ kind: "update", domain: "students", recordId: student, base: { version }, fields: { ...fields } }) as const;
const remove = (version: number) =>
  ({ kind: "delete", domain: "students", recordId: student, base: { version } }) as const;
const clean = () => purge(server.db, school, now);
const refused = async (cursor: string | null) => {
  const { body } = await a.send([], { cursor });
  return body.code === "RESYNC_REQUIRED" ? body.facts : body.code;
};

test("F28 L7: a device that was away longer is told to load everything, and its late update of a deleted record brings nothing back", async () => {
  const { cursor } = await a.push(create("students", student, { name: "Ada" }), change({ name: "Ada L." }, 1));
  const deleted = await b.push(remove(2));
  later(31);
  const young = await b.push(create("students", uuid(21), { name: "Ben" }));
  expect(await clean()).toEqual({ changes: 2, results: 3 });
  for (const place of [cursor, null]) expect(await refused(place)).toEqual({ seq: 4, reason: "purged" });
  // Refused before anything is done, so that the same mutations go out again with a good cursor.
  const refusedPush = a.make(create("students", uuid(30), { name: "Dan" }));
  expect((await a.send([refusedPush], { cursor })).body.code).toBe("RESYNC_REQUIRED");
  expect((await a.send([refusedPush], { cursor: young.cursor })).body.results).toMatchObject([{ status: "applied" }]);
  // Who had seen the last change that lost its payload has missed nothing.
  expect((await a.pull(deleted.cursor)).changes.map((c) => c.id)).toEqual([uuid(21), uuid(30)]);

  const push = async (...parts: Parameters<Device["make"]>[0][]) =>
    (await a.send(parts.map(a.make), { cursor: young.cursor })).body.results;
  const late = await push(change({ notes: "late" }, 2), remove(2), create("grades", uuid(50), { studentId: student }));
  expect(late).toMatchObject([
    { status: "rejected", code: "NOT_FOUND" },
    { status: "merged" },
    { status: "rejected", code: "REFERENCE_MISSING" },
  ]);
  const again = await push(create("students", student, { name: "New" }));
  expect(again).toMatchObject([{ status: "applied", version: 4 }]);
  expect(await server.sql(`select name from students where school_id = '${school}' order by name`)).toEqual([
    { name: "Ben" },
    { name: "Dan" },
    { name: "New" },
  ]);
});

test("F28 L4: nothing is purged that a living client has not seen; one that was not seen for 30 days holds nothing back", async () => {
  const first = await a.push(create("students", student, { name: "Ada" }), change({ name: "B" }, 1));
  await b.pull(first.cursor);
  await a.push(change({ name: "C" }, 2), remove(3));
  later(20);
  // Seen again: bert is alive, and still where he was.
  await b.pull(first.cursor);
  later(20);
  expect(await clean()).toMatchObject({ changes: 1 });
  expect((await b.pull(first.cursor)).changes).toMatchObject([{ id: student, record: null }]);
  later(31);
  expect(await clean()).toMatchObject({ changes: 2 });
  expect(await refused(first.cursor)).toMatchObject({ reason: "purged" });
});

test("L2 F11: a mutation whose result was forgotten is still known: sent again it is a duplicate, with another body a fork", async () => {
  const made = a.make(create("students", student, { name: "Ada" }));
  await a.send([made]);
  const { cursor } = await b.push(create("students", uuid(21), { name: "Ben" }));
  later(31);
  expect(await clean()).toEqual({ changes: 0, results: 2 });
  expect((await a.send([made], { cursor })).body.results).toEqual([{ id: 1, status: "duplicate" }]);
  const forked = { ...made, fields: { ...made.fields, name: "Eve" } };
  expect((await a.send([forked], { cursor })).body.code).toBe("CLIENT_FORKED");
  // Its effect is not known by id any more, so a change made on it counts as one on an unknown state.
  const on = a.make({ ...change({ name: "Ada L." }, 1), base: { mutation: 1 } });
  expect((await a.send([on], { cursor })).body.results).toMatchObject([{ status: "conflict", stands: "client" }]);
});

test("L6 F28: a change on a base that was purged counts every difference; what it replaces is kept, with an author", async () => {
  await a.push(create("students", student, { name: "Ada" }), change({ name: "Ada L." }, 1));
  later(31);
  const { cursor } = await b.push(change({ notes: "n" }, 2));
  await clean();
  const c = device(server, uuid(3), { school, user: "cleo" });
  const late = c.make(change({ name: "Cleo's" }, 1));
  expect((await c.send([late], { cursor })).body.results).toMatchObject([{ status: "conflict", stands: "client" }]);
  expect(await server.sql(`select loser, author from conflicts where school_id = '${school}'`)).toEqual([
    { loser: { name: "Ada L." }, author: "anna" },
  ]);
});

test("F28: a snapshot that was being read when its moment was purged starts over instead of missing a record", async () => {
  await a.push(create("students", student, { name: "Ada" }), create("students", uuid(21), { name: "Ben" }));
  const page = async (token?: string) =>
    (await server.call("POST", "/api/sync/full", { school, body: { limit: 1, ...(token && { token }) } })).body;
  const one = await page();
  await b.push({ ...remove(1), recordId: uuid(21) });
  later(31);
  await b.push(create("students", uuid(22), { name: "Cleo" }));
  await clean();
  expect(await page(String(one.token))).toMatchObject({ code: "RESYNC_REQUIRED", facts: { reason: "purged" } });
});

test("L5: the history keeps its lines and its chain; the next purge finds nothing; the server purges what it was asked for", async () => {
  await a.push(create("students", student, { name: "Ada" }), change({ name: "B" }, 1), remove(2));
  const lines = () =>
    server.sql(`select seq::int, op, encode(chain, 'hex') as chain, before is null as bare from history
      where school_id = '${school}' order by seq`);
  const before = await lines();
  later(31);
  await server.server.purge();
  const after = await lines();
  expect(after.map((l) => [l.seq, l.op, l.chain])).toEqual(before.map((l) => [l.seq, l.op, l.chain]));
  expect(after.map((l) => l.bare)).toEqual([true, true, true]);
  expect(await clean()).toEqual({ changes: 0, results: 0 });
});
