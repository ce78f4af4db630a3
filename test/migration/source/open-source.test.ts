import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sourceFromStorage, sourceFromText } from "../../../src/migration/source/open-source.ts";

const open = (value: unknown, domain?: string) =>
  sourceFromText(typeof value === "string" ? value : JSON.stringify(value), { name: "/home/ada/school.json", domain });
const students = [
  { id: "1", name: "Ada", email: "", classId: "c1", parentContact: "" },
  { id: "2", name: "Ben", email: "", classId: "c1", parentContact: "" },
];

describe("containers", () => {
  test("an object of texts is a dump: each value is exactly what the browser held", () => {
    const raw = ' [ {"id":"1"} ]\n';
    const source = open({ students: raw, theme: "dark" });
    expect(source).toMatchObject({
      container: "dump",
      values: [
        { key: "students", raw },
        { key: "theme", raw: "dark" },
      ],
    });
  });

  test("an object of values is a document: each value is its own text", () => {
    const source = open('{ "version": "1.0.0", "students": [ {"id": 1.0} ] }');
    expect(source.container).toBe("document");
    expect(source.values).toEqual([
      { key: "students", raw: '[ {"id": 1.0} ]' },
      { key: "version", raw: '"1.0.0"' },
    ]);
  });

  test("a bare list, or one map of records, needs its domain; the guess is named and not taken", () => {
    const map = Object.fromEntries(students.map((s) => [s.id, s]));
    for (const value of [students, map]) {
      expect(() => open(value)).toThrowError(
        expect.objectContaining({ code: "SOURCE_UNKNOWN", facts: expect.objectContaining({ guess: "students" }) }),
      );
      expect(open(value, "students")).toMatchObject({ container: "array", values: [{ key: "students" }] });
    }
    expect(() => open("[]")).toThrowError(expect.objectContaining({ facts: { guess: null, confidence: 0 } }));
    expect(() => open("5")).toThrowError(expect.objectContaining({ code: "SOURCE_UNKNOWN" }));
  });

  test("no path of the machine is kept", () => {
    expect(open({}).name).toBe("school.json");
    expect(sourceFromText("{}", { name: "C:\\Users\\Ada\\x.json" }).name).toBe("x.json");
  });
});

describe("the same data is the same source", () => {
  test("in whatever order the browser lists its keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), (storage) => {
        const entries = Object.entries(storage);
        const a = sourceFromStorage(entries, { name: "a" });
        const b = sourceFromStorage(entries.toReversed(), { name: "b" });
        expect(a.fingerprint).toBe(b.fingerprint);
        expect(a.values).toEqual(b.values);
      }),
    );
  });

  test("a live storage and its dump are one source", () => {
    const storage = { students: "[]", payments: '["\\u0000😀"]', odd: "\ud83d" };
    expect(sourceFromStorage(Object.entries(storage), { name: "x" }).fingerprint).toBe(open(storage).fingerprint);
  });

  test("other data is another: moved text, another container, half a surrogate pair", () => {
    const fingerprints = [
      open({ a: "bc" }),
      open({ ab: "c" }),
      open({ a: "b", c: "" }),
      open({ a: "\ud83d" }),
      open({ a: "\ud83e" }),
      open({ a: "\ufffd" }),
      open({ a: ["bc"] }),
      open(["bc"], "a"),
    ].map((source) => source.fingerprint);
    expect(new Set(fingerprints).size).toBe(fingerprints.length);
  });
});

describe("refused as a whole", () => {
  test("B1: a file that is cut, with the offset and how much was whole", () => {
    expect(() => open('{"students":"[]","teach')).toThrowError(
      expect.objectContaining({
        code: "SOURCE_CORRUPT",
        facts: { offset: 23 },
        message: expect.stringContaining("1 keys"),
      }),
    );
    expect(() => open("")).toThrowError(expect.objectContaining({ code: "SOURCE_CORRUPT" }));
  });

  test("B8: a key that stands twice", () => {
    for (const text of ['{"a":"[]","a":"[1]"}', '{"a":[],"a":[1]}', '{"a":"","\\u0061":""}'])
      expect(() => open(text)).toThrowError(expect.objectContaining({ code: "AMBIGUOUS_JSON" }));
  });

  test("B5: a key that cannot be stored", () => {
    for (const key of ["a\0", "\ud83d"])
      expect(() => sourceFromStorage([[key, ""]], { name: "x" })).toThrowError(
        expect.objectContaining({ code: "TEXT_UNSUPPORTED" }),
      );
  });

  test("B9: too many keys, a value or a key too long", () => {
    const limits = { entries: 2, stringLength: 3 };
    const refuse = (text: string) =>
      expect(() => sourceFromText(text, { name: "x", limits })).toThrowError(
        expect.objectContaining({ code: "LIMIT" }),
      );
    refuse('{"a":"","b":"","c":""}');
    refuse('{"a":"four"}');
    refuse(JSON.stringify({ ["k".repeat(10_001)]: "" }));
    expect(() => sourceFromStorage([["a", "four"]], { name: "x", limits })).toThrowError(
      expect.objectContaining({ code: "LIMIT" }),
    );
  });
});
