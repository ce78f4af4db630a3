/** People entered twice: shown, joined by a human, kept apart, and split again. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { enrollments } from "../../../src/school/enrollments.ts";
import { device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type Answer, type TestServer, testServer } from "../../support/server.ts";
import { importing, partsOf, recordOf, student } from "../migration/scenario.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let schools = 0;
let school: string;
beforeEach(() => {
  schools += 1;
  school = schoolIdOf(`people ${schools}`);
});

const post = (path: string, body: object, who: object = {}): Promise<Answer> =>
  server.call("POST", `/api/people/${path}`, { school, body, ...who });
const stored = async (domain: string, id: string) =>
  (await server.call("GET", `/api/${domain}/${id}`, { school })).body.record as Record<string, unknown> | undefined;
const pairs = async (query = "") =>
  (await server.call("GET", `/api/people${query}`, { school })).body.pairs as Record<string, never>[];

const [ada, twin, group, otherGroup] = [uuid(1), uuid(2), uuid(11), uuid(12)];
const [sharedPlace, twinsPlace, ownPlace, grade] = [uuid(21), uuid(22), uuid(23), uuid(31)];

/** Ada, and Ada again: both in one class, the second in another one, too, with a grade. */
async function adaTwice() {
  const office = device(server, uuid(900), { school, user: "office" });
  await office.push(
    create("classes", group, { name: "1a" }),
    create("classes", otherGroup, { name: "choir" }),
    create("students", ada, { name: "Ada", email: "ada@x.test", phone: "1" }),
    create("students", twin, { name: "Ada L.", email: "ADA@x.test", phone: "2", notes: "sings" }),
    create("enrollments", sharedPlace, { studentId: ada, classId: group, oneSided: false }),
    create("enrollments", twinsPlace, { studentId: twin, classId: group, oneSided: true }),
    create("enrollments", ownPlace, { studentId: twin, classId: otherGroup, oneSided: false }),
    create("grades", grade, { studentId: twin, score: "1" }),
  );
  return office;
}

test("two records with the same e-mail are shown, with the case in which they differ (B12)", async () => {
  await adaTwice();
  expect(await pairs()).toEqual([
    {
      domain: "students",
      by: ["email"],
      exact: false,
      a: { id: ada, externalId: null, key: ["ada@x.test"], references: 1 },
      b: { id: twin, externalId: null, key: ["ADA@x.test"], references: 3 },
    },
  ]);
  expect(await pairs("?domain=teachers")).toEqual([]);
});

test("a pair that a human keeps apart is not shown again, and a third one still is", async () => {
  const office = await adaTwice();
  expect((await post("apart", { a: twin, b: ada })).body).toEqual({ domain: "students" });
  expect(await pairs()).toEqual([]);
  await office.push(create("students", uuid(3), { name: "Ada", email: "ada@x.test" }));
  expect((await pairs()).map((pair) => [pair.a, pair.b])).toMatchObject([[{ id: ada }, { id: uuid(3) }]]);
});

test("L6 L9: a join turns what names the other to the survivor, keeps what lost, and takes the other away with its image", async () => {
  await adaTwice();
  const preview = await post("join", { survivor: ada, other: twin, dryRun: true });
  expect(preview.body).toMatchObject({
    already: false,
    moved: { enrollments: 1, grades: 1 },
    along: { enrollments: 1 },
    lost: ["name", "email", "phone", "notes"],
  });
  expect(await stored("students", twin)).toMatchObject({ name: "Ada L." });
  expect((await post("join", { survivor: ada, other: twin })).body).toEqual(preview.body);
  expect(await stored("students", twin)).toBeUndefined();
  expect(await stored("enrollments", twinsPlace)).toBeUndefined();
  expect(await stored("enrollments", ownPlace)).toMatchObject({ studentId: ada });
  expect(await stored("grades", grade)).toMatchObject({ studentId: ada });
  expect(await stored("students", ada)).toMatchObject({ name: "Ada", phone: "1", notes: null });
  const lost = await server.sql(
    `select domain, kind, loser, author from conflicts where school_id = '${school}' order by domain`,
  );
  expect(lost).toEqual([
    { domain: "enrollments", kind: "JOINED", loser: { oneSided: true }, author: "office" },
    {
      domain: "students",
      kind: "JOINED",
      loser: { name: "Ada L.", email: "ADA@x.test", phone: "2", notes: "sings" },
      author: "office",
    },
  ]);
  const lines = await server.sql(`select domain, op, before->>'id' as id, before->>'studentId' as of from history
    where school_id = '${school}' and seq > 8 order by seq`);
  expect(lines).toEqual([
    { domain: "enrollments", op: "delete", id: twinsPlace, of: twin },
    { domain: "enrollments", op: "update", id: ownPlace, of: twin },
    { domain: "grades", op: "update", id: grade, of: twin },
    { domain: "students", op: "delete", id: twin, of: null },
  ]);
  expect((await post("join", { survivor: ada, other: twin })).body).toMatchObject({ already: true, moved: {} });
  expect((await server.call("GET", "/api/people/aliases", { school })).body.aliases).toMatchObject([
    { domain: "enrollments", id: twinsPlace, survivor: sharedPlace, along: true },
    { domain: "students", id: twin, survivor: ada, along: false },
  ]);
});

test("L9: a split brings the record back as it was, with what the join had turned, and nothing else", async () => {
  const office = await adaTwice();
  await post("join", { survivor: ada, other: twin });
  // Written since: this one was Ada's from the beginning.
  await office.push(create("grades", uuid(32), { studentId: ada, score: "2" }));
  expect((await post("split", { other: twin, dryRun: true })).body).toMatchObject({
    restored: { students: 1, enrollments: 1 },
  });
  expect(await stored("students", twin)).toBeUndefined();
  expect((await post("split", { other: twin })).body).toMatchObject({
    survivor: ada,
    moved: { enrollments: 1, grades: 1 },
    restored: { students: 1, enrollments: 1 },
  });
  expect(await stored("students", twin)).toMatchObject({ name: "Ada L.", phone: "2", notes: "sings" });
  expect(await stored("enrollments", twinsPlace)).toMatchObject({ studentId: twin, classId: group, oneSided: true });
  expect(await stored("enrollments", ownPlace)).toMatchObject({ studentId: twin });
  expect(await stored("grades", grade)).toMatchObject({ studentId: twin });
  expect(await stored("grades", uuid(32))).toMatchObject({ studentId: ada });
  expect(await server.sql(`select distinct resolution from conflicts where school_id = '${school}'`)).toEqual([
    { resolution: "split" },
  ]);
  expect((await server.call("GET", `/api/students/${twin}`, { school })).body.version).toBe(3);
  expect((await post("split", { other: twin })).body.code).toBe("NOT_FOUND");
  expect((await pairs()).length).toBe(1);
});

test("L6: a push that still names the joined record reaches the survivor, and overwrites nothing unseen", async () => {
  await adaTwice();
  const away = device(server, uuid(901), { school, user: "bert" });
  await post("join", { survivor: ada, other: twin });
  const { results } = await away.push(
    { kind: "update", domain: "students", recordId: twin, base: { version: 1 }, fields: { phone: "3" } },
    { kind: "update", domain: "students", recordId: twin, base: { mutation: 1 }, fields: { phone: "4" } },
    create("grades", uuid(33), { studentId: twin, score: "3" }),
    { kind: "delete", domain: "students", recordId: twin, base: { version: 1 } },
  );
  expect(results.map((r) => r.status)).toEqual(["conflict", "applied", "applied", "merged"]);
  expect(await stored("students", ada)).toMatchObject({ phone: "4" });
  expect(await stored("grades", uuid(33))).toMatchObject({ studentId: ada });
  const kept = await server.sql(`select loser from conflicts where school_id = '${school}' and kind = 'UPDATE_UPDATE'`);
  expect(kept).toEqual([{ loser: { phone: "1" } }]);
  // A split gives the grade to whom it named.
  await post("split", { other: twin });
  expect(await stored("grades", uuid(33))).toMatchObject({ studentId: twin });
});

test("an import after a join enters nobody twice: the part ends merged (ALIAS), and references find the survivor", async () => {
  await adaTwice();
  await post("join", { survivor: ada, other: twin });
  const again = { ...student("x", { name: "Ada L." }), id: twin } as never;
  const inChoir = recordOf(enrollments, "place", {
    studentId: twin,
    classId: group,
    beginDate: "2024-09-01",
    oneSided: false,
  });
  const run = await importing(server, "a later dump", { school });
  const parts = [...partsOf("students", [again]), ...partsOf("enrollments", [inChoir], 2)];
  const answer = await run.run(parts);
  expect(answer.others).toEqual([{ entry: 1, part: 1, outcome: "merged", reason: "ALIAS" }]);
  expect(answer.outcomes).toEqual({ merged: 1, migrated: 1 });
  expect(await stored("enrollments", inChoir.id)).toMatchObject({ studentId: ada });
  const merged = await server.call("GET", `${run.path}/ledger/parts?outcome=merged`, { school });
  expect(merged.body.parts).toMatchObject([{ recordId: ada, reason: "ALIAS", payload: { name: "Ada L." } }]);
  await post("split", { other: twin });
  expect(await stored("enrollments", inChoir.id)).toMatchObject({ studentId: twin });
});

test("joins in a row lead to the last survivor, and are split from the last one", async () => {
  const office = await adaTwice();
  await office.push(create("students", uuid(3), { name: "Third" }));
  await post("join", { survivor: ada, other: twin });
  await post("join", { survivor: uuid(3), other: ada });
  await office.push(create("grades", uuid(34), { studentId: twin, score: "3" }));
  expect(await stored("grades", uuid(34))).toMatchObject({ studentId: uuid(3) });
  expect((await post("split", { other: twin })).body).toMatchObject({ code: "REFERENCED", place: ada });
  await post("split", { other: ada });
  expect(await stored("grades", uuid(34))).toMatchObject({ studentId: ada });
  await post("split", { other: twin });
  expect(await stored("grades", uuid(34))).toMatchObject({ studentId: twin });
  expect(await stored("grades", grade)).toMatchObject({ studentId: twin });
});

test("a join of nobody, of a record with itself, or across domains is refused, and nothing moves", async () => {
  await adaTwice();
  expect((await post("join", { survivor: ada, other: ada })).body.code).toBe("BAD_REQUEST");
  expect((await post("join", { survivor: ada, other: uuid(99) })).body).toMatchObject({
    code: "NOT_FOUND",
    place: uuid(99),
  });
  expect((await post("join", { survivor: group, other: otherGroup })).body.code).toBe("NOT_FOUND");
  expect((await post("join", { domain: "students", survivor: ada, other: group })).body.code).toBe("NOT_FOUND");
  const lines = await server.sql(`select count(*)::int as n from history where school_id = '${school}'`);
  expect(lines).toEqual([{ n: 8 }]);
});

test("L10 S3 S8: joins are an administrator's, and another school's records are nobody's", async () => {
  await adaTwice();
  for (const role of ["teacher", "viewer", "student"] as const) {
    expect((await post("join", { survivor: ada, other: twin }, { role })).status).toBe(403);
    expect((await server.call("GET", "/api/people", { school, role })).status).toBe(403);
  }
  await post("join", { survivor: ada, other: twin });
  const theirs = schoolIdOf("people next door");
  expect((await post("split", { other: twin }, { school: theirs })).body.code).toBe("NOT_FOUND");
  expect((await server.call("GET", "/api/people/aliases", { school: theirs })).body).toEqual({ aliases: [] });
});
