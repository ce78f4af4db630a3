/** A late child names a parent that was deleted meanwhile: the parent comes back, shown as a conflict. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { type Device, device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let schools = 0;
let school: string;
let a: Device;
let b: Device;
beforeEach(() => {
  schools += 1;
  school = schoolIdOf(`late children ${schools}`);
  a = device(server, uuid(1), { school, user: "anna" });
  b = device(server, uuid(2), { school, user: "bert" });
});

const [student, klass, teacher] = [uuid(20), uuid(21), uuid(22)];
const remove = (domain: string, recordId: string, version: number) =>
  ({ kind: "delete", domain, recordId, base: { version } }) as const;
const stored = async (domain: string, id: string) =>
  (await server.call("GET", `/api/${domain}/${id}`, { school })).body as { record?: object; version?: number };
const conflicts = () =>
  server.sql(`select domain, record_id::text as id, kind, loser, author, mutation_id::int as mutation from conflicts
    where school_id = '${school}' order by domain`);

test("L6 L7: a grade of a deleted student brings the student back, and the deletion is kept as the losing side", async () => {
  await a.push(create("students", student, { name: "Ada", phone: "1" }), remove("students", student, 1));
  const { results, changes } = await b.push(create("grades", uuid(50), { studentId: student, score: "1" }));
  expect(results).toMatchObject([{ status: "conflict", conflict: "DELETE_REFERENCED", stands: "client", version: 1 }]);
  expect(changes.map((c) => [c.domain, c.version])).toEqual([
    ["students", 3],
    ["grades", 1],
  ]);
  expect(await stored("students", student)).toMatchObject({ record: { name: "Ada", phone: "1" }, version: 3 });
  expect(await conflicts()).toEqual([
    {
      domain: "students",
      id: student,
      kind: "DELETE_REFERENCED",
      loser: { deleted: true },
      author: "anna",
      mutation: 2,
    },
  ]);
  const lines = await server.sql(`select op, author from history where school_id = '${school}' order by seq`);
  expect(lines.map((l) => `${l.op} ${l.author}`)).toEqual(["create anna", "delete anna", "create bert", "create bert"]);
  expect((await b.push(create("grades", uuid(51), { studentId: student }))).results).toMatchObject([
    { status: "applied" },
  ]);
});

test("L7: an update that moves a record under a deleted one brings that back, too", async () => {
  await a.push(
    create("students", student, { name: "Ada" }),
    create("grades", uuid(50), { score: "1" }),
    remove("students", student, 1),
  );
  const { results } = await b.push({
    kind: "update",
    domain: "grades",
    recordId: uuid(50),
    base: { version: 1 },
    fields: { studentId: student },
  });
  expect(results).toMatchObject([{ status: "conflict", conflict: "DELETE_REFERENCED", version: 2 }]);
  expect(await stored("students", student)).toMatchObject({ version: 3 });
});

test("L7: a record that went with its parent comes back with the parents that it needs, and with no other child", async () => {
  await a.push(
    create("teachers", teacher, { name: "T" }),
    create("students", student, { name: "Ada" }),
    create("classes", klass, { name: "1a", teacherId: teacher }),
    create("enrollments", uuid(30), { studentId: student, classId: klass, oneSided: false }),
    create("enrollments", uuid(31), { studentId: student, classId: klass, beginDate: "2024-02-01", oneSided: false }),
    remove("students", student, 1),
    remove("classes", klass, 1),
    remove("teachers", teacher, 1),
  );
  const { results } = await b.push({
    kind: "update",
    domain: "enrollments",
    recordId: uuid(30),
    base: { version: 1 },
    fields: { oneSided: true },
  });
  expect(results).toMatchObject([{ status: "conflict", conflict: "UPDATE_DELETE", stands: "client" }]);
  expect(await stored("students", student)).toMatchObject({ record: { name: "Ada" } });
  // The class lets go of its teacher when that is deleted, so it comes back without.
  expect(await stored("classes", klass)).toMatchObject({ record: { name: "1a", teacherId: null } });
  expect(await stored("teachers", teacher)).not.toHaveProperty("record");
  expect(await stored("enrollments", uuid(31))).not.toHaveProperty("record");
  expect((await conflicts()).map((c) => `${c.domain} ${c.kind}`)).toEqual([
    "classes DELETE_REFERENCED",
    "enrollments UPDATE_DELETE",
    "students DELETE_REFERENCED",
  ]);
});

test("L7: who deleted the parent knew; a parent that never was, and REST, stay refused", async () => {
  await a.push(create("students", student, { name: "Ada" }), remove("students", student, 1));
  expect((await a.push(create("grades", uuid(50), { studentId: student }))).results).toMatchObject([
    { status: "rejected", code: "REFERENCE_MISSING" },
  ]);
  expect((await b.push(create("grades", uuid(51), { studentId: uuid(99) }))).results).toMatchObject([
    { status: "rejected", code: "REFERENCE_MISSING" },
  ]);
  const rest = await server.call("POST", "/api/grades", { school, body: { studentId: student } });
  expect([rest.status, rest.body.code]).toEqual([422, "REFERENCE_MISSING"]);
  expect(await stored("students", student)).not.toHaveProperty("record");
  expect(await conflicts()).toEqual([]);
});

test("L3: a parent that cannot come back takes only its late child along", async () => {
  await a.push(
    create("students", student, { name: "Ada" }),
    create("classes", klass, { name: "1a" }),
    create("enrollments", uuid(30), { studentId: student, classId: klass, oneSided: false }),
    remove("enrollments", uuid(30), 1),
    create("enrollments", uuid(31), { studentId: student, classId: klass, oneSided: false }),
  );
  const { results } = await b.push(
    { kind: "update", domain: "enrollments", recordId: uuid(30), base: { version: 1 }, fields: { oneSided: true } },
    create("students", uuid(40), { name: "Ben" }),
  );
  expect(results.map((r) => r.code ?? r.status)).toEqual(["UNIQUE_TAKEN", "applied"]);
});
