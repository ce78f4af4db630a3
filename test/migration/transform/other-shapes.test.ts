/** Shapes of other schools' apps whose meaning can be told, and what happens to those whose meaning cannot. */
import { expect, test } from "vitest";
import { domainSet } from "../../../src/domain/define-domain.ts";
import { schoolIdOf, sharedNamespace } from "../../../src/domain/ids.ts";
import { exportOrigin } from "../../../src/migration/export/origin.ts";
import { readSource } from "../../../src/migration/read-source.ts";
import { sourceFromText } from "../../../src/migration/source/open-source.ts";
import { survey } from "../../../src/migration/survey.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import { combineLayouts, defineLayout, type LayoutSpec } from "../../../src/school/legacy/layout.ts";
import { parseLayout } from "../../../src/school/legacy/parse-layout.ts";

const domains = domainSet(schoolDomains);
const namespace = sharedNamespace(schoolIdOf("shapes"));

/** Reads values as an import does, with every leaf accounted for. */
async function read(values: Record<string, unknown>, spec?: Omit<LayoutSpec, "name">) {
  const dump = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]));
  const source = sourceFromText(JSON.stringify(dump), { name: "dump" });
  const layout = spec ? combineLayouts(defineLayout({ name: "other", ...spec }), knownLayout) : knownLayout;
  const reading = await readSource(layout)(source, { namespace, domains });
  const { ledger } = survey(reading, { domains });
  const transformed = reading.entries.map((entry) => reading.of(entry));
  const parts = transformed.flatMap((one) => one.parts);
  const records = (domain: string) =>
    parts.flatMap((part) => (part.record && part.domain === domain ? [part.record] : []));
  return {
    source,
    transformed,
    ledger,
    records,
    others: parts.flatMap((p) => (p.record ? [] : [`${p.outcome} ${p.reason}`])),
  };
}

const students = [
  { id: "s1", name: "Ada" },
  { id: "s2", name: "Bob" },
];
const classes = [{ id: "c1", name: "Maths" }];
const ledgerOf = (levels: readonly ("classId" | "studentId" | "date")[], key = "register") => ({
  keys: [{ key, kind: "ledger" as const, levels }],
});

test("a ledger [class][student][date] becomes a mark a leaf, whoever stands in its keys", async () => {
  const register = {
    c1: { s1: { "2024-09-01": "present", "2024-09-02": { status: "late", notes: "bus" } }, s2: { "2024-09-01": "A" } },
    gone: { s1: { "9/3/2024": "unset" }, s9: {} },
  };
  const { records, others, ledger } = await read(
    { students, classes, register },
    ledgerOf(["classId", "studentId", "date"]),
  );
  const [ada, bob] = records("students");
  const [maths] = records("classes");
  const found = records("attendance").map(({ classId, studentId, date, status, notes, extra, externalId }) => ({
    classId,
    studentId,
    date,
    status,
    notes,
    extra,
    externalId,
  }));
  expect(found).toEqual([
    {
      classId: maths?.id,
      studentId: ada?.id,
      date: "2024-09-01",
      status: "present",
      notes: null,
      extra: {},
      externalId: "c1/s1/2024-09-01",
    },
    {
      classId: maths?.id,
      studentId: ada?.id,
      date: "2024-09-02",
      status: "late",
      notes: "bus",
      extra: {},
      externalId: "c1/s1/2024-09-02",
    },
    {
      classId: maths?.id,
      studentId: bob?.id,
      date: "2024-09-01",
      status: "absent",
      notes: null,
      extra: { status: "A" },
      externalId: "c1/s2/2024-09-01",
    },
    {
      classId: null,
      studentId: ada?.id,
      date: "2024-09-03",
      status: null,
      notes: null,
      extra: { class: "gone", date: "9/3/2024", status: "unset" },
      externalId: "gone/s1/9%2F3%2F2024",
    },
  ]);
  expect(others).toEqual([]);
  expect(ledger).toMatchObject({ entries: 5, balanced: true });
});

test("a ledger in another order, with the class in the storage key", async () => {
  const spec = ledgerOf(["date", "studentId"], "att/{classId}");
  const { records } = await read({ students, classes, "att/c1": { "2024-09-01": { s1: true, s2: false } } }, spec);
  expect(records("attendance").map((mark) => [mark.date, mark.status, mark.classId !== null])).toEqual([
    ["2024-09-01", "present", true],
    ["2024-09-01", "absent", true],
  ]);
});

test("what a ledger holds besides marks is quarantined where it stands; an empty one as a whole", async () => {
  const register = { c1: { s1: "sick for a week", s2: { "2024-09-01": "present" } }, c2: {} };
  const { records, others } = await read({ students, register }, ledgerOf(["classId", "studentId", "date"]));
  expect(records("attendance")).toHaveLength(1);
  expect(others).toEqual(["quarantined RECORD_INVALID", "quarantined EMPTY_SESSION"]);
});

test("a ledger's mark that changed since comes back in its place", async () => {
  const register = { c1: { s1: { "2024-09-01": "present", "2024-09-02": "absent" }, s2: { "2024-09-01": "late" } } };
  const { source, transformed, records } = await read(
    { students, classes, register },
    ledgerOf(["classId", "studentId", "date"]),
  );
  const [first, , third] = records("attendance");
  const current = Object.fromEntries(domains.all.map(({ name }) => [name, records(name)]));
  const attendance = [first, third].flatMap((mark) =>
    mark ? [mark.id === first?.id ? { ...mark, status: "excused" } : mark] : [],
  );
  const back = exportOrigin({ domains, source, transformed, current: { ...current, attendance } });
  const raw = back.values.find(({ key }) => key === "register")?.raw ?? "";
  expect(JSON.parse(raw)).toEqual({ c1: { s1: { "2024-09-01": "excused" }, s2: { "2024-09-01": "late" } } });
});

test("a report with subjects becomes a grade a subject: as a list, and as a map from subject to mark", async () => {
  const grades = [
    {
      id: "r1",
      studentId: "s1",
      term: "autumn",
      dateRecorded: "2024-12-01T00:00:00.000Z",
      subjects: [
        { subject: "Maths", marks: 90, maxMarks: 100 },
        { subject: "Art", grade: "A", remark: "fine" },
      ],
    },
    { id: "r2", studentId: "s2", scores: { Maths: 40, Art: "B", Music: null } },
    { id: "g1", studentId: "s2", value: "7" },
  ];
  const { records, ledger } = await read({ students, grades });
  const found = records("grades").map(({ externalId, score, scoreText, extra }) => ({
    externalId,
    score,
    scoreText,
    extra,
  }));
  expect(found).toEqual([
    {
      externalId: "r1/0",
      score: "90",
      scoreText: null,
      extra: { subject: "Maths", maxMarks: 100, report: { term: "autumn" } },
    },
    { externalId: "r1/1", score: null, scoreText: "A", extra: { subject: "Art", remark: "fine" } },
    { externalId: "r2/Maths", score: "40", scoreText: null, extra: { subject: "Maths" } },
    { externalId: "r2/Art", score: null, scoreText: "B", extra: { subject: "Art" } },
    { externalId: "r2/Music", score: null, scoreText: null, extra: { subject: "Music" } },
    { externalId: "g1", score: "7", scoreText: null, extra: {} },
  ]);
  expect(records("grades").every((grade) => grade.studentId !== null)).toBe(true);
  expect(ledger.balanced).toBe(true);
});

test("_id is an id, and references by it are found", async () => {
  const values = {
    students: [{ _id: "5f1", name: "Ada", classId: "c9" }],
    classes: [{ _id: "c9", name: "Maths", studentIds: ["5f1"] }],
  };
  const { records, others } = await read(values);
  expect(records("students")).toMatchObject([{ externalId: "5f1", extra: {} }]);
  expect(records("enrollments")).toHaveLength(1);
  expect(others).toEqual(["merged EQUAL"]);
});

test("a day counted from a declared day zero is a day; without the declaration it is kept as it was", async () => {
  const grades = { id: "a1", title: "Test", type: "Test", classId: "c1", date: 45 };
  const declared = await read({ classes, assessments: [grades] }, { keys: [], dayZero: "2024-09-01" });
  expect(declared.records("assessments")).toMatchObject([{ date: "2024-10-16", extra: { date: 45 } }]);
  const kept = await read({ classes, assessments: [grades] });
  expect(kept.records("assessments")).toMatchObject([{ date: null, extra: { date: 45 } }]);
});

test("attendance that only counts is no mark of anybody: it is quarantined with its numbers, or kept with the student", async () => {
  const { others, records } = await read({
    students: [{ id: "s1", name: "Ada", attendance: { present: 40, late: 2 } }],
    attendance: [{ id: "a1", classId: "c1", date: "2024-09-01", present: 20, absent: 3 }],
  });
  expect(others).toEqual(["quarantined EMPTY_SESSION"]);
  expect(records("students")).toMatchObject([{ extra: { attendance: { present: 40, late: 2 } } }]);
});

test("B18: levels and day zero are checked when the layout is declared, also in a file", () => {
  const declare =
    (keys: unknown[], more: object = {}) =>
    () =>
      parseLayout({ name: "x", keys, ...more });
  const key = { key: "register", kind: "ledger" };
  expect(declare([key])).toThrow("needs its levels");
  expect(declare([{ ...key, levels: ["classId", "date"] }])).toThrow("needs its levels");
  expect(declare([{ ...key, levels: ["studentId", "studentId"] }])).toThrow("needs its levels");
  expect(declare([{ ...key, levels: ["studentId", "hour"] }])).toThrow("/keys/0/levels/1");
  expect(declare([{ key: "students", kind: "student", levels: ["studentId", "date"] }])).toThrow("no ledger");
  expect(declare([{ ...key, levels: ["studentId", "date"] }], { dayZero: "2024-02-30" })).toThrow("no day");
  expect(declare([{ ...key, levels: ["studentId", "date"] }], { dayZero: "2024-09-01" })).not.toThrow();
});
