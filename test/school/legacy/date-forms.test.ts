import { expect, test } from "vitest";
import { readDate, readInstant } from "../../../src/school/legacy/date-forms.ts";
import { quickest } from "../../support/quickest.ts";

test("B11: days are read as they were written, and none that the calendar lacks", () => {
  const forms = ["M/D/Y", "D-M-Y", "D.M.Y", "epochMs"] as const;
  const cases: readonly (readonly [unknown, string | null])[] = [
    ["2024-02-29", "2024-02-29"],
    ["2023-02-29", null],
    ["2024-01-15T23:30:00.000Z", "2024-01-15"],
    ["2024-01-15 09:05", "2024-01-15"],
    ["2024-01-15 25:05", null],
    ["3/4/2024", "2024-03-04"],
    ["3/4/24", "2024-03-04"],
    ["13/25/2024", null],
    ["31-12-2023", "2023-12-31"],
    ["1.2.2024", "2024-02-01"],
    [1_722_770_000_000, "2024-08-04"],
    ["1722770000000", "2024-08-04"],
    [45, null],
    ["+010000-01-01", null],
    ["", null],
    [null, null],
  ];
  for (const [value, day] of cases) expect(readDate(value, forms), String(value)).toBe(day);
  expect(readDate("3/4/2024", [])).toBeNull();
  expect(readDate("3/4/2024", ["D/M/Y"])).toBe("2024-04-03");
});

test("B11: an instant needs its zone; without one it is not guessed", () => {
  expect(readInstant("2024-01-15T10:00:00Z", [])).toBe("2024-01-15T10:00:00.000Z");
  expect(readInstant("2024-01-15T10:00:00.1234+02:00", [])).toBe("2024-01-15T08:00:00.123Z");
  expect(readInstant("2024-01-15T10:00:00+0200", [])).toBe("2024-01-15T08:00:00.000Z");
  expect(readInstant("2024-01-15", [])).toBe("2024-01-15T00:00:00.000Z");
  expect(readInstant("2024-03-31 02:30", [])).toBeNull();
  expect(readInstant("2024-02-30T00:00:00.000Z", [])).toBeNull();
});

test("S14: 50,000 characters into the date patterns take no time", async () => {
  const texts = [
    "1".repeat(50_000),
    `${"1/".repeat(25_000)}`,
    `2024-01-15T10:00:00.${"1".repeat(50_000)}`,
    " ".repeat(50_000),
  ];
  const took = await quickest(() => {
    for (const text of texts) {
      readDate(text, ["M/D/Y", "epochMs"]);
      readInstant(text, ["M/D/Y", "epochMs"]);
    }
  });
  expect(took).toBeLessThan(50);
});
