import fc from "fast-check";
import { expect, test } from "vitest";
import { checksum } from "../../src/local/checksum.ts";
import { decode, encode } from "../../src/local/codec.ts";

test("what was encoded is decoded", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(decode(encode(value))).toEqual({ value: JSON.parse(JSON.stringify(value)) });
    }),
  );
});

test("what an earlier build has written is read", () => {
  for (const [text, value] of [
    ['12f65b5f:{"title":"Ada"}', { title: "Ada" }],
    ['4cd8ed26:{"title":"学校"}', { title: "学校" }],
  ] as const)
    expect(decode(text)).toEqual({ value });
});

test("F3: one changed, added, missing or swapped character is noticed, wherever it stands", () => {
  const text = encode({ title: "naïve – 学校", list: Array.from({ length: 30 }, (_, i) => i) });
  for (let i = 0; i < text.length; i++) {
    const [before, at, after] = [text.slice(0, i), text[i] ?? "", text.slice(i + 1)];
    const other = at === "0" ? "1" : "0";
    expect(decode(before + other + after)).toBeNull();
    expect(decode(before + after)).toBeNull();
    expect(decode(`${before}${at}${at}${after}`)).toBeNull();
    const next = after[0] ?? "";
    if (next !== at && next !== "") expect(decode(before + next + at + after.slice(1))).toBeNull();
  }
});

test("F3: in a long text a changed character is noticed wherever it stands, whatever the text is made of", () => {
  const long = fc
    .array(fc.constantFrom("a", "0", "é", "学", "😀", "\0"), { minLength: 1, maxLength: 6 })
    .chain((units) =>
      fc.integer({ min: 16_000, max: 50_000 }).map((length) => units.join("").repeat(length).slice(0, length)),
    );
  const plain = fc.integer({ min: 16_000, max: 50_000 }).map((length) => "attendance ".repeat(5000).slice(0, length));
  fc.assert(
    fc.property(
      fc.oneof(
        long,
        plain,
        fc.tuple(plain, long).map(([a, b]) => a + b),
      ),
      fc.nat(),
      (text, seed) => {
        const at = seed % text.length;
        for (const other of ["b", "ü", "校", ""])
          expect(checksum(text.slice(0, at) + other + text.slice(at + 1))).not.toBe(checksum(text));
        expect(checksum(`xx${text}`, 2)).toBe(checksum(text));
        const twice = text.slice(0, at) + text.slice(at, at + 16_384) + text.slice(at);
        expect(checksum(twice)).not.toBe(checksum(text));
      },
    ),
    { numRuns: 60 },
  );
});

test("a text that ends in zeros is not a shorter one, and lanes do not cancel each other", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(checksum(`${text}\0`)).not.toBe(checksum(text));
    }),
  );
  expect(checksum("abcdefgh")).not.toBe(checksum("cdabefgh"));
  expect(checksum("xxabc", 2)).toBe(checksum("abc"));
});

test("what is not ours is no value", () => {
  for (const text of ["", "meta", "00000000", "00000000:", ":{}", "zzzzzzzz:{}"]) expect(decode(text)).toBeNull();
});
