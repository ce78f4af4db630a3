/** The sample school: the volumes and the dirt of a real one, the same for the same seed. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sampleSchool } from "../../src/cli/sample/sample-school.ts";

type Item = Record<string, unknown>;
const dump = sampleSchool({ seed: 1 });
const list = (key: string): Item[] => JSON.parse(dump[key] ?? "") as Item[];
const hash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");
const count = <T>(items: readonly T[]): number => new Set(items).size;

test("L12: the same seed gives the same bytes, another seed others", () => {
  expect(hash(dump)).toBe("9e5d9711f22cb145d999003b0df2e42396836210f18250ed133e083d0e68c9ab");
  expect(hash(sampleSchool({ seed: 2 }))).not.toBe(hash(dump));
});

test("it has a real school's volumes", () => {
  const marks = list("attendance-records").flatMap((s) => s.studentRecords as Item[]);
  expect({
    students: count(list("students").map((s) => s.id)),
    teachers: list("teachers").length,
    classes: list("classes").length,
    classrooms: list("classrooms").length,
    obligations: count(list("paymentObligations").map((o) => o.id)),
    payments: count(list("payments").map((p) => p.id)) - 1,
    marks: marks.length,
    grades: count(list("grades").map((g) => g.id)),
    lessons: list("privateLessons").length,
  }).toEqual({
    students: 100,
    teachers: 20,
    classes: 30,
    classrooms: 15,
    obligations: 500,
    payments: 300,
    marks: 5000,
    grades: 3000,
    lessons: 200,
  });
});

test("no student has two grades in one assessment", () => {
  const pairs = list("grades").map((g) => `${g.assessmentId}/${g.studentId}`);
  expect(count(pairs)).toBe(pairs.length);
});

test("B1 B3 B10: it holds the usual dirt", () => {
  expect(() => list("obligations")).toThrow(SyntaxError);
  const students = list("students");
  const ids = new Set(students.map((s) => s.id));
  expect(students.at(-1)).toEqual(students[0]);
  const twice = list("payments").filter((p) => p.id === "payment-twice");
  expect(twice).toHaveLength(2);
  expect(twice[0]).not.toEqual(twice[1]);
  expect(
    list("classes")
      .flatMap((c) => c.studentIds as string[])
      .some((id) => !ids.has(id)),
  ).toBe(true);
  expect(students.some((s) => s.email === "")).toBe(true);
  for (const form of [/^\d{4}-\d{2}-\d{2}$/, /^\d{4}-\d{2}-\d{2}T/, /^\d{1,2}\/\d{1,2}\/\d{4}$/])
    expect(students.some((s) => form.test(String(s.joinDate)))).toBe(true);
  expect(dump["attendance-records"]).toContain("Unknown Student");
  expect(students.some((s) => s.classId === "unassigned")).toBe(true);
  expect(list("teachers").some((t) => (t.classIds as string[]).includes("class1"))).toBe(true);
  expect(dump.__storage_test__).toBeDefined();
});

test("a smaller school is smaller in everything", () => {
  const small = sampleSchool({ seed: 1, scale: 0.1 });
  expect((JSON.parse(small.students ?? "") as Item[]).length).toBe(11);
  expect((small.grades ?? "").length).toBeLessThan((dump.grades ?? "").length / 5);
});
