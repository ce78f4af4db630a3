/** Small notes beside the store, which tell at the next start what was there; they may be lost and are never relied on. */

export interface Hints {
  get(name: string): string | null;
  set(name: string, value: string): void;
}

/** Notes in localStorage; where the browser gives none, nothing is noted. */
export function browserHints(): Hints {
  return {
    get: (name) => quietly(() => globalThis.localStorage.getItem(name)) ?? null,
    set: (name, value) => {
      quietly(() => globalThis.localStorage.setItem(name, value));
    },
  };
}

/** localStorage throws where site data is blocked, and when it is full; a note is not worth a failure. */
function quietly<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
