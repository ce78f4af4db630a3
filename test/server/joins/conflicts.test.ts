/** Open conflicts: who sees them, and what a decision does. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { type Device, device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type TestServer, type TokenFor, testServer } from "../../support/server.ts";
import { importing, partsOf, student } from "../migration/scenario.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let schools = 0;
let school: string;
let anna: Device;
let bert: Device;
beforeEach(() => {
  schools += 1;
  school = schoolIdOf(`open conflicts ${schools}`);
  anna = device(server, uuid(1), { school, user: "anna" });
  bert = device(server, uuid(2), { school, user: "bert" });
});

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly fields: string[];
}
const list = async (who: TokenFor = {}, query = "") =>
  (await server.call("GET", `/api/conflicts${query}`, { school, ...who })).body as {
    conflicts: Listed[];
    next: string | null;
  };
const all = async (who: TokenFor = {}, limit = 100) => {
  const found: Listed[] = [];
  let next: string | null = null;
  do {
    const page = await list(who, `?limit=${limit}${next === null ? "" : `&after=${next}`}`);
    found.push(...page.conflicts);
    next = page.next;
  } while (next !== null);
  return found;
};
const resolve = (decisions: object[], more: object = {}) =>
  server.call("POST", "/api/conflicts/resolve", { school, user: "head", body: { decisions, ...more } });
const stored = async (domain: string, id: string) =>
  (await server.call("GET", `/api/${domain}/${id}`, { school })).body.record as Record<string, unknown> | undefined;

const id = uuid(10);
const change = (domain: string, fields: object, version: number, recordId = id) =>
  ({ kind: "update", domain, recordId, base: { version }, fields: { ...fields } }) as const;
const remove = (domain: string, version: number, recordId = id) =>
  ({ kind: "delete", domain, recordId, base: { version } }) as const;

/** A grade that both changed: Anna's stands, Bert's is kept. */
async function twoGrades(grade = id) {
  await anna.push(create("grades", grade, { score: "1" }));
  await anna.push(change("grades", { score: "2" }, 1, grade));
  await bert.push(change("grades", { score: "3" }, 1, grade));
}

test("L6: an open conflict shows both sides, the fields that differ, and whose the loser is", async () => {
  await twoGrades();
  const [conflict] = await all();
  expect(conflict).toMatchObject({
    from: "sync",
    domain: "grades",
    recordId: id,
    kind: "UPDATE_UPDATE",
    stands: { score: "2" },
    loser: { score: "3" },
    fields: ["score"],
    author: "bert",
  });
});

test("L6: restoring a loser is a change like any other, and can be asked for twice", async () => {
  await twoGrades();
  const [conflict] = await all();
  const decision = { id: conflict?.id, keep: "restore" };
  const preview = await resolve([decision], { dryRun: true });
  expect(preview.body.outcomes).toEqual([{ id: conflict?.id, domain: "grades", recordId: id, did: "updated" }]);
  expect(await stored("grades", id)).toMatchObject({ score: "2" });
  expect(await all()).toHaveLength(1);
  const { body } = await resolve([decision]);
  expect(body.outcomes).toEqual(preview.body.outcomes);
  expect(await stored("grades", id)).toMatchObject({ score: "3" });
  expect(await all()).toEqual([]);
  const again = await resolve([decision]);
  expect(again.body).toEqual({
    seq: body.seq,
    outcomes: [{ id: conflict?.id, domain: "grades", recordId: id, did: "already" }],
  });
  expect((await resolve([{ id: conflict?.id, keep: "first" }])).body.code).toBe("NOT_FOUND");
  const lines = await server.sql(
    `select op, before->>'score' as score, author from history where school_id = '${school}' order by seq`,
  );
  expect(lines.at(-1)).toEqual({ op: "update", score: "2", author: "head" });
  const closed = await server.sql(
    `select resolution, resolved_by, resolved_at is not null as timed from conflicts where school_id = '${school}'`,
  );
  expect(closed).toEqual([{ resolution: "second", resolved_by: "head", timed: true }]);
});

test("keeping the first writes nothing and closes the conflict", async () => {
  await twoGrades();
  const [conflict] = await all();
  const { body } = await resolve([{ id: conflict?.id, keep: "first" }]);
  expect(body).toMatchObject({ seq: 2, outcomes: [{ did: "kept" }] });
  expect(await stored("grades", id)).toMatchObject({ score: "2" });
  expect(await all()).toEqual([]);
});

test("L7: a delete that lost against a change can be carried out by a human", async () => {
  await anna.push(create("students", id, { name: "Ada" }));
  await anna.push(change("students", { notes: "n" }, 1));
  await bert.push(remove("students", 1));
  const [lostDelete] = await all();
  expect(lostDelete).toMatchObject({ kind: "UPDATE_DELETE", loser: { deleted: true }, author: "bert" });
  expect((await resolve([{ id: lostDelete?.id, keep: "second" }])).body.outcomes).toMatchObject([{ did: "deleted" }]);
  expect(await stored("students", id)).toBeUndefined();
});

test("L6: a second create of one id can take the first one's place, also after the record was deleted", async () => {
  await anna.push(create("students", id, { name: "First" }));
  await bert.push(create("students", id, { name: "Second" }));
  await anna.push(remove("students", 1));
  const [conflict] = await all();
  expect(conflict).toMatchObject({ kind: "CREATE_CREATE", stands: null });
  expect((await resolve([{ id: conflict?.id, keep: "restore" }])).body.outcomes).toMatchObject([{ did: "created" }]);
  expect(await stored("students", id)).toMatchObject({ name: "Second" });
});

test("two conflicts of one record are restored one on the other, in the order given", async () => {
  await anna.push(create("grades", id, { score: "1", comments: "c" }));
  await anna.push(change("grades", { score: "2", comments: "anna" }, 1));
  await bert.push(change("grades", { score: "3" }, 1), change("grades", { score: "4" }, 1));
  const open = (await all()) as (Listed & { loser: { score: string } })[];
  const [three, four] = ["3", "4"].map((score) => open.find((c) => c.loser.score === score));
  await resolve([
    { id: four?.id, keep: "restore" },
    { id: three?.id, keep: "restore" },
  ]);
  expect(await stored("grades", id)).toMatchObject({ score: "3", comments: "anna" });
  expect(await all()).toEqual([]);
});

test("one decision that cannot be carried out leaves all of them undone, and says which", async () => {
  await twoGrades();
  await anna.push(create("students", uuid(11), { name: "Ada" }));
  await anna.push(change("students", { notes: "n" }, 1, uuid(11)));
  await bert.push(remove("students", 1, uuid(11)));
  await anna.push(create("grades", uuid(12), { studentId: uuid(11) }));
  const [grade, lostDelete] = await all();
  const { body } = await resolve([
    { id: grade?.id, keep: "second" },
    { id: lostDelete?.id, keep: "second" },
  ]);
  expect(body).toMatchObject({ code: "REFERENCED", place: lostDelete?.id });
  expect(await stored("grades", id)).toMatchObject({ score: "2" });
  expect(await all()).toHaveLength(2);
});

test("the list is paged, and conflicts of imports follow those of sync", async () => {
  for (const n of [10, 11, 12]) await twoGrades(uuid(n));
  const run = await importing(server, "first", { school });
  await run.run(partsOf("students", [student("Ada"), student("Bea")]));
  const other = await importing(server, "second", { school });
  await other.run(partsOf("students", [student("Ada", { phone: "7" }), student("Bea", { phone: "8" })]));
  for (const limit of [1, 2, 100]) {
    const found = await all({}, limit);
    expect(found.map(({ kind }) => kind)).toEqual([
      ...Array(3).fill("UPDATE_UPDATE"),
      ...Array(2).fill("CREATE_CREATE"),
    ]);
    expect(new Set(found.map((c) => c.id)).size).toBe(5);
    expect(found.at(-1)).toMatchObject({
      from: "import",
      stands: { phone: null },
      loser: { phone: "8" },
      fields: ["phone"],
    });
  }
  const ofImport = await list({}, `?import=${other.importId}`);
  expect(ofImport.conflicts.map((c) => c.id)).toEqual([`${other.importId}.1.1`, `${other.importId}.2.1`]);
  const { body } = await resolve(ofImport.conflicts.map((c, i) => ({ id: c.id, keep: i === 0 ? "second" : "first" })));
  expect(body.outcomes).toMatchObject([{ did: "updated" }, { did: "kept" }]);
  expect(await stored("students", student("Ada").id)).toMatchObject({ phone: "7" });
  expect((await list({}, `?import=${other.importId}`)).conflicts).toEqual([]);
  expect((await list({}, "?after=nonsense")) as object).toMatchObject({ code: "BAD_REQUEST", place: "after" });
});

test("L10: a role sees and decides only conflicts of domains that it may read and write; a student its own", async () => {
  await anna.push(create("students", uuid(20), { name: "Ada" }), create("students", uuid(21), { name: "Bea" }));
  for (const [n, studentId] of [
    [30, uuid(20)],
    [31, uuid(21)],
  ] as const) {
    await anna.push(create("grades", uuid(n), { score: "1", studentId }));
    await anna.push(change("grades", { score: "2" }, 1, uuid(n)));
    await bert.push(change("grades", { score: "3" }, 1, uuid(n)));
  }
  await anna.push(create("payments", uuid(40), { amount: "1" }));
  await anna.push(change("payments", { amount: "2" }, 1, uuid(40)));
  await bert.push(change("payments", { amount: "3" }, 1, uuid(40)));
  expect(await all()).toHaveLength(3);
  expect((await all({ role: "teacher" })).map((c) => c.kind)).toHaveLength(2);
  const own = await all({ role: "student", studentId: uuid(20) });
  expect(own).toMatchObject([{ recordId: uuid(30) }]);
  const [first] = own;
  const body = { decisions: [{ id: first?.id, keep: "second" }] };
  expect((await server.call("POST", "/api/conflicts/resolve", { school, role: "viewer", body })).status).toBe(403);
  const payment = (await all()).at(-1);
  const hidden = { decisions: [{ id: payment?.id, keep: "second" }] };
  expect((await server.call("POST", "/api/conflicts/resolve", { school, role: "teacher", body: hidden })).status).toBe(
    404,
  );
  const elsewhere = await server.call("POST", "/api/conflicts/resolve", { school: schoolIdOf("else"), body });
  expect(elsewhere.body.code).toBe("NOT_FOUND");
});
