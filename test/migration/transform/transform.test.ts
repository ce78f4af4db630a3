import { expect, test } from "vitest";
import { byText, defineDomain, domainSet } from "../../../src/domain/define-domain.ts";
import { digestOf } from "../../../src/domain/digest.ts";
import { id, nullable, text } from "../../../src/domain/fields.ts";
import { defineLayout } from "../../../src/school/legacy/layout.ts";
import { readDump } from "./read-dump.ts";
import { domains, idIn, run, runDump } from "./run.ts";
import { wholeSchool } from "./whole-school.ts";

test("one of everything: records of every domain, ids from legacy ids, every leaf accounted for", () => {
  const school = run(wholeSchool);
  expect(school.unaccounted).toEqual([]);
  for (const domain of domains.all) expect(school.records(domain.name), domain.name).not.toHaveLength(0);
  expect(school.records("grades")).toMatchObject([
    {
      id: idIn("grades", "g-1"),
      externalId: "g-1",
      score: "90",
      scoreText: null,
      assessmentId: idIn("assessments", "as-1"),
    },
    { score: null, scoreText: "A", studentId: idIn("students", "3") },
  ]);
  expect(school.records("payments")).toMatchObject([
    {
      amount: "100.50",
      method: "transfer",
      extra: { method: "Bank" },
      obligationId: idIn("paymentObligations", "o-1"),
    },
    {
      externalId: "lp-1",
      obligationId: idIn("paymentObligations", "lo-1"),
      privateLessonId: idIn("privateLessons", "l-1"),
      studentId: idIn("students", "s-1"),
      date: "2024-03-05",
      extra: { paymentDate: "2024-03-05T10:00:00.000Z" },
    },
  ]);
  expect(school.records("students")[1]).toMatchObject({
    name: "Bo Li",
    email: null,
    extra: { email: "not an address" },
  });
});

test("a register becomes one mark a student, tied by sessionId; a mark for nobody is kept without its student", () => {
  const school = run(wholeSchool);
  const marks = school.records("attendance");
  expect(marks.map((m) => [m.externalId, m.status, m.sessionId])).toEqual([
    ["a-1/s-1", "late", idIn("session", "a-1")],
    ["a-1/3", "excused", idIn("session", "a-1")],
    ["a-1/ghost", "absent", idIn("session", "a-1")],
  ]);
  expect(marks[0]).toMatchObject({ extra: { status: "Tardy", session: { weather: "rain" } } });
  expect(marks[2]).toMatchObject({ studentId: null, date: "2024-02-01" });
  expect(run({ "attendance-records": [{ id: "a", studentRecords: [] }] }).others).toEqual([
    "quarantined EMPTY_SESSION ",
  ]);
});

test("both sides of an enrolment: listed once, claimed twice, one-sided where only the student says so", () => {
  const school = run({
    students: [
      { id: "1", name: "A", classId: "x" },
      { id: "2", name: "B", classId: "x" },
      { id: "3", name: "C", classId: "X class" },
    ],
    classes: [{ id: "x", name: "X class", studentIds: ["1", "1", "3"], students: 3 }],
  });
  expect(school.records("enrollments").map((e) => e.oneSided)).toEqual([true, false, false]);
  expect(school.others).toEqual(["merged EQUAL /classId", "merged EQUAL /classId", "merged EQUAL /studentIds/1"]);
  expect(school.unaccounted).toEqual([]);
  expect(school.codes).toContain("note CONTRADICTION 1");
});

test("B3: one id, two different records: both quarantined; the same twice is merged", () => {
  const school = run({
    students: [
      { id: "1", name: "A" },
      { id: "1", name: "B" },
      { id: "2", name: "C", phone: "1" },
      { phone: "1", name: "C", id: "2" },
    ],
    grades: [{ id: "g", studentId: "1", value: "5" }],
  });
  expect(school.others).toEqual([
    "quarantined ID_AMBIGUOUS ",
    "quarantined ID_AMBIGUOUS ",
    "merged EQUAL ",
    "quarantined ORPHAN /studentId",
  ]);
  expect(school.records("students")).toHaveLength(1);
  expect(school.records("grades")).toMatchObject([{ studentId: null, score: "5" }]);
  expect(school.codes).toContain("ask ID_AMBIGUOUS 2");
  expect(school.unaccounted).toEqual([]);
});

test("B3: two different marks of one student in one register: both quarantined, the others are kept", () => {
  const mark = (studentId: string, status: string) => ({ studentId, status });
  const records = [mark("1", "late"), mark("1", "absent"), mark("2", "late"), mark("2", "late")];
  const school = run({
    students: [
      { id: "1", name: "A" },
      { id: "2", name: "B" },
    ],
    "attendance-records": [{ id: "s", studentRecords: records }],
  });
  expect(school.records("attendance")).toHaveLength(1);
  expect(school.others).toEqual([
    "quarantined ID_AMBIGUOUS /studentRecords/0",
    "quarantined ID_AMBIGUOUS /studentRecords/1",
    "merged EQUAL /studentRecords/3",
  ]);
  expect(school.unaccounted).toEqual([]);
});

test("B4: any id is taken exactly, a missing one comes from the content, one too long is quarantined", () => {
  const ids = [7, "0000000119", "a/b ~1", "Ж", "x".repeat(500)];
  const school = run({
    students: [...ids.map((one) => ({ id: one, name: "N" })), { id: "x".repeat(501), name: "N" }, { name: "No id" }],
  });
  expect(school.records("students").map((s) => s.externalId)).toEqual([...ids.map(String), null]);
  expect(new Set(school.records("students").map((s) => s.id)).size).toBe(6);
  expect(school.others).toEqual(["quarantined ID_INVALID "]);
  expect(school.codes).toContain("note ID_MISSING 1");
  expect(school.unaccounted).toEqual([]);
});

test("B6: a value that JSON or the database lacks quarantines its entry alone, with a code", () => {
  const school = run({
    students: [
      { id: "1", name: "zero", n: -0 },
      { id: "2", name: "nul\0" },
      { id: "3", name: "fine" },
    ],
  });
  expect(school.others).toEqual(["quarantined UNSERIALIZABLE ", "quarantined TEXT_UNSUPPORTED "]);
  expect(school.records("students")).toHaveLength(1);
});

test("B10: a reference to nobody is set aside and the record is kept", () => {
  const school = run(wholeSchool);
  expect(school.others.filter((o) => o.includes("ORPHAN"))).toEqual([
    "quarantined ORPHAN /classId",
    "quarantined ORPHAN /studentIds/1",
    "quarantined ORPHAN /studentRecords/2/studentId",
  ]);
  const alone = run({ enrollments: [{ id: "e", studentId: "1", classId: "2" }] });
  expect(alone.others).toEqual(["quarantined ORPHAN "]);
});

test("B10: records of a declared domain that refer to each other in a circle are kept without the reference", () => {
  const tasks = defineDomain({
    name: "tasks",
    fields: { title: text({ min: 1 }), parentId: nullable(id()) },
    references: { parentId: { to: "tasks", onDelete: "detach" } },
    sortKeys: { title: byText("title") },
    conflict: "mergeFields",
    rights: { admin: "write", teacher: "read", student: "none", viewer: "read" },
    migrations: [],
  });
  const layout = defineLayout({ name: "tasks", keys: [{ key: "todo", kind: "domain:tasks" }] });
  const todo = [
    { id: "a", title: "A", parentId: "b" },
    { id: "b", title: "B", parentId: "a" },
    { id: "c", title: "C", parentId: "a", colour: "red" },
  ];
  const made = runDump(readDump({ todo }, layout), { layout, set: domainSet([tasks]) });
  expect(made.records("tasks").map((t) => t.parentId)).toEqual([null, null, idIn("tasks", "a")]);
  expect(made.others).toEqual(["quarantined CIRCULAR_REFERENCE /parentId", "quarantined CIRCULAR_REFERENCE /parentId"]);
  expect(made.codes).toEqual(["ask CIRCULAR_REFERENCE 2"]);
  expect(made.unaccounted).toEqual([]);
});

test("B11: a date that the calendar lacks is kept as it was, and the column stays empty", () => {
  for (const date of ["2024-02-30", "13/25/2024", "+010000-01-01", "yesterday", 45]) {
    const school = run({ students: [{ id: "1", name: "A", joinDate: date }] });
    expect(school.records("students")).toMatchObject([{ joinDate: null, extra: { joinDate: date } }]);
    expect(school.codes).toContain("note DATE_INVALID 1");
    expect(school.unaccounted).toEqual([]);
  }
  // A time without a zone, in the hour that a clock change skips: it is no instant that could be told.
  const gap = run({ grades: [{ id: "g", value: 1, dateRecorded: "2024-03-31 02:30" }] });
  expect(gap.records("grades")).toMatchObject([{ dateRecorded: null, extra: { dateRecorded: "2024-03-31 02:30" } }]);
});

test("B12: people equal but for case or Unicode form are shown to a human, never merged", () => {
  const school = run({
    students: [
      { id: "1", name: "Zoë", dateOfBirth: "2010-01-01", email: "z@example.org" },
      { id: "2", name: "ZOE\u0308", dateOfBirth: "2010-01-01", email: "Z@example.org" },
    ],
  });
  expect(school.records("students")).toHaveLength(2);
  expect(school.codes).toEqual(["ask LOOKS_EQUAL 1", "ask LOOKS_EQUAL 1"]);
});

test("S12: a key that reaches the prototype is refused, and nothing is polluted", () => {
  const dump = readDump(
    {
      students: JSON.parse(
        '[{"id":"1","name":"A","__proto__":{"x":1}},{"id":"constructor","name":"B","toString":"y"}]',
      ),
    },
    defineLayout({ name: "x", keys: [{ key: "students", kind: "student" }] }),
  );
  const school = runDump(dump);
  expect(school.others).toEqual(["quarantined BAD_REQUEST "]);
  expect(school.records("students")).toMatchObject([{ externalId: "constructor", extra: { toString: "y" } }]);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test("a record without what it must have, and one that equals a demo record, end as parts with a reason", () => {
  const dump = readDump(
    { students: [{ id: "1" }, { id: "2", name: "Demo" }, "text"] },
    defineLayout({ name: "x", keys: [{ key: "students", kind: "student" }] }),
  );
  const school = runDump(dump, { isDemo: (entry) => entry.legacyId === "2" });
  expect(school.others).toEqual(["quarantined RECORD_INVALID ", "excluded DEMO ", "quarantined RECORD_INVALID "]);
  expect(school.parts[0]).toMatchObject({ payload: { text: '{"id":"1"}' } });
  expect(school.unaccounted).toEqual([]);
});

test("the same input gives the same output, and each run over it too", () => {
  const one = run(wholeSchool);
  const two = run(structuredClone(wholeSchool));
  expect(JSON.stringify(two.all.map((t) => [t.parts, t.claims]))).toBe(
    JSON.stringify(one.all.map((t) => [t.parts, t.claims])),
  );
  for (const part of one.parts)
    if (part.record) expect(digestOf(domains.get(part.domain), part.record)).toBeTypeOf("bigint");
});

test("flat marks, marks keyed by student, and words in several languages become the same attendance", () => {
  const school = run({
    students: [
      { id: "1", name: "A" },
      { id: "2", name: "B" },
    ],
    attendance: [
      { id: 1, student: "1", date: "3/25/2024", status: "tardy" },
      { id: 2, student: "2", date: "25-03-2024", present: true },
      { id: 3, date: "2024-03-25", records: { "1": "출석", "2": "غائب", ghost: { status: "izin", note: 1 } } },
    ],
  });
  expect(school.records("attendance").map((m) => [m.studentId, m.date, m.status])).toEqual([
    [idIn("students", "1"), "2024-03-25", "late"],
    [idIn("students", "2"), "2024-03-25", "present"],
    [idIn("students", "1"), "2024-03-25", "present"],
    [idIn("students", "2"), "2024-03-25", "absent"],
    [null, "2024-03-25", "excused"],
  ]);
  expect(school.records("attendance")[4]).toMatchObject({ extra: { student: "ghost", note: 1, status: "izin" } });
  expect(school.unaccounted).toEqual([]);
});
