/** The ways back: rollback, exports, and conflicts decided by a human. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { AnyRecord } from "../../../src/domain/define-domain.ts";
import { classes } from "../../../src/school/classes.ts";
import { terms } from "../../../src/school/terms.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import { emptied, type Importing, importing, partsOf, recordOf, student } from "./scenario.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
beforeEach(() => emptied(server));
afterAll(() => server.close());

const rollback = async ({ path }: Importing, dryRun = false) =>
  (await server.call("POST", `${path}/rollback`, { body: { dryRun } })).body;
const rows = async (table: string): Promise<number> =>
  Number((await server.sql(`select count(*)::int as n from ${table}`))[0]?.n);

const term = recordOf(terms, "1", { name: "Autumn" });
const math = recordOf(classes, "Math", { name: "Math", termId: term.id });
const parts = [
  ...partsOf("terms", [term]),
  ...partsOf("classes", [math], 2),
  ...partsOf("students", [student("Ada")], 3),
];
const change = (record: AnyRecord, body: unknown) =>
  server.call("PATCH", `/api/students/${record.id}`, { body, headers: { "if-match": "1" } });

test("L9: an untouched import goes as a whole, children first; ledger and archive stay; a new run is the next attempt", async () => {
  const school = await importing(server);
  await school.run(parts);
  const removed = { terms: 1, classes: 1, students: 1 };
  expect(await rollback(school, true)).toEqual({ removed, changed: [] });
  expect(await rows("students"), "a dry run writes nothing").toBe(1);
  expect(await rollback(school)).toEqual({ removed, changed: [] });
  expect([await rows("terms"), await rows("classes"), await rows("students")]).toEqual([0, 0, 0]);
  expect(await school.ledger()).toMatchObject({ state: "rolledBack", parts: { total: 3 }, balanced: true });
  const history = await server.sql(
    "select domain, before ->> 'name' as name from history where op = 'delete' order by seq",
  );
  expect(history).toHaveLength(3);
  expect(history).toContainEqual({ domain: "students", name: "Ada" });
  expect(await rollback(school), "sent again, it changes nothing").toEqual({ removed: {}, changed: [] });
  const next = await importing(server);
  expect([next.attempt, next.importId === school.importId]).toEqual([2, false]);
  expect((await next.run(parts)).outcomes).toEqual({ migrated: 3 });
});

test("L9: a row that was changed since stops the rollback until it was exported, and is kept in the history", async () => {
  const ada = student("Ada");
  const school = await importing(server);
  await school.run(parts);
  expect((await change(ada, { phone: "5" })).status).toBe(200);
  const changed = [{ domain: "students", id: ada.id }];
  expect(await rollback(school, true)).toMatchObject({ changed });
  expect(await rollback(school)).toMatchObject({ code: "ROLLBACK_CHANGED" });
  expect([await rows("terms"), await rows("students")]).toEqual([1, 1]);
  const early = await server.call("POST", "/api/migration/exports", { body: { seq: 3 } });
  expect([early.body.seq, (await rollback(school)).code]).toEqual([3, "ROLLBACK_CHANGED"]);
  const future = await server.call("POST", "/api/migration/exports", { body: { seq: 99 } });
  expect(future.status).toBe(400);
  expect((await server.call("POST", "/api/migration/exports", { body: {} })).body).toEqual({ seq: 4 });
  expect(await rollback(school)).toMatchObject({ removed: { students: 1 }, changed: [] });
  const [last] = await server.sql(
    "select before ->> 'phone' as phone from history where domain = 'students' order by seq desc limit 1",
  );
  expect(last).toEqual({ phone: "5" });
});

test("L9: a row changed by SQL stops the rollback, export or not", async () => {
  const school = await importing(server);
  await school.run(parts);
  await server.sql("update students set phone = '666'");
  await server.call("POST", "/api/migration/exports", { body: {} });
  expect(await rollback(school)).toMatchObject({ code: "ROLLBACK_CHANGED" });
  expect(await rows("students")).toBe(1);
});

test("L9: what others wrote since and hangs on an imported row stops the rollback, by name", async () => {
  const school = await importing(server);
  await school.run(parts);
  const later = recordOf(classes, "Art", { name: "Art", termId: term.id });
  expect((await server.call("POST", "/api/classes", { body: later })).status).toBe(201);
  const answer = await rollback(school);
  expect(answer.code).toBe("REFERENCED");
  expect(JSON.stringify(answer)).toContain(later.id);
  expect(await rows("terms")).toBe(1);
});

test("L5: a row that another import found equal stays for it", async () => {
  const first = await importing(server, "first");
  await first.run(parts);
  const second = await importing(server, "second");
  await second.run(partsOf("students", [student("Ada")]));
  expect(await rollback(first)).toMatchObject({ removed: { terms: 1, classes: 1 }, changed: [] });
  expect(await rows("students")).toBe(1);
  expect(await rollback(second), "it did not make the row").toMatchObject({ removed: {} });
  expect(await rows("students")).toBe(1);
});

test("L6: CREATE_CREATE is decided in bulk; the losing record can be found either way", async () => {
  const [ada, bob] = [student("Ada"), student("Bob")];
  await (await importing(server, "first")).run(partsOf("students", [ada, bob]));
  const second = await importing(server, "second");
  await second.run(
    partsOf("students", [
      { ...ada, phone: "A2" },
      { ...bob, phone: "B2" },
    ]),
  );
  const body = {
    parts: [
      { entry: 1, part: 1, keep: "first" },
      { entry: 2, part: 1, keep: "second" },
    ],
  };
  const resolve = (decisions: unknown) => server.call("POST", `${second.path}/conflicts/resolve`, { body: decisions });
  expect((await resolve(body)).body).toEqual({ seq: 3, resolved: 2 });
  expect((await resolve(body)).body, "sent again").toEqual({ seq: 3, resolved: 0 });
  expect(await server.sql("select name, phone, version from students order by name")).toEqual([
    { name: "Ada", phone: null, version: 1 },
    { name: "Bob", phone: "B2", version: 2 },
  ]);
  expect(await second.ledger()).toMatchObject({ parts: { byOutcome: { excluded: 1, merged: 1 } }, balanced: true });
  expect(
    await server.sql("select before ->> 'name' as name, before ->> 'phone' as phone from history where seq = 3"),
  ).toEqual([{ name: "Bob", phone: null }]);
  const kept = await server.call("GET", `${second.path}/ledger/parts?outcome=excluded`);
  expect(kept.body.parts).toMatchObject([{ reason: "RESOLVED_FIRST", payload: { phone: "A2" } }]);
  const other = await resolve({ parts: [{ entry: 1, part: 1, keep: "second" }] });
  expect([other.status, other.body.code]).toEqual([404, "NOT_FOUND"]);
});
