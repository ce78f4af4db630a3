/** What the old app left in this browser's localStorage and sessionStorage: copied out, never touched. */
import { isOwnKey } from "./own-keys.ts";

export interface LegacyValues {
  /** Of the place; what was adopted from a place once is known by its name. */
  readonly name: string;
  readonly values: readonly (readonly [key: string, value: string])[];
  /** The values are the JSON of what stood there, which was no text; without it they are the very texts. */
  readonly json?: boolean;
  /** What no text can hold, or could not be read: it stays where it is. */
  readonly unread?: readonly { readonly place: string; readonly reason: string }[];
}

/** One source for each storage that holds anything; a storage that the browser blocks holds nothing that we could read. */
export function browserLegacyValues(): readonly LegacyValues[] {
  const sources = [
    { name: "localStorage", values: copy(() => globalThis.localStorage) },
    { name: "sessionStorage", values: copy(() => globalThis.sessionStorage) },
  ];
  return sources.filter(({ values }) => values.length > 0);
}

function copy(open: () => Storage | undefined): readonly (readonly [string, string])[] {
  try {
    const storage = open();
    return storage === undefined ? [] : valuesOf(storage);
  } catch {
    // The mere look at it throws a SecurityError where site data is blocked.
    return [];
  }
}

/** Every key and value but our own. */
export function valuesOf(storage: Pick<Storage, "length" | "key" | "getItem">): readonly (readonly [string, string])[] {
  const values: (readonly [string, string])[] = [];
  for (let i = 0; i < storage.length; i++) {
    const key = storage.key(i);
    const value = key === null ? null : storage.getItem(key);
    if (key !== null && value !== null && !isOwnKey(key)) values.push([key, value]);
  }
  return values;
}
