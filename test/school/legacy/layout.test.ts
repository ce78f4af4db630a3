import { expect, test } from "vitest";
import { hasCode } from "../../../src/domain/errors.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import {
  combineLayouts,
  defineLayout,
  type LayoutSpec,
  matchKey,
  noRecordsAt,
} from "../../../src/school/legacy/layout.ts";
import { originLayout } from "../../../src/school/legacy/origin.ts";
import { parseLayout } from "../../../src/school/legacy/parse-layout.ts";

const refused = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    return hasCode("CONFIG_INVALID")(error);
  }
};

const layout = (over: object): LayoutSpec =>
  ({ name: "mine", keys: [{ key: "pupils", kind: "student" }], ...over }) as LayoutSpec;

test("B18: a layout that cannot work is refused when it is declared", () => {
  expect(refused(() => defineLayout(layout({})))).toBe(false);
  for (const over of [
    { name: " " },
    { keys: [{ key: "", kind: "student" }] },
    { keys: [{ key: "a", kind: "pupil" }] },
    { keys: [{ key: "a", kind: "domain:Bad!" }] },
    { keys: [{ key: "a", kind: "student", at: "list" }] },
    {
      keys: [
        { key: "a", kind: "student" },
        { key: "a", kind: "teacher" },
      ],
    },
    { keys: [{ key: "a{", kind: "student" }] },
    { keys: [{ key: "a{x}{y}", kind: "student" }] },
    { noRecords: { pupils: "metadata" } },
    { aliases: { pupil: { a: "b" } } },
    { aliases: { student: { a: "" } } },
    { aliases: { student: { a: "b", b: "name" } } },
    { aliases: { student: { a: "__proto__" } } },
    { words: { "pupil.status": { a: "b" } } },
    { words: { "student.status": { A: "active", a: "inactive" } } },
    { dates: ["Y"] },
    { dates: ["M/D/Y", "M/D/Y"] },
    { dates: ["M/D/Y", "D/M/Y"] },
  ])
    expect(
      refused(() => defineLayout(layout(over))),
      JSON.stringify(over),
    ).toBe(true);
});

test("B18: a layout file is parsed, and a mistake in it is named", () => {
  expect(
    parseLayout({ name: "mine", prefix: "hub-", keys: [{ key: "pupils", kind: "student", at: "/list" }] }).keys,
  ).toMatchObject([{ key: "hub-pupils", kind: "student", at: "/list", mapById: false }]);
  for (const wrong of [
    null,
    [],
    {},
    { name: "x", keys: [] },
    { name: "x", keys: [{ key: "a", kind: "student", extra: 1 }] },
  ])
    expect(
      refused(() => parseLayout(wrong)),
      JSON.stringify(wrong),
    ).toBe(true);
});

test("every key that the origin app writes is known, with the name that its export uses", () => {
  const kinds = (key: string) => matchKey(originLayout, key).map((m) => m.declared.kind);
  expect(kinds("attendance-records")).toEqual(["session"]);
  expect(kinds("obligations")).toEqual(kinds("paymentObligations"));
  expect(kinds("Students")).toEqual([]);
  expect(noRecordsAt(originLayout, "mockDataMetadata")).toContain("metadata");
  expect(noRecordsAt(originLayout, "__storage_test__")).not.toBeNull();
  expect(matchKey(knownLayout, "terms")).toHaveLength(1);
});

test("a key may hold fields: a path-like key says of which class and day its marks are", () => {
  const paths = defineLayout(layout({ keys: [{ key: "register/{classId}/{date}", kind: "session" }] }));
  expect(matchKey(paths, "register/c-1/2024-02-01")).toMatchObject([
    { fields: { classId: "c-1", date: "2024-02-01" } },
  ]);
  expect(matchKey(paths, "register/c-1")).toEqual([]);
  expect(matchKey(paths, "register//2024-02-01")).toEqual([]);
});

test("of two layouts the first is heard", () => {
  const mine = defineLayout(layout({ words: { "student.status": { gone: "inactive" } }, dates: ["D/M/Y"] }));
  const both = combineLayouts(mine, knownLayout);
  expect(both.dates).toEqual(["D/M/Y"]);
  expect(both.words.get("student.status")?.get("gone")).toBe("inactive");
  expect(both.words.get("student.status")?.get("enrolled")).toBe("active");
  expect(matchKey(both, "students")).toHaveLength(1);
});
