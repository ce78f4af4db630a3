/** Two writes that meet: what stands, and where the other one is kept. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { type Device, device } from "../../support/device.ts";
import { create, fieldsOf, uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let schools = 0;
let school: string;
let [a, b]: Device[] = [];
const first = (): Device => a as Device;
const second = (): Device => b as Device;
beforeEach(() => {
  schools += 1;
  school = schoolIdOf(`conflicts ${schools}`);
  a = device(server, uuid(1), { school, user: "anna" });
  b = device(server, uuid(2), { school, user: "bert" });
});

const id = uuid(10);
const change = (domain: string, fields: object, version: number, recordId = id) =>
  ({ kind: "update", domain, recordId, base: { version }, fields: { ...fields } }) as const;
const remove = (domain: string, version: number, recordId = id) =>
  ({ kind: "delete", domain, recordId, base: { version } }) as const;
const stored = async (domain: string, recordId = id) =>
  (await server.call("GET", `/api/${domain}/${recordId}`, { school })).body.record as
    | Record<string, unknown>
    | undefined;
const conflicts = () =>
  server.sql(`select kind, loser, author, mutation_id::int as mutation, at is not null as timed from conflicts
    where school_id = '${school}' order by at, mutation_id`);

test("L6: changes of different fields are merged, and nobody loses", async () => {
  await first().push(create("students", id, { name: "Ada", notes: "old" }));
  await first().push(change("students", { name: "Ada L." }, 1));
  const { results } = await second().push(change("students", { notes: "new" }, 1));
  expect(results).toMatchObject([{ status: "merged", version: 3 }]);
  expect(await stored("students")).toMatchObject({ name: "Ada L.", notes: "new" });
  expect(await conflicts()).toEqual([]);
});

test("L6: in a merging domain the later value stands, and the earlier one is kept with its author", async () => {
  await first().push(create("students", id, { name: "Ada" }));
  await first().push(change("students", { name: "Anna's" }, 1));
  await first().push(change("students", { phone: "1" }, 2));
  const { results } = await second().push(change("students", { name: "Bert's", notes: "n" }, 1));
  expect(results).toMatchObject([{ status: "conflict", conflict: "UPDATE_UPDATE", stands: "client", version: 4 }]);
  expect(await stored("students")).toMatchObject({ name: "Bert's", notes: "n", phone: "1" });
  expect(await conflicts()).toEqual([
    { kind: "UPDATE_UPDATE", loser: { name: "Anna's" }, author: "anna", mutation: 2, timed: true },
  ]);
});

test("L6: a grade is never overwritten without a decision: the first stays, the second is kept", async () => {
  await first().push(create("grades", id, { score: "1" }));
  await first().push(change("grades", { score: "2" }, 1));
  const { results } = await second().push(change("grades", { score: "3" }, 1));
  expect(results).toMatchObject([{ status: "conflict", stands: "server", version: 2 }]);
  expect(await stored("grades")).toMatchObject({ score: "2" });
  expect(await conflicts()).toMatchObject([{ loser: { score: "3" }, author: "bert", mutation: 1 }]);
});

test("L6: the same value from both sides is no conflict", async () => {
  await first().push(create("grades", id, { score: "1" }));
  await first().push(change("grades", { score: "2" }, 1));
  expect((await second().push(change("grades", { score: "2" }, 1))).results).toMatchObject([{ status: "merged" }]);
  expect(await conflicts()).toEqual([]);
});

test("L6: a change made on one's own earlier change does not hide what somebody else wrote meanwhile", async () => {
  await first().push(create("grades", id, { score: "1", comments: "c" }));
  const one = second().make(change("grades", { score: "2" }, 1));
  const two = second().make({ ...change("grades", { comments: "bert" }, 1), base: { mutation: 1 } });
  await first().push(change("grades", { comments: "anna" }, 1));
  expect((await second().send([one])).body.results).toMatchObject([{ status: "merged" }]);
  expect((await second().send([two])).body.results).toMatchObject([{ status: "conflict", stands: "server" }]);
  expect(await stored("grades")).toMatchObject({ score: "2", comments: "anna" });
  expect(await conflicts()).toMatchObject([{ loser: { comments: "bert" }, author: "bert" }]);
});

test("L2 L6: a chain of one's own changes in one push is applied without a conflict", async () => {
  const { results } = await first().push(
    create("grades", id, { score: "1" }),
    { ...change("grades", { score: "2" }, 1), base: { mutation: 1 } },
    { ...change("grades", { score: "3" }, 1), base: { mutation: 2 } },
  );
  expect(results.map((r) => [r.status, r.version])).toEqual([
    ["applied", 1],
    ["applied", 2],
    ["applied", 3],
  ]);
  const lines = await server.sql(
    `select op, before->>'score' as score from history where school_id = '${school}' order by seq`,
  );
  expect(lines).toEqual([
    { op: "create", score: null },
    { op: "update", score: "1" },
    { op: "update", score: "2" },
  ]);
});

test("L7: an update of a deleted record brings it back whole, as a conflict that is shown", async () => {
  await first().push(create("students", id, { name: "Ada", phone: "1" }));
  await first().push(remove("students", 1));
  const { results } = await second().push(change("students", { notes: "n" }, 1));
  expect(results).toMatchObject([{ status: "conflict", conflict: "UPDATE_DELETE", stands: "client", version: 3 }]);
  expect(await stored("students")).toMatchObject({ name: "Ada", phone: "1", notes: "n" });
  expect(await conflicts()).toMatchObject([{ kind: "UPDATE_DELETE", loser: { deleted: true }, author: "anna" }]);
});

test("L6 L7: a delete of a record that changed meanwhile is kept, and the record stays; two deletes are one", async () => {
  await first().push(create("students", id, { name: "Ada" }));
  await first().push(change("students", { notes: "n" }, 1));
  expect((await second().push(remove("students", 1))).results).toMatchObject([
    { status: "conflict", conflict: "UPDATE_DELETE", stands: "server", version: 2 },
  ]);
  expect(await stored("students")).toMatchObject({ notes: "n" });
  await first().push(remove("students", 2));
  expect((await second().push(remove("students", 2))).results).toMatchObject([{ status: "merged" }]);
  const again = await second().push(create("students", id, { name: "New" }));
  expect(again.results).toMatchObject([{ status: "applied", version: 4 }]);
});

test("L6: of two creates of one id the first stays and the second is kept", async () => {
  await first().push(create("students", id, { name: "First" }));
  const { results } = await second().push(create("students", id, { name: "Second" }));
  expect(results).toMatchObject([{ status: "conflict", conflict: "CREATE_CREATE", stands: "server", version: 1 }]);
  expect((await stored("students"))?.name).toBe("First");
  expect(await conflicts()).toEqual([
    {
      kind: "CREATE_CREATE",
      loser: fieldsOf("students", { name: "Second" }),
      author: "bert",
      mutation: 1,
      timed: true,
    },
  ]);
});

test("L7: a delete is refused while records name it, takes enrolments along, and clears what may be cleared", async () => {
  const [student, klass, teacher] = [uuid(20), uuid(21), uuid(22)];
  await first().push(
    create("teachers", teacher, { name: "T" }),
    create("students", student, { name: "Ada" }),
    create("classes", klass, { name: "1a", teacherId: teacher }),
    create("enrollments", uuid(23), { studentId: student, classId: klass, oneSided: false }),
    create("grades", uuid(24), { studentId: student }),
  );
  const { results } = await first().push(
    remove("students", 1, student),
    remove("teachers", 1, teacher),
    remove("grades", 1, uuid(24)),
    remove("students", 1, student),
  );
  expect(results.map((r) => r.code ?? r.status)).toEqual(["REFERENCED", "applied", "applied", "applied"]);
  expect(await stored("classes", klass)).toMatchObject({ name: "1a", teacherId: null });
  const lines = await server.sql(
    `select domain, op from history where school_id = '${school}' and seq > 5 order by seq`,
  );
  expect(lines.map((l) => `${l.op} ${l.domain}`)).toEqual([
    "update classes",
    "delete teachers",
    "delete grades",
    "delete enrollments",
    "delete students",
  ]);
});
