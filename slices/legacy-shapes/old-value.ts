/** From a record's values to what the old app's components expect of them. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { isForbiddenKey, isJsonObject, type JsonObject } from "../../src/domain/json.ts";

/** The old app had money and scores as numbers; `undefined` where there is none. */
export const numberOf = (decimal: string | null): number | undefined =>
  decimal === null ? undefined : Number(decimal);

type Given<T> = { [K in keyof T]: Exclude<T[K], null> };

/**
 * Only what is there: an old component asks whether a key exists.
 * - A day that the old app had written with a time has that time still, as long as it is the same day.
 */
export function present<T extends object>(values: T, { extra }: Pick<AnyRecord, "extra"> = { extra: {} }) {
  const entries = Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => [key, asWritten(value, Object.hasOwn(extra, key) ? extra[key] : undefined)]);
  return Object.fromEntries(entries) as Partial<Given<T>>;
}

const asWritten = (value: unknown, kept: unknown): unknown =>
  typeof value === "string" &&
  typeof kept === "string" &&
  /^\d{4}-\d{2}-\d{2}$/.test(value) &&
  kept.startsWith(`${value}T`)
    ? kept
    : value;

/** What the old app kept beside the fields, under its own keys. */
export function restOf({ extra }: Pick<AnyRecord, "extra">, ...without: readonly string[]): JsonObject {
  const entries = Object.entries(extra).filter(([key]) => !isForbiddenKey(key) && !without.includes(key));
  return Object.fromEntries(entries);
}

export function objectIn({ extra }: Pick<AnyRecord, "extra">, key: string): JsonObject {
  const value = Object.hasOwn(extra, key) ? extra[key] : undefined;
  return isJsonObject(value) ? value : {};
}

/** The copy of a name, which the old app kept beside a reference. */
export function nameBeside(named: { readonly name: string } | undefined, kept: unknown, unknown: string): string {
  return named?.name ?? (typeof kept === "string" && kept !== "" ? kept : unknown);
}

/** A day as the old app wrote it inside a private lesson: with a time, its own where that is still the same day. */
export function dayWithTime(day: string | null, kept: unknown): string | undefined {
  if (day === null) return undefined;
  return typeof kept === "string" && kept.startsWith(`${day}T`) ? kept : `${day}T00:00:00.000Z`;
}
