import fc from "fast-check";
import { expect, test } from "vitest";
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { canonicalText, digestOf } from "../../src/domain/digest.ts";
import { isAdapterError } from "../../src/domain/errors.ts";
import { recordIdOf, schoolIdOf, sharedNamespace, uuidV5 } from "../../src/domain/ids.ts";
import { canonicalJson } from "../../src/domain/json.ts";
import { emptyRecord, parseRecord } from "../../src/domain/record.ts";
import { compareCodePoints, textKey } from "../../src/domain/sort-key.ts";
import { grades } from "../../src/school/grades.ts";
import { students } from "../../src/school/students.ts";
import { quickest } from "../support/quickest.ts";

const namespace = sharedNamespace(schoolIdOf("Hill School"));
const studentId = recordIdOf(namespace, "students", "student-1");
const student = (over: Record<string, unknown> = {}) => ({
  ...emptyRecord(students, studentId, "student-1"),
  name: "Ada",
  ...over,
});

function refusal(run: () => unknown): { code: string; place: string | undefined } | null {
  try {
    run();
    return null;
  } catch (error) {
    return isAdapterError(error) ? { code: error.code, place: error.place } : { code: String(error), place: "" };
  }
}
const refuse = (over: Record<string, unknown>) => refusal(() => parseRecord(students, student(over)));

test("an id is the RFC's UUIDv5, so that a second import is the same import", () => {
  // The example of RFC 9562, appendix A.4.
  expect(uuidV5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com")).toBe(
    "2ed6657d-e927-568b-95e1-2665a8aea6a2",
  );
  expect(recordIdOf(namespace, "teachers", "1")).not.toBe(recordIdOf(namespace, "students", "1"));
});

test("B11: days and instants that no calendar has are refused by name", () => {
  for (const joinDate of ["2024-02-30", "13/25/2024", "10000-01-01", "2023-02-29", "2024-1-5", "0000-01-01"]) {
    expect(refuse({ joinDate })).toEqual({ code: "DATE_INVALID", place: "/joinDate" });
  }
  expect(refuse({ joinDate: "2024-02-29" })).toBeNull();
  const grade = { ...emptyRecord(grades, studentId, null), dateRecorded: "2024-02-30T00:00:00.000Z" };
  expect(refusal(() => parseRecord(grades, grade))?.code).toBe("DATE_INVALID");
});

test("B5: text that PostgreSQL cannot hold is refused before it is sent", () => {
  expect(refuse({ name: "A\0da" })).toEqual({ code: "TEXT_UNSUPPORTED", place: "/name" });
  expect(refuse({ notes: "\ud83d" })).toEqual({ code: "TEXT_UNSUPPORTED", place: "/notes" });
  expect(refuse({ extra: { a: ["\udc00"] } })).toEqual({ code: "TEXT_UNSUPPORTED", place: "/extra/a/0" });
  expect(refuse({ name: "Ada 😀" })).toBeNull();
});

test("B6: what JSON does not have is refused with its path", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const values = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    undefined,
    1n,
    new Date(0),
    new Map(),
    new Blob([]),
    () => 1,
  ];
  for (const value of values) {
    expect(refuse({ extra: { deep: [value] } })).toEqual({ code: "UNSERIALIZABLE", place: "/extra/deep/0" });
  }
  expect(refuse({ extra: cycle })?.code).toBe("LIMIT");
});

test("B7: whole numbers beyond 2^53 are refused, decimals keep every digit", () => {
  expect(refuse({ extra: { n: 2 ** 53 } })).toEqual({ code: "PRECISION", place: "/extra/n" });
  expect(refuse({ discountAmount: "0.30000000000000004" })).toBeNull();
  for (const discountAmount of ["1e3", "01", "-0", "1.", ".5", "NaN", 0.1]) {
    expect(refuse({ discountAmount })).toMatchObject({ place: "/discountAmount" });
  }
});

test("S6: fields that are the server's, and fields of nobody, are refused", () => {
  for (const key of ["schoolId", "version", "seq", "role", "deletedAt"]) expect(refuse({ [key]: 1 })).not.toBeNull();
});

test("S12: a key that reaches a prototype is refused", () => {
  const extra = JSON.parse('{"a":{"__proto__":{"x":1}}}');
  expect(refuse({ extra })).toMatchObject({ code: "BAD_REQUEST" });
  expect(refuse({ extra: { constructor: { prototype: {} } } })).toMatchObject({ code: "BAD_REQUEST" });
  expect(({} as { x?: unknown }).x).toBeUndefined();
});

test("S14: 50,000 characters cost no more than reading them", async () => {
  const evil = ["@".repeat(50_000), `${"a".repeat(50_000)}@`, "0".repeat(50_000), " ".repeat(50_000)];
  for (const value of evil) {
    expect(await quickest(() => refuse({ email: value }))).toBeLessThan(50);
    expect(await quickest(() => refuse({ discountAmount: value }))).toBeLessThan(50);
    expect(await quickest(() => refuse({ joinDate: value }))).toBeLessThan(50);
    expect(await quickest(() => textKey(value))).toBeLessThan(50);
  }
});

test("equal records have equal digests whatever the order of keys; any change moves it", () => {
  const digest = (over: Record<string, unknown>) => digestOf(students, parseRecord(students, student(over)));
  expect(digest({ extra: { a: 1, b: { c: 2, d: 3 } } })).toBe(digest({ extra: { b: { d: 3, c: 2 }, a: 1 } }));
  const base = digest({});
  const changes = [
    { name: "Eda" },
    { phone: "" },
    { email: "a@b" },
    { paymentDue: false },
    { extra: { a: null } },
    { externalId: null },
  ];
  const all = changes.map(digest);
  expect(new Set([base, ...all]).size).toBe(changes.length + 1);
  const other = { ...student(), id: recordIdOf(namespace, "students", "student-2") };
  expect(digestOf(students, parseRecord(students, other))).not.toBe(base);
});

test("the canonical text tells null from text and one field from the next", () => {
  const a = parseRecord(students, student({ phone: "null" }));
  const b = parseRecord(students, student({ phone: null }));
  const c = parseRecord(students, student({ phone: null, avatar: "null" }));
  expect(new Set([a, b, c].map((r: AnyRecord) => canonicalText(students, r))).size).toBe(3);
});

test("canonical JSON is stable and loses nothing", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      const reason = refusal(() => canonicalJson(value));
      if (reason !== null) return;
      const once = canonicalJson(value);
      expect(once).toEqual(value);
      expect(JSON.stringify(canonicalJson(once))).toBe(JSON.stringify(once));
    }),
    { numRuns: 500 },
  );
});

test("text is ordered by code point, as PostgreSQL's C collation orders UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
      expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
    { numRuns: 1000 },
  );
  expect(compareCodePoints("\uffee", "😀")).toBeLessThan(0);
});
