/** A batch is applied as a whole or not at all. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { device, type Part } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let schools = 0;
const scenario = (clientId = uuid(9100)) => {
  schools += 1;
  const school = schoolIdOf(`groups ${schools}`);
  return { school, a: device(server, clientId, { school }) };
};
const rows = async (school: string) =>
  (await server.sql(`select name from students where school_id = '${school}' order by name`)).map((row) => row.name);
const student = (n: number, name: string): Part => create("students", uuid(n), { name });
const grouped = (first: number, ...parts: Part[]): Part[] =>
  parts.map((part) => ({ ...part, group: first, groupSize: parts.length }));

test("L3: when one of a batch is rejected, all of it is, and the others go on", async () => {
  const { school, a } = scenario();
  const { results } = await a.push(
    student(1, "before"),
    ...grouped(2, student(2, "x"), create("grades", uuid(50), { studentId: uuid(77) }), student(3, "y")),
    create("grades", uuid(51), { studentId: uuid(2) }),
    student(4, "after"),
  );
  expect(results).toMatchObject([
    { id: 1, status: "applied" },
    { id: 2, status: "rejected", code: "GROUP_REJECTED", dependsOn: 3 },
    { id: 3, status: "rejected", code: "REFERENCE_MISSING" },
    { id: 4, status: "rejected", code: "GROUP_REJECTED", dependsOn: 3 },
    { id: 5, status: "rejected", code: "REFERENCE_MISSING", dependsOn: 2 },
    { id: 6, status: "applied" },
  ]);
  expect(await rows(school)).toEqual(["after", "before"]);
});

test("L3: what only the database refuses takes its whole batch along, and names the culprit", async () => {
  const { school, a } = scenario();
  const enrolment = (n: number, day: number) =>
    create("enrollments", uuid(n), {
      studentId: uuid(1),
      classId: uuid(2),
      beginDate: `2024-01-0${day}`,
      oneSided: false,
    });
  const { results } = await a.push(
    student(1, "Ada"),
    create("classes", uuid(2), { name: "1a" }),
    enrolment(10, 1),
    ...grouped(4, student(3, "Ben"), enrolment(11, 2), enrolment(12, 1), enrolment(13, 3)),
    enrolment(14, 4),
  );
  expect(results.map((r) => [r.id, r.code ?? r.status, r.dependsOn])).toEqual([
    [1, "applied", undefined],
    [2, "applied", undefined],
    [3, "applied", undefined],
    [4, "GROUP_REJECTED", 6],
    [5, "GROUP_REJECTED", 6],
    [6, "UNIQUE_TAKEN", undefined],
    [7, "GROUP_REJECTED", 6],
    [8, "applied", undefined],
  ]);
  expect(await rows(school)).toEqual(["Ada"]);
  const lines = await server.sql(`select seq::int from history where school_id = '${school}' order by seq`);
  expect(lines.map((l) => l.seq)).toEqual([1, 2, 3, 4]);
});

test("B15: a batch of which a part is missing is refused; sent again whole after a lost answer it is a duplicate", async () => {
  const { school, a } = scenario();
  const parts = grouped(1, student(1, "a"), student(2, "b"), student(3, "c")).map(a.make);
  for (const torn of [
    parts.slice(0, 2),
    parts.map((m) => ({ ...m, groupSize: 4 })),
    parts.map((m) => ({ ...m, group: 2 })),
  ]) {
    const { status, body } = await a.send(torn);
    expect([status, body.code]).toEqual([400, "BAD_REQUEST"]);
  }
  expect((await a.send(parts.map((m) => ({ ...m, groupSize: undefined })))).status).toBe(400);
  expect(await rows(school)).toEqual([]);
  expect((await a.send(parts)).body.results).toMatchObject([{ status: "applied" }, {}, {}]);
  expect((await a.send(parts.slice(1))).body.results).toMatchObject([{ status: "duplicate" }, { status: "duplicate" }]);
});

test("L8: a batch across domains of different stages is rejected as STAGE_MIXED", async () => {
  const { school, a } = scenario();
  const body = { stage: "dualwrite", domain: "grades", epoch: 0 };
  expect((await server.call("PUT", "/api/migration/stage", { school, body })).status).toBe(200);
  const mixed = grouped(1, student(1, "Ada"), create("grades", uuid(50), { studentId: uuid(1) })).map(a.make);
  const { body: answer } = await a.send([...mixed, a.make(student(2, "Ben"))], { epoch: 1 });
  expect(answer.results).toMatchObject([
    { status: "rejected", code: "GROUP_REJECTED", dependsOn: 2 },
    { status: "rejected", code: "STAGE_MIXED" },
    { status: "applied" },
  ]);
  expect(answer).toMatchObject({ stage: "off", stages: { grades: "dualwrite" }, epoch: 1 });
});
