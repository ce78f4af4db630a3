/** Dates as old apps wrote them: which forms a layout may name, and how one is read. */
import { isInstant, isLocalDate } from "../../domain/fields.ts";

/** `Y-M-D` with or without a time is always read; the others only where a layout names them. */
export const dateForms = ["M/D/Y", "D/M/Y", "Y/M/D", "D-M-Y", "M-D-Y", "D.M.Y", "epochMs"] as const;
export type DateForm = (typeof dateForms)[number];

const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/;
const parted = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})$/;

const two = (n: number): string => String(n).padStart(2, "0");

/** A two-digit year as browsers read it: 50 to 99 are of the twentieth century. */
const fullYear = (text: string): number | null =>
  text.length === 4 ? Number(text) : text.length === 2 ? Number(text) + (Number(text) < 50 ? 2000 : 1900) : null;

function fromParts(value: string, forms: readonly DateForm[]): string | null {
  const match = parted.exec(value);
  if (!match) return null;
  const [, first = "", mark = "", second = "", third = ""] = match;
  for (const form of forms) {
    if (form === "epochMs" || form[1] !== mark) continue;
    const texts = { [form[0] as string]: first, [form[2] as string]: second, [form[4] as string]: third };
    const year = fullYear(texts.Y ?? "");
    if (year === null) continue;
    const date = `${String(year).padStart(4, "0")}-${two(Number(texts.M))}-${two(Number(texts.D))}`;
    if (isLocalDate(date)) return date;
  }
  return null;
}

// 1980 to 2100: a smaller number is a day offset or a count, and nobody can tell which.
const epochRange = [315_532_800_000, 4_102_444_800_000] as const;

function fromEpoch(value: unknown, forms: readonly DateForm[]): string | null {
  if (!forms.includes("epochMs")) return null;
  const ms = typeof value === "number" ? value : typeof value === "string" && /^\d{12,13}$/.test(value) ? +value : null;
  if (ms === null || !Number.isInteger(ms) || ms < epochRange[0] || ms > epochRange[1]) return null;
  return new Date(ms).toISOString();
}

/** A hundred years either way: a larger number is no count of days. */
const mostDays = 36_525;

/** The day that lies so many days behind day zero, or `null`; only where a layout says what day zero is. */
export function readDayOffset(value: unknown, dayZero: string | null): string | null {
  if (dayZero === null || typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > mostDays)
    return null;
  return new Date(Date.parse(`${dayZero}T00:00:00.000Z`) + value * 86_400_000).toISOString().slice(0, 10);
}

/** The day that a stored value names, `YYYY-MM-DD` as it was written (no time zone is applied), or `null`. */
export function readDate(value: unknown, forms: readonly DateForm[]): string | null {
  if (typeof value !== "string" || fromEpoch(value, forms)) return fromEpoch(value, forms)?.slice(0, 10) ?? null;
  if (value.length > 40) return null;
  const day = iso.exec(value.trim());
  if (day) return isLocalDate(day[1] ?? "") && isTime(day) ? (day[1] ?? null) : null;
  return fromParts(value.trim(), forms);
}

const isTime = (match: RegExpExecArray): boolean =>
  match[2] === undefined || (Number(match[2]) <= 23 && Number(match[3]) <= 59 && Number(match[4] ?? 0) <= 60);

/**
 * The instant that a stored value names, or `null`. A time without a zone is not an instant: it names a different one in
 * each zone, so it is not guessed; a bare day is midnight UTC, which is how browsers read it.
 */
export function readInstant(value: unknown, forms: readonly DateForm[]): string | null {
  const epoch = fromEpoch(value, forms);
  if (epoch !== null) return epoch;
  if (typeof value !== "string" || value.length > 40) return null;
  if (isInstant(value)) return value;
  const match = iso.exec(value.trim());
  if (!match) return null;
  const [, day = "", hour, minute = "00", second = "00", fraction = "", zone] = match;
  if (!isLocalDate(day) || !isTime(match)) return null;
  if (hour === undefined) return `${day}T00:00:00.000Z`;
  if (zone === undefined) return null;
  const offset = zone === "Z" ? "Z" : zone.includes(":") ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const text = `${day}T${hour.padStart(2, "0")}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, "0")}${offset}`;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
