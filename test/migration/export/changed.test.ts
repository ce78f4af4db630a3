/** L9: what was written since comes back in the old app's shapes, and read again is what the school has. */
import { expect, test } from "vitest";
import { type AnyRecord, domainSet } from "../../../src/domain/define-domain.ts";
import { parseRecordId, schoolIdOf, sharedNamespace } from "../../../src/domain/ids.ts";
import { exportOrigin, originText } from "../../../src/migration/export/origin.ts";
import { readSource } from "../../../src/migration/read-source.ts";
import { sourceFromText } from "../../../src/migration/source/open-source.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { fieldsOf, uuid } from "../../support/records.ts";

const domains = domainSet(schoolDomains);
const namespace = sharedNamespace(schoolIdOf("north"));
type Records = Record<string, AnyRecord[]>;

async function read(values: Readonly<Record<string, string>>) {
  const source = sourceFromText(JSON.stringify(values), { name: "dump" });
  const reading = await readSource()(source, { namespace, domains });
  const transformed = reading.entries.map((entry) => reading.of(entry));
  const current: Records = {};
  for (const { parts } of transformed)
    for (const part of parts) if (part.record) current[part.domain] = [...(current[part.domain] ?? []), part.record];
  return { source, transformed, current };
}

const dump = {
  students: `[{"id":"s1","name":"Ada","classId":"c1","status":"active","discountAmount":10.50,"extraScore":7.0},
 {"id":"s2","name":"Bob","classId":"c1","status":"active"}]`,
  teachers: `[{"id":"t1","name":"Gauss","subject":"Maths","classIds":["c1"]}]`,
  classes: `{"c1":{"id":"c1","name":"Algebra","teacher":{"id":"t1","name":"Gauss","subject":"Maths"},"students":2,"studentIds":["s1","s2"],"price":149.90},
 "c2":{"id":"c2","name":"Choir","studentIds":[],"price":20.00}}`,
  "attendance-records": `[{"id":"a1","classId":"c1","className":"Algebra","teacherId":"t1","teacherName":"Gauss","sessionDate":"2024-09-02","studentRecords":[{"studentId":"s1","studentName":"Ada","status":"present"},{"studentId":"s2","studentName":"Bob","status":"absent"}]}]`,
  privateLessons: `[{"id":"p1","studentId":"s1","studentName":"Ada","teacherId":"t1","teacherName":"Gauss","date":"2024-09-03","status":"scheduled","paymentObligation":{"id":"o1","amount":30.10,"dueDate":"2024-10-01T00:00:00.000Z","status":"pending"},"paymentRecords":[{"id":"r1","amount":10.00,"paymentDate":"2024-09-05T00:00:00.000Z","method":"cash"}]}]`,
  payments: `[{"id":"pay1","studentId":"s1","studentName":"Ada","amount":149.90,"date":"2024-09-01","method":"cash"}]`,
} as const;

const make = (domain: string, n: number, fields: object): AnyRecord =>
  ({ ...fieldsOf(domain, fields), id: parseRecordId(uuid(n)), externalId: null, extra: {} }) as unknown as AnyRecord;

/** The export of the dump after a change, and what it is when it is read again. */
async function after(
  change: (now: Records, idOf: (domain: string, legacyId: string) => string) => Records,
  values: Record<string, string> = dump,
) {
  const { source, transformed, current } = await read(values);
  const idOf = (domain: string, legacyId: string): string => {
    const found = (current[domain] ?? []).find((record) => record.externalId === legacyId);
    if (!found) throw new Error(`no ${domain} ${legacyId}`);
    return found.id;
  };
  const next = { ...current, ...change(current, idOf) };
  const back = exportOrigin({ domains, source, transformed, current: next });
  const raw = Object.fromEntries(back.values.map((value) => [value.key, value.raw]));
  const again = await read(JSON.parse(originText(back)) as Record<string, string>);
  return { raw, unplaced: back.unplaced, again: again.current, next, idOf };
}

const edited = (list: readonly AnyRecord[] | undefined, id: string, fields: object): AnyRecord[] =>
  (list ?? []).map((record) => (record.id === id ? { ...record, ...fields } : record));
const json = (text: string | undefined) => JSON.parse(text ?? "null");
const sameRecords = (again: Records, next: Records, names: readonly string[]) => {
  for (const name of names) {
    const sort = (list: readonly AnyRecord[] = []) => [...list].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(sort(again[name]), name).toEqual(sort(next[name]));
  }
};

test("a number that nobody touched keeps its digits, and so does a new one: 149.90 stays 149.90", async () => {
  const { raw, again, next } = await after((now, idOf) => ({
    students: edited(now.students, idOf("students", "s1"), { notes: "new" }),
    payments: edited(now.payments, idOf("payments", "pay1"), { amount: "150.40" }),
    classes: edited(now.classes, idOf("classes", "c1"), { description: "x" }),
    privateLessons: edited(now.privateLessons, idOf("privateLessons", "p1"), { notes: "n" }),
  }));
  expect(raw.students).toContain('"discountAmount":10.50');
  expect(raw.students).toContain('"extraScore":7.0');
  expect(raw.payments).toContain('"amount":150.40,');
  expect(raw.classes).toContain('"price":149.90');
  expect(raw.classes).toContain('"price":20.00');
  expect(raw.privateLessons).toContain('"amount":30.10');
  expect(raw.privateLessons).toContain('"amount":10.00');
  // Read as a number, which has no zeros behind its digits.
  expect((again.payments ?? []).map((payment) => payment.amount)).toContain("150.4");
  sameRecords(again, next, ["students", "classes", "privateLessons", "paymentObligations"]);
});

test("a renamed student, teacher and class are renamed wherever the old app kept a copy", async () => {
  const { raw, unplaced } = await after((now, idOf) => ({
    students: edited(now.students, idOf("students", "s1"), { name: "Ada L." }),
    teachers: edited(now.teachers, idOf("teachers", "t1"), { name: "Euler" }),
    classes: edited(now.classes, idOf("classes", "c1"), { name: "Algebra II" }),
  }));
  expect(json(raw.classes).c1).toMatchObject({ name: "Algebra II", teacher: { id: "t1", name: "Euler" } });
  expect(json(raw["attendance-records"])[0]).toMatchObject({
    className: "Algebra II",
    teacherName: "Euler",
    studentRecords: [{ studentName: "Ada L." }, { studentName: "Bob" }],
  });
  expect(json(raw.privateLessons)[0]).toMatchObject({ studentName: "Ada L.", teacherName: "Euler" });
  expect(json(raw.payments)[0]).toMatchObject({ studentName: "Ada L." });
  expect(unplaced).toEqual([]);
});

test("a student who leaves a class is out of its list and count, and names none", async () => {
  const { raw, again, next } = await after((now, idOf) => ({
    enrollments: (now.enrollments ?? []).filter((e) => e.studentId !== idOf("students", "s2")),
  }));
  expect(json(raw.classes).c1).toMatchObject({ students: 1, studentIds: ["s1"] });
  expect(json(raw.students)[1]).toMatchObject({ classId: "unassigned" });
  expect(again.enrollments).toEqual(next.enrollments);
});

test("a student who changes class is in the list of the new one, in a map by id, too", async () => {
  const { raw, again } = await after((now, idOf) => {
    const stay = (now.enrollments ?? []).filter((e) => e.studentId !== idOf("students", "s2"));
    const fresh = make("enrollments", 1, {
      studentId: idOf("students", "s2"),
      classId: idOf("classes", "c2"),
      oneSided: false,
    });
    return { enrollments: [...stay, fresh] };
  });
  expect(json(raw.classes)).toMatchObject({ c1: { studentIds: ["s1"], students: 1 }, c2: { studentIds: ["s2"] } });
  expect(json(raw.students)[1]).toMatchObject({ classId: "c2" });
  expect(again.enrollments).toHaveLength(2);
});

test("a class that is gone and one that came are so in a map by id", async () => {
  const { raw, again } = await after((now, idOf) => ({
    classes: [
      ...(now.classes ?? []).filter((c) => c.id !== idOf("classes", "c2")),
      make("classes", 2, { name: "Chess", teacherId: idOf("teachers", "t1"), price: "12.50" }),
    ],
  }));
  const classes = json(raw.classes);
  expect(Object.keys(classes)).toEqual(["c1", uuid(2)]);
  expect(classes[uuid(2)]).toMatchObject({
    id: uuid(2),
    name: "Chess",
    teacher: { id: "t1", name: "Gauss" },
    studentIds: [],
  });
  expect(raw.classes).toContain('"price":12.50');
  expect((again.classes ?? []).map((c) => c.name).sort()).toEqual(["Algebra", "Chess"]);
});

test("a register that was made since stands behind the others, with what the old app's screens ask for", async () => {
  const { raw, again, unplaced } = await after((now, idOf) => {
    const common = {
      sessionId: uuid(9),
      classId: idOf("classes", "c1"),
      teacherId: idOf("teachers", "t1"),
      date: "2024-09-09",
    };
    return {
      attendance: [
        ...(now.attendance ?? []),
        make("attendance", 3, {
          ...common,
          studentId: idOf("students", "s1"),
          status: "present",
          homeworkCompleted: true,
        }),
        make("attendance", 4, { ...common, studentId: idOf("students", "s2"), status: "late", notes: "bus" }),
      ],
    };
  });
  expect(json(raw["attendance-records"])[1]).toEqual({
    id: uuid(9),
    classId: "c1",
    className: "Algebra",
    teacherId: "t1",
    teacherName: "Gauss",
    sessionDate: "2024-09-09",
    studentRecords: [
      { studentId: "s1", studentName: "Ada", status: "present", homeworkCompleted: true },
      { studentId: "s2", studentName: "Bob", status: "late", notes: "bus" },
    ],
  });
  const made = (again.attendance ?? []).filter((mark) => mark.date === "2024-09-09");
  expect(made.map((mark) => [mark.status, mark.notes])).toEqual([
    ["present", null],
    ["late", "bus"],
  ]);
  expect(unplaced).toEqual([]);
});

test("marks added to and taken from a register that is there", async () => {
  const { raw } = await after((now, idOf) => {
    const [first] = now.attendance ?? [];
    const late = make("attendance", 5, {
      sessionId: first?.sessionId,
      classId: first?.classId,
      teacherId: first?.teacherId,
      date: first?.date,
      studentId: idOf("students", "s2"),
      status: "late",
    });
    return { attendance: first ? [first, late] : [] };
  });
  expect(json(raw["attendance-records"])[0].studentRecords).toEqual([
    { studentId: "s1", studentName: "Ada", status: "present" },
    { studentId: "s2", studentName: "Bob", status: "late" },
  ]);
});

test("a private lesson that was made since carries its obligation and payments inside", async () => {
  const { raw, again, unplaced } = await after((now, idOf) => {
    const lesson = make("privateLessons", 6, {
      studentId: idOf("students", "s2"),
      teacherId: idOf("teachers", "t1"),
      date: "2024-09-10",
      status: "completed",
    });
    return {
      privateLessons: [...(now.privateLessons ?? []), lesson],
      paymentObligations: [
        ...(now.paymentObligations ?? []),
        make("paymentObligations", 7, {
          privateLessonId: lesson.id,
          studentId: lesson.studentId,
          amount: "25.50",
          dueDate: "2024-10-10",
          status: "paid",
        }),
      ],
      payments: [
        ...(now.payments ?? []),
        make("payments", 8, {
          privateLessonId: lesson.id,
          studentId: lesson.studentId,
          amount: "25.50",
          date: "2024-09-11",
          method: "card",
        }),
      ],
    };
  });
  const lesson = json(raw.privateLessons)[1];
  expect(lesson).toMatchObject({
    id: uuid(6),
    studentName: "Bob",
    paymentObligation: { id: uuid(7), amount: 25.5, dueDate: "2024-10-10T00:00:00.000Z", status: "paid" },
    paymentRecords: [{ id: uuid(8), amount: 25.5, paymentDate: "2024-09-11T00:00:00.000Z", method: "card" }],
  });
  expect(raw.paymentObligations).toBeUndefined();
  expect(json(raw.payments)).toHaveLength(1);
  expect((again.payments ?? []).filter((p) => p.amount === "25.5")).toHaveLength(1);
  expect(unplaced).toEqual([]);
});

test("a payment added to a lesson that is there, and a lesson that is gone with its money", async () => {
  const added = await after((now, idOf) => ({
    payments: [
      ...(now.payments ?? []),
      make("payments", 8, {
        privateLessonId: idOf("privateLessons", "p1"),
        studentId: idOf("students", "s1"),
        amount: "5.00",
        date: "2024-09-12",
        method: "cash",
      }),
    ],
  }));
  expect(json(added.raw.privateLessons)[0].paymentRecords).toMatchObject([{ id: "r1" }, { id: uuid(8), amount: 5 }]);
  expect(added.raw.privateLessons).toContain('"amount":5.00');
  const gone = await after((now) => ({
    privateLessons: [],
    paymentObligations: [],
    payments: (now.payments ?? []).filter((p) => p.privateLessonId === null),
  }));
  expect(json(gone.raw.privateLessons)).toEqual([]);
  expect(gone.raw.payments).toBe(dump.payments);
});
