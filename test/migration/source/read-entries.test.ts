import { describe, expect, test } from "vitest";
import { sourceFromStorage, sourceFromText } from "../../../src/migration/source/open-source.ts";
import { readEntries } from "../../../src/migration/source/read-entries.ts";
import type { LegacySource } from "../../../src/migration/types.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import { combineLayouts, defineLayout, type LayoutSpec } from "../../../src/school/legacy/layout.ts";
import { quickest } from "../../support/quickest.ts";

const layoutOf = (spec: Omit<LayoutSpec, "name">) =>
  combineLayouts(defineLayout({ name: "test", ...spec }), knownLayout);
const stored = (storage: Record<string, unknown>): LegacySource =>
  sourceFromStorage(
    Object.entries(storage).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    { name: "browser" },
  );
const read = (storage: Record<string, unknown>, layout = knownLayout) => readEntries(stored(storage), layout);
const lineOf = ({ inventory }: ReturnType<typeof read>, key: string) => inventory.find((line) => line.key === key);
const brief = ({ entries }: ReturnType<typeof read>) =>
  entries.map(({ key, position, kind, legacyId }) => [key, position, kind, legacyId]);

const ada = { id: "1", name: "Ada", email: "", classId: "c1", parentContact: "" };
const ben = { id: "2", name: "Ben", email: "", classId: "c1", parentContact: "" };
const cem = { id: "3", name: "Cem", email: "", classId: "c1", parentContact: "" };
const tina = { id: "t1", name: "Tina", subject: "English", classIds: [], email: "" };

describe("declared shapes", () => {
  test("a list under its key: numbers, places and text of every element", () => {
    const raw = ` [${JSON.stringify(ada)} ,\n${JSON.stringify(ben)}]`;
    const source = stored({ teachers: [tina], students: raw });
    const { entries } = readEntries(source, knownLayout);
    expect(entries.map((entry) => entry.no)).toEqual([1, 2, 3]);
    for (const { key, start, end, data } of entries) {
      const text = source.values.find((value) => value.key === key)?.raw.slice(start, end) ?? "";
      expect(JSON.parse(text)).toEqual(data);
      expect([text[0], text.at(-1)]).toEqual(["{", "}"]);
    }
    expect(entries.map((entry) => entry.data)).toEqual([ada, ben, tina]);
  });

  test.each([
    ["a wrapper", { students: [ada, ben], total: 2 }],
    ["a slice", { students: { students: [ada, ben], loading: false, error: null } }],
    ["a wrapper with a general name", { version: 3, data: [ada, ben] }],
    ["a map by id", { 1: ada, 2: ben }],
    ["an entity adapter's state", { ids: ["1", "2"], entities: { 1: ada, 2: ben } }],
  ])("%s under its key gives the same two students", (_, value) => {
    const result = read({ students: value });
    expect(result.entries.map((entry) => [entry.kind, entry.legacyId, entry.data])).toEqual([
      ["student", "1", ada],
      ["student", "2", ben],
    ]);
    expect(result.findings).toEqual([]);
  });

  test("a map by id gives the key to a record without id of its own", () => {
    expect(brief(read({ students: { x1: { name: "Ada" }, x2: { name: "Ben" } } }))).toEqual([
      ["students", "x1", "student", "x1"],
      ["students", "x2", "student", "x2"],
    ]);
  });

  test("one blob with several domains, declared by pointers or not at all", () => {
    const blob = { state: { students: [ada], teachers: { t1: tina }, theme: "dark" }, version: 0 };
    const expected = [
      ["school", "state/students/0", "student", "1"],
      ["school", "state/teachers/t1", "teacher", "t1"],
    ];
    expect(brief(read({ school: blob }))).toEqual(expected);
    const layout = layoutOf({
      keys: [
        { key: "school", kind: "student", at: "/state/students" },
        { key: "school", kind: "teacher", at: "/state/teachers", mapById: true },
      ],
    });
    expect(brief(read({ school: blob }, layout))).toEqual(expected);
  });

  test("what is declared in a blob hides nothing that is beside it", () => {
    const layout = layoutOf({ keys: [{ key: "school", kind: "student", at: "/pupils" }] });
    const result = read({ school: { pupils: [ada], teachers: [tina], payments: [{ id: "p1", amount: 5 }] } }, layout);
    expect(result.entries.map((entry) => entry.kind)).toEqual(["student", "teacher", "payment"]);
  });

  test("prefixed keys, and keys that hold one record each and name its id", () => {
    const layout = layoutOf({
      prefix: "hub-",
      keys: [
        { key: "pupils", kind: "student" },
        { key: "staff/{id}", kind: "teacher" },
      ],
    });
    const result = read({ "hub-pupils": [ada], "hub-staff/t9": { name: "Tina", subject: "English" } }, layout);
    expect(brief(result)).toEqual([
      ["hub-pupils", "0", "student", "1"],
      ["hub-staff/t9", "", "teacher", "t9"],
    ]);
    expect(result.findings).toEqual([]);
  });

  test("a domain that is not the school's is read under the name it was opened with", () => {
    const source = sourceFromText('[{"id":"7","text":"x"}]', { name: "x", domain: "issues" });
    expect(readEntries(source, knownLayout).entries[0]).toMatchObject({ kind: "domain:issues", legacyId: "7" });
    const marks = sourceFromText("[]", { name: "x", domain: "attendance" });
    expect(readEntries(marks, knownLayout).inventory[0]).toMatchObject({ emptied: ["session"] });
  });
});

describe("keys that nobody declared", () => {
  test("a list is told by its fields and its name, read, and asked about", () => {
    const result = read({ "hub-lms-students": [ada], meine_kinder: [ada, ben] });
    expect(result.entries.map((entry) => entry.kind)).toEqual(["student", "student", "student"]);
    expect(result.findings.map((f) => [f.severity, f.code, f.domain, f.examples[0]])).toEqual([
      ["ask", "SOURCE_INFERRED", "students", "hub-lms-students"],
      ["ask", "SOURCE_INFERRED", "students", "meine_kinder"],
    ]);
  });

  test.each([
    ["a list that looks like nothing known", "things", [{ a: 1 }, { b: 2 }]],
    ["a copy by its name", "students-backup", [ada, ben]],
    ["a list in a text in an object", "persist:root", { students: JSON.stringify([ada]) }],
    ["a list far down", "app", { a: { b: { things: [{ q: 1 }] } } }],
  ])("%s is not read, not dropped: it has a line and a question", (_, key, value) => {
    const result = read({ [key]: value });
    expect(result.entries).toEqual([]);
    expect(lineOf(result, key)?.role).toBe("unknown");
    expect(result.findings).toMatchObject([{ severity: "ask", code: "SOURCE_UNKNOWN" }]);
  });

  test("settings, tokens and the signed-in user are no records; a probe and the metadata are known", () => {
    const result = read({
      theme: "dark",
      settings: { attendance: { enabled: true }, classes: "compact" },
      currentUser: { user: tina, role: "admin" },
      __storage_test__: "__storage_test__",
      mockDataMetadata: { lastUpdated: "2025-08-04T00:00:00.000Z", version: "1.0.0" },
    });
    expect(result.entries).toEqual([]);
    expect(result.findings).toEqual([]);
    expect(Object.fromEntries(result.inventory.map(({ key, role }) => [key, role]))).toEqual({
      theme: "metadata",
      settings: "metadata",
      currentUser: "metadata",
      __storage_test__: "probe",
      mockDataMetadata: "metadata",
    });
  });

  test("every key has its line with its shape, and no value of a record is in it", () => {
    const { inventory } = read({ students: [ada], theme: "dark" });
    expect(inventory.map(({ key, characters, shape }) => [key, characters, shape])).toEqual([
      [
        "students",
        JSON.stringify([ada]).length,
        "list of 1 objects {id:text, name:text, email:text, classId:text, parentContact:text}",
      ],
      ["theme", 4, "4 characters that are not JSON"],
    ]);
  });
});

describe("bad input", () => {
  test("B1: a cut value is one entry of its key's kind with the offset; the other keys go on", () => {
    const raw = JSON.stringify([ada, ben]).slice(0, -20);
    const result = read({ students: raw, teachers: [tina] });
    expect(result.entries).toMatchObject([
      {
        key: "students",
        kind: "student",
        start: 0,
        end: raw.length,
        data: undefined,
        defect: { code: "SOURCE_CORRUPT", offset: raw.length },
      },
      { key: "teachers", data: tina, defect: null },
    ]);
    expect(lineOf(result, "students")).toMatchObject({ role: "corrupt", entries: 1 });
  });

  test("B1: a cut value of no declared key is told by what is whole in it; else it blocks", () => {
    const cut = JSON.stringify([ada, ben, cem]).slice(0, -5);
    expect(read({ kinder: cut }).entries).toMatchObject([{ kind: "student", defect: { code: "SOURCE_CORRUPT" } }]);
    const unknown = read({ stuff: '[{"a":1},{"b"' });
    expect(unknown.entries).toEqual([]);
    expect(lineOf(unknown, "stuff")?.role).toBe("corrupt");
    expect(unknown.findings).toMatchObject([{ severity: "blocks", code: "SOURCE_CORRUPT", examples: ["stuff@13"] }]);
  });

  test("B1: one spoilt element is one entry with a defect among sound ones", () => {
    const raw = `[${JSON.stringify(ada)},{"id":"9","id":"8"},5,null,{"id":"7","n":12345678901234567890},${JSON.stringify(ben)}]`;
    expect(read({ students: raw }).entries.map((e) => [e.legacyId, e.defect?.code ?? null])).toEqual([
      ["1", null],
      [null, "AMBIGUOUS_JSON"],
      [null, "RECORD_INVALID"],
      [null, "RECORD_INVALID"],
      ["7", "PRECISION"],
      ["2", null],
    ]);
  });

  test.each([
    ['{"schemaVersion":2,"students":[]}', "students"],
    ['{"lastUpdated":"x","version":"2.0.0"}', "mockDataMetadata"],
    ["2", "schemaVersion"],
  ])("B2: %s says that the data is newer than this program", (raw, key) => {
    expect(read({ [key]: raw }).findings).toMatchObject([
      { severity: "blocks", code: "SCHEMA_NEWER", examples: [key] },
    ]);
  });

  test("B2: another app's version of its own state is no mark", () => {
    expect(read({ settings: { version: 7 }, mockDataMetadata: { version: "1.9.0" } }).findings).toEqual([]);
  });

  test("B4: ids are taken exactly, or refused", () => {
    const ids = [7, 1722770000000, "x", "a".repeat(500), "a/b", "Ünï-코드-😀", " 1", "0000000119"];
    expect(read({ students: ids.map((id) => ({ id, name: "x" })) }).entries.map((e) => [e.legacyId, e.defect])).toEqual(
      ids.map((id) => [String(id), null]),
    );
    const bad = ["", "a".repeat(501), {}, [], true];
    for (const entry of read({ students: bad.map((id) => ({ id, name: "x" })) }).entries)
      expect(entry).toMatchObject({ legacyId: null, data: undefined, defect: { code: "ID_INVALID" } });
    for (const entry of read({ students: [{ name: "x" }, { id: null, name: "x" }] }).entries)
      expect(entry).toMatchObject({ legacyId: null, defect: null });
  });

  test("B5: a text that PostgreSQL cannot hold spoils its record, before anything is sent; its id is still known", () => {
    const { entries } = read({
      students: '[{"id":"1","name":"a\\u0000b"},{"id":"2","name":"\\ud83d"},{"id":"3","name":"😀"}]',
    });
    expect(entries.map((e) => [e.legacyId, e.defect?.code ?? null])).toEqual([
      ["1", "TEXT_UNSUPPORTED"],
      ["2", "TEXT_UNSUPPORTED"],
      ["3", null],
    ]);
  });

  test("B8: a list that stands twice in one value is believed in neither place", () => {
    const { entries } = read({ school: `{"students":[${JSON.stringify(ada)}],"students":[],"teachers":[]}` });
    expect(entries.map((e) => [e.kind, e.defect?.code])).toEqual([
      ["student", "AMBIGUOUS_JSON"],
      ["student", "AMBIGUOUS_JSON"],
    ]);
  });

  test("B8: a byte-order mark inside a stored value is passed over", () => {
    expect(read({ students: `\ufeff${JSON.stringify([ada])}` }).entries).toMatchObject([{ data: ada, start: 2 }]);
  });

  test("B9: an element nested too deep spoils itself; a value of nothing but openings is one entry", () => {
    const deep = `[${JSON.stringify(ada)},{"id":"2","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}]`;
    expect(read({ students: deep }).entries.map((e) => e.defect?.code ?? null)).toEqual([null, "LIMIT"]);
    expect(read({ students: "[".repeat(100_000) }).entries.map((e) => e.defect?.code)).toEqual(["SOURCE_CORRUPT"]);
  });

  test("B9: more entries than the limit, in one value or over several, are refused", () => {
    const limits = { entries: 3 };
    for (const storage of [{ students: [1, 2, 3, 4] }, { students: [1, 2], teachers: [1, 2] }])
      expect(() => readEntries(stored(storage), knownLayout, limits)).toThrowError(
        expect.objectContaining({ code: "LIMIT" }),
      );
    expect(readEntries(stored({ students: [1, 2, 3] }), knownLayout, limits).entries).toHaveLength(3);
  });

  test("B13: emptied by the user, never saved, and null are told apart", () => {
    const result = read({ students: "[]", teachers: "{}", payments: "null" });
    expect(result.entries).toEqual([]);
    expect(result.inventory.map(({ key, role, emptied }) => [key, role, emptied])).toEqual([
      ["payments", "empty", []],
      ["students", "empty", ["student"]],
      ["teachers", "empty", ["teacher"]],
    ]);
    expect(lineOf(result, "classes")).toBeUndefined();
  });

  test("a declared key that holds something else is one quarantined entry, never nothing", () => {
    for (const value of ["5", '"x"', '{"a":1}', '{"monday":[1],"b":2}'])
      expect(read({ students: value }).entries).toMatchObject([
        { kind: "student", defect: { code: "SOURCE_UNKNOWN" } },
      ]);
  });

  test("S12: keys that reach for the prototype spoil what holds them and nothing else", () => {
    const { entries } = read({
      students:
        '{"__proto__":{"id":"x","polluted":1},"a":{"id":"a","constructor":{"prototype":{"polluted":1}}},"b":{"id":"b","name":"B"}}',
      __proto__x: "1",
    });
    expect(entries.map((e) => [e.position, e.defect?.code ?? null])).toEqual([
      ["__proto__", "BAD_REQUEST"],
      ["a", "BAD_REQUEST"],
      ["b", null],
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    const hostile = sourceFromText('{"__proto__":"[]","constructor":"[{\\"id\\":1}]"}', { name: "x" });
    expect(readEntries(hostile, knownLayout).inventory.map((line) => line.key)).toEqual(["__proto__", "constructor"]);
  });

  test("S14: 50,000 characters as a key, a version, an id or a name cost no time", async () => {
    const long = "a-".repeat(25_000);
    const digits = "1".repeat(50_000);
    const source: LegacySource = {
      name: "x",
      container: "dump",
      fingerprint: "",
      values: [
        { key: long, raw: JSON.stringify([ada]) },
        { key: "mockDataMetadata", raw: `{"version":"${digits}"}` },
        { key: "students", raw: JSON.stringify([{ id: long, [long]: long }]) },
      ],
    };
    expect(readEntries(source, knownLayout).entries.at(-1)?.defect?.code).toBe("ID_INVALID");
    expect(await quickest(() => readEntries(source, knownLayout))).toBeLessThan(50);
  });
});
