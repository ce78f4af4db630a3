/** The kinds of field a record may have: each knows its schema and its canonical text. */
import * as z from "zod/mini";
import { isStorableText, type Json, type JsonObject } from "./json.ts";

export type FieldKind = "text" | "integer" | "decimal" | "boolean" | "date" | "instant" | "json" | "id";

/** One field of a domain. `T` is the type of its value in a record. */
export interface Field<T = unknown> {
  readonly kind: FieldKind;
  readonly nullable: boolean;
  readonly schema: z.ZodMiniType<T>;
  /**
   * True only for what the schema gives back as it is; of the rest, the schema says what is wrong. A tenth of its cost, and
   * nearly every value is a good one.
   */
  readonly accepts: (value: unknown) => boolean;
  /** The closed list of words, where there is one. */
  readonly options: readonly string[] | null;
}

export type Fields = Readonly<Record<string, Field>>;
export type ValueOf<F> = F extends Field<infer T> ? T : never;

const field = <T>(
  kind: FieldKind,
  schema: z.ZodMiniType<T>,
  accepts: Field["accepts"],
  options: readonly string[] | null = null,
): Field<T> => ({ kind, nullable: false, schema, accepts, options });

/** Accepts a text that `fits`. */
const textual =
  (fits: (text: string) => boolean): Field["accepts"] =>
  (value) =>
    typeof value === "string" && fits(value);

const storable = z.refine<string>(isStorableText, { error: "TEXT_UNSUPPORTED" });

/** The longest text a field holds, in UTF-16 code units. */
export const maxText = 100_000;

/** Text of `min` to `max` UTF-16 code units. */
export const text = ({ min = 0, max = maxText }: { min?: number; max?: number } = {}): Field<string> =>
  field(
    "text",
    z.string().check(z.minLength(min), z.maxLength(max), storable),
    textual((value) => value.length >= min && value.length <= max && isStorableText(value)),
  );

// One character class a side: no nested quantifier, so 50,000 characters cost no more than reading them (S14).
const emailPattern = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** An e-mail address, of which only the form is checked. */
export const email = (): Field<string> =>
  field(
    "text",
    z.string().check(z.maxLength(320), z.regex(emailPattern), storable),
    textual((value) => value.length <= 320 && emailPattern.test(value) && isStorableText(value)),
  );

/** One of a closed list of words. */
export const oneOf = <const W extends readonly [string, ...string[]]>(...words: W): Field<W[number]> =>
  field(
    "text",
    z.enum(words) as z.ZodMiniType<W[number]>,
    textual((value) => words.includes(value)),
    words,
  );

const isInt32 = (value: unknown): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= -2_147_483_648 && value <= 2_147_483_647;

/** A whole number within 2^31. */
export const integer = (): Field<number> =>
  field("integer", z.int().check(z.gte(-2_147_483_648), z.lte(2_147_483_647)), isInt32);

/** The canonical form of a decimal: no sign on zero, no leading zeros, the trailing zeros as written. */
export const decimalPattern = /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d{0,29})(?:\.\d{1,20})?$/;

/** A decimal number as text: money and scores keep every digit. */
export const decimal = (): Field<string> =>
  field(
    "decimal",
    z.string().check(z.regex(decimalPattern)),
    textual((value) => decimalPattern.test(value)),
  );

export const bool = (): Field<boolean> => field("boolean", z.boolean(), (value) => typeof value === "boolean");

/** True for a day that the calendar has, `YYYY-MM-DD`, years 0001 to 9999. */
export function isLocalDate(value: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!match) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

const daysIn = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

/** A day, `YYYY-MM-DD`, without a time zone. */
export const localDate = (): Field<string> =>
  field("date", z.string().check(z.refine<string>(isLocalDate, { error: "DATE_INVALID" })), textual(isLocalDate));

const instantPattern = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** True for `YYYY-MM-DDTHH:mm:ss.sssZ` with a day that the calendar has. */
export const isInstant = (value: string): boolean => instantPattern.test(value) && isLocalDate(value.slice(0, 10));

/** An instant in UTC, `YYYY-MM-DDTHH:mm:ss.sssZ`: what `Date.toISOString` writes. */
export const instant = (): Field<string> =>
  field("instant", z.string().check(z.refine<string>(isInstant, { error: "DATE_INVALID" })), textual(isInstant));

const idPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id of another record; which one, `references` says. */
export const id = (): Field<string> =>
  field(
    "id",
    z.string().check(z.regex(idPattern)),
    textual((value) => idPattern.test(value)),
  );

// canonicalRecord has walked the value by the time this schema sees it; here only the outer form is checked.
/** Its keys have to be brought in order. */
const notAsItIs = (): boolean => false;

/** An object of any JSON. */
export const jsonObject = (): Field<JsonObject> =>
  field(
    "json",
    z.custom<JsonObject>((v) => typeof v === "object" && v !== null && !Array.isArray(v)),
    notAsItIs,
  );

/** A list of any JSON. */
export const jsonList = (): Field<readonly Json[]> =>
  field(
    "json",
    z.custom<readonly Json[]>((v) => Array.isArray(v)),
    notAsItIs,
  );

/** The same field, which may be `null` (absent). */
export const nullable = <T>(inner: Field<T>): Field<T | null> => ({
  ...inner,
  nullable: true,
  schema: z.nullable(inner.schema),
  accepts: (value) => value === null || inner.accepts(value),
});
