/** Stamps that sort as text and never go back, whatever the clock does. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { clampHlc, formatHlc, observeHlc, parseHlc, tickHlc } from "../../src/domain/hlc.ts";
import { modeOf, stage } from "../../src/domain/stages.ts";

const node = "0a1b2c3d-0000-4000-8000-000000000000";
const other = "ffffffff-0000-4000-8000-000000000000";
const ms = fc.integer({ min: 0, max: 10 ** 14 });
const stamp = fc.record({ ms, counter: fc.integer({ min: 0, max: 99_999 }) }).map((s) => formatHlc({ ...s, node }));

test("a stamp is read as it was written, and nothing else is a stamp", () => {
  expect(formatHlc({ ms: 1726000000000, counter: 7, node })).toBe("001726000000000.00007.0a1b2c3d");
  expect(parseHlc("001726000000000.00007.0a1b2c3d")).toEqual({ ms: 1726000000000, counter: 7, node: "0a1b2c3d" });
  for (const text of ["", "1.2.3", "001726000000000.00007.0a1b2c3G", "001726000000000.00007.0a1b2c3d "]) {
    expect(parseHlc(text)).toBe(null);
  }
});

test("F22: each stamp is later than the one before and than every one heard of, with a clock that jumps anywhere", () => {
  const event = fc.record({ now: ms, heard: fc.option(stamp) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 50 }), (events) => {
      let last: string | null = null;
      for (const { now, heard } of events) {
        const next: string = heard === null ? tickHlc(last, now, node) : observeHlc(last, heard, now, node);
        expect(parseHlc(next)).not.toBe(null);
        if (last !== null) expect(next > last).toBe(true);
        if (heard !== null) expect(next > heard).toBe(true);
        last = next;
      }
    }),
  );
});

test("a full counter goes on in the next millisecond; two clients never have the same stamp", () => {
  const full = formatHlc({ ms: 5, counter: 99_999, node });
  expect(tickHlc(full, 0, node)).toBe(formatHlc({ ms: 6, counter: 0, node }));
  expect(tickHlc(null, 5, node)).not.toBe(tickHlc(null, 5, other));
});

test("F22: a stamp a year ahead counts as the server's time; one from the past stays", () => {
  const now = 1_726_000_000_000;
  const at = (offset: number) => formatHlc({ ms: now + offset, counter: 3, node });
  expect(clampHlc(at(365 * 86_400_000), now)).toBe(formatHlc({ ms: now, counter: 0, node }));
  for (const fine of [at(60_000), at(0), at(-365 * 86_400_000)]) expect(clampHlc(fine, now)).toBe(fine);
});

test("every stage has the mode that people see", () => {
  expect(stage.options.map((of) => `${of} ${modeOf(of)}`)).toEqual([
    "off localStorage",
    "dualwrite hybrid",
    "shadow hybrid",
    "live hybrid",
    "rampdown api",
    "complete api",
    "draining hybrid",
  ]);
});
