/** Does a column say what a leaf says? Judged from the leaf's text and the column's kind alone. */
import type { Field } from "../../domain/fields.ts";
import { isJsonObject } from "../../domain/json.ts";

/** Equal as JSON: scalars by identity, objects and lists by what is in them, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}

/** The column holds the leaf itself: the same text, number or truth value. */
export function isVerbatim(column: unknown, leaf: unknown): boolean {
  if (column === null || column === undefined) return false;
  if (typeof leaf === "string") return String(column) === leaf;
  if (typeof leaf === "number") return typeof column !== "boolean" && column !== "" && Number(column) === leaf;
  return sameJson(column, leaf);
}

/** The column says the leaf in other words: the same day or instant, a word for a word, a name with the part in it. */
export function isDerived(
  field: Field | undefined,
  column: unknown,
  leaf: unknown,
  dayZero: string | null = null,
): boolean {
  if (column === null || column === undefined) return false;
  if (field?.kind === "date") return sameDay(String(column), leaf) || isDaysFrom(dayZero, String(column), leaf);
  if (field?.kind === "instant") return sameInstant(String(column), leaf);
  if (field?.options) return field.options.includes(String(column));
  return typeof leaf !== "object" && leaf !== "" && String(column).includes(String(leaf).trim());
}

const isDaysFrom = (dayZero: string | null, day: string, leaf: unknown): boolean =>
  dayZero !== null && typeof leaf === "number" && Date.parse(day) - Date.parse(dayZero) === leaf * 24 * 3600 * 1000;

const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);

function sameDay(day: string, leaf: unknown): boolean {
  if (typeof leaf === "number") return new Date(leaf).toISOString().startsWith(day);
  if (typeof leaf !== "string") return false;
  if (/^\d{12,13}$/.test(leaf)) return sameDay(day, Number(leaf));
  const [year = 0, month, date] = numbers(day);
  const three = numbers(leaf).slice(0, 3);
  const isYear = (n: number): boolean => n === year || (n < 100 && n === year % 100);
  // In whatever order they were written: one year, one month, one day.
  return [0, 1, 2].some((at) => {
    const others = three.filter((_, index) => index !== at).sort((a, b) => a - b);
    const wanted = [month ?? -1, date ?? -1].sort((a, b) => a - b);
    return isYear(three[at] ?? -1) && others[0] === wanted[0] && others[1] === wanted[1];
  });
}

function sameInstant(instant: string, leaf: unknown): boolean {
  const stored = Date.parse(instant);
  if (typeof leaf === "number") return stored === leaf;
  if (typeof leaf !== "string") return false;
  if (/^\d{12,13}$/.test(leaf)) return stored === Number(leaf);
  const read = Date.parse(leaf.trim().replace(" ", "T"));
  return Number.isNaN(read) ? sameDay(instant.slice(0, 10), leaf) : Math.abs(stored - read) < 1;
}
