import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isExactNumber } from "../../../src/migration/source/exact-number.ts";
import { type JsonScan, scanJson } from "../../../src/migration/source/json-scan.ts";
import { quickest } from "../../support/quickest.ts";

const texts = (text: string, scan: JsonScan) => scan.items.map(({ start, end }) => text.slice(start, end));
const codes = (text: string) => scanJson(text).items.map((item) => item.defect?.code ?? null);

describe("the scanner agrees with JSON.parse", () => {
  test("on every JSON value: no defect, and the items are the elements", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ noUnicodeString: false })), fc.constantFrom(0, 1), (list, indent) => {
        const text = JSON.stringify(list, null, indent);
        const scan = scanJson(text);
        expect(scan.defect).toBeNull();
        expect(texts(text, scan).map((item) => JSON.parse(item))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("on every object: names are decoded, members found", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), (object) => {
        const text = JSON.stringify(object);
        const scan = scanJson(text);
        expect(scan.items.map((item) => item.key).sort()).toEqual(Object.keys(JSON.parse(text)).sort());
      }),
    );
  });

  test("on texts with one character changed: it refuses what JSON.parse refuses, and nothing else", () => {
    const arbitrary = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom(...'{}[]",:\\ue0-+.19 \ntfn'));
    fc.assert(
      fc.property(arbitrary, ([value, at, character]) => {
        const whole = JSON.stringify({ a: [value] });
        const text = whole.slice(0, at % whole.length) + character + whole.slice((at % whole.length) + 1);
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(scanJson(text).defect?.code === "SOURCE_CORRUPT").toBe(!parses);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    "",
    " ",
    "[",
    "[1,]",
    "[,1]",
    '{"a"}',
    '{"a":}',
    "{a:1}",
    "[NaN]",
    "[Infinity]",
    "[01]",
    "[1.]",
    "[.5]",
    "[1e]",
    "[+1]",
    "[tru]",
    '["\\x"]',
    '["\\u12g4"]',
    '["a\nb"]',
    "[1] x",
    "undefined",
    "'a'",
  ])("B1: %j is not JSON, and the offset says where", (text) => {
    const { defect } = scanJson(text);
    expect(defect).toMatchObject({ code: "SOURCE_CORRUPT" });
    expect(defect?.offset).toBeLessThanOrEqual(text.length);
  });

  test("B1: every cut of a text is found, and what stands whole before the cut is known", () => {
    const text = '[{"id":"1","n":[1,2]},{"id":"2"},{"id":"3\\u00e9"}]';
    for (let end = 0; end < text.length; end++) {
      const scan = scanJson(text.slice(0, end));
      expect(scan.defect?.code).toBe("SOURCE_CORRUPT");
      for (const item of scan.items) JSON.parse(text.slice(item.start, item.end));
    }
    expect(scanJson(text.slice(0, 35)).items).toHaveLength(2);
  });
});

describe("a defect spoils its own element only", () => {
  test("B8: a key that stands twice, plainly or by an escape", () => {
    expect(codes('[{"a":1},{"a":1,"a":2},{"a":1,"\\u0061":2},{"x":{"b":1,"b":1}},{"a":1}]')).toEqual([
      null,
      "AMBIGUOUS_JSON",
      "AMBIGUOUS_JSON",
      "AMBIGUOUS_JSON",
      null,
    ]);
  });

  test("B8: of two members with one name neither is believed", () => {
    expect(scanJson('{"a":1,"b":2,"a":3}').items.map((item) => item.nameDefect?.code ?? null)).toEqual([
      "AMBIGUOUS_JSON",
      null,
      "AMBIGUOUS_JSON",
    ]);
  });

  test("B8: keys that stand twice are found among a hundred thousand", () => {
    const members = Array.from({ length: 100_000 }, (_, i) => `"k${i}":0`).join(",");
    expect(codes(`[{${members}},{${members},"k5":1}]`)).toEqual([null, "AMBIGUOUS_JSON"]);
  });

  test("S12: __proto__, constructor and prototype as keys, however written and however deep", () => {
    const list =
      '[{"__proto__":{"x":1}},{"a":{"constructor":{"prototype":{"x":1}}}},{"\\u005f_proto__":1},{"id":"__proto__"}]';
    expect(codes(list)).toEqual(["BAD_REQUEST", "BAD_REQUEST", "BAD_REQUEST", null]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test("B7: numbers that a double would change, and those that it keeps", () => {
    expect(
      codes("[9007199254740993, 9007199254740992, 12345678901234567890, 0.1000000000000000055, 1e400, 1e-400, 1e21]"),
    ).toEqual(Array(7).fill("PRECISION"));
    expect(
      codes("[9007199254740991, 27.0, 1e3, 850.50, 0.1, 0.30000000000000004, -1.5, 0, 0.0, 1E+2, 5e-324]"),
    ).toEqual(Array(11).fill(null));
    expect(codes("[-0, -0.0, -0e5]")).toEqual(Array(3).fill("UNSERIALIZABLE"));
  });

  test("B7: whatever JavaScript writes for a number within 2^53, it reads back exactly", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }),
        (number) => {
          expect(isExactNumber(JSON.stringify(number))).toBe(true);
        },
      ),
    );
  });

  test("B5: U+0000 and half surrogate pairs, raw or escaped, in values and names", () => {
    const high = "\ud83d";
    const low = "\ude00";
    expect(codes(`["\\u0000","\0","${high}","\\ud83d","\\ude00 x",{"\\u0000":1},{"a":["${low}"]}]`)).toEqual(
      Array(7).fill("TEXT_UNSUPPORTED"),
    );
    expect(codes(`["${high}${low}","\\ud83d\\ude00","${high}\\ude00","\\ud83d${low}","\\\\u0000"]`)).toEqual(
      Array(5).fill(null),
    );
  });

  test("B9: nested too deep", () => {
    const deep = (n: number) => "[".repeat(n) + "]".repeat(n);
    expect(codes(`[${deep(199)},${deep(200)},1]`)).toEqual([null, "LIMIT", null]);
    expect(codes(`[${deep(100_000)},1]`)).toEqual(["LIMIT", null]);
    expect(scanJson("[".repeat(2_000_000)).defect?.code).toBe("LIMIT");
  });

  test("B9: a text longer than the limit; more elements than the limit", () => {
    expect(scanJson('["aaaa","aaaaa"]', { maxString: 4 }).items.map((i) => i.defect?.code ?? null)).toEqual([
      null,
      "LIMIT",
    ]);
    expect(() => scanJson("[1,2,3]", { maxItems: 2 })).toThrowError(expect.objectContaining({ code: "LIMIT" }));
  });
});

describe("time", () => {
  const n = 50_000;
  test.each([
    ["digits", `[${"1".repeat(n)}]`],
    ["zeros in an exponent", `[1e${"0".repeat(n)}1]`],
    ["a fraction", `[0.${"0".repeat(n)}1]`],
    ["backslashes", `["${"\\\\".repeat(n)}"]`],
    ["escaped surrogates", `["${"\\ud83d\\ude00".repeat(n)}"]`],
    ["quotes never closed", `["${'\\"'.repeat(n)}`],
    ["blanks", `[${" ".repeat(n)}]`],
    ["openings", "[".repeat(n)],
    ["objects in objects", '{"a":'.repeat(n / 5)],
    ["colons", `{${":".repeat(n)}`],
    ["one name again and again", `{${'"a":1,'.repeat(n / 7)}"b":1}`],
  ])("S14: 50,000 characters of %s take less than 50 ms", async (_, text) => {
    expect(await quickest(() => scanJson(text))).toBeLessThan(50);
  });
});
