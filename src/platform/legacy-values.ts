/** What the old app left in this browser's localStorage and sessionStorage: copied out, never touched. */

export interface LegacyValues {
  readonly name: string;
  readonly values: readonly (readonly [key: string, value: string])[];
}

/** Our own notes lie there too. */
const own = "hybrid-data-adapter/";

/** One source for each storage that holds anything; a storage that the browser blocks holds nothing that we could read. */
export function browserLegacyValues(): readonly LegacyValues[] {
  const sources = [
    { name: "localStorage", values: copy(() => globalThis.localStorage) },
    { name: "sessionStorage", values: copy(() => globalThis.sessionStorage) },
  ];
  return sources.filter(({ values }) => values.length > 0);
}

function copy(open: () => Storage | undefined): (readonly [string, string])[] {
  let storage: Storage | undefined;
  try {
    storage = open();
  } catch {
    // The mere look at it throws a SecurityError where site data is blocked.
    return [];
  }
  const values: (readonly [string, string])[] = [];
  for (let i = 0; i < (storage?.length ?? 0); i++) {
    const key = storage?.key(i) ?? null;
    const value = key === null ? null : (storage?.getItem(key) ?? null);
    if (key !== null && value !== null && !key.startsWith(own)) values.push([key, value]);
  }
  return values;
}
