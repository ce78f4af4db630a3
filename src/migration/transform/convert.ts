/** From a legacy value to the value of a column: by the column's kind, never by the domain. */
import { decimalPattern, type Field, maxText } from "../../domain/fields.ts";
import { isJsonObject } from "../../domain/json.ts";
import { readDate, readDayOffset, readInstant } from "../../school/legacy/date-forms.ts";
import { foldWord, type Layout } from "../../school/legacy/layout.ts";

/** `derived`: the column says the same in other words, so the original is kept beside it. */
export type Converted = { readonly value: unknown; readonly derived: boolean } | null;

const verbatim = (value: unknown): Converted => ({ value, derived: false });

/** What `value` becomes in a column of kind `field`; `null` when it does not fit. `place` is `kind.column`. */
export function convert(field: Field, value: unknown, layout: Layout, place: string): Converted {
  if (field.options) return toWord(field.options, value, layout, place);
  switch (field.kind) {
    case "text":
      return toText(field, value);
    case "integer":
      return toInteger(value);
    case "decimal":
      return toDecimal(value);
    case "boolean":
      return typeof value === "boolean" ? verbatim(value) : null;
    case "date": {
      const date = readDate(value, layout.dates) ?? readDayOffset(value, layout.dayZero);
      return date === null ? null : { value: date, derived: date !== value };
    }
    case "instant": {
      const instant = readInstant(value, layout.dates);
      return instant === null ? null : { value: instant, derived: instant !== value };
    }
    case "json":
      return fits(field, value) ? verbatim(value) : null;
    case "id":
      return null;
  }
}

const fits = (field: Field, value: unknown): boolean => field.schema.safeParse(value).success;

function toText(field: Field, value: unknown): Converted {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string" || text.length > maxText || !fits(field, text)) return null;
  return verbatim(text);
}

function toWord(options: readonly string[], value: unknown, layout: Layout, place: string): Converted {
  if (typeof value !== "string" && typeof value !== "boolean") return null;
  const text = String(value);
  if (options.includes(text)) return { value: text, derived: typeof value !== "string" };
  if (text.length > 100) return null;
  const folded = foldWord(text);
  const word = options.includes(folded) ? folded : layout.words.get(place)?.get(folded);
  return word !== undefined && options.includes(word) ? { value: word, derived: true } : null;
}

function toInteger(value: unknown): Converted {
  const number = typeof value === "string" && /^(?:0|-?[1-9]\d{0,9})$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || Math.abs(number) > 2_147_483_647) return null;
  return verbatim(number);
}

function toDecimal(value: unknown): Converted {
  if (typeof value !== "number" && typeof value !== "string") return null;
  const text = String(value);
  return text.length <= 60 && decimalPattern.test(text) ? verbatim(text) : null;
}

/** A name out of parts: first, middle and last. */
export function nameOf(parts: readonly unknown[]): string {
  return parts
    .filter((part) => typeof part === "string" && part.trim() !== "")
    .map((part) => (part as string).trim())
    .join(" ");
}

/** The id that a reference holds, as text; `null` when it can be none. */
export function idText(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  if (typeof value === "string" && value !== "") return value;
  if (isJsonObject(value)) return idText(value.id ?? null);
  return null;
}
