/** The old app's localStorage, which the mirror alone may write to. */
import { valuesOf } from "./legacy-values.ts";
import { mirrorKey } from "./own-keys.ts";

/**
 * - `set` keeps the whole value or throws, and then the value before stands.
 * - Our own notes are not among the values.
 */
export interface OldStorage {
  /** Every key with its value. @throws what the browser throws where site data is blocked */
  read(): ReadonlyMap<string, string>;
  get(key: string): string | null;
  /** @throws what the browser throws when it is full */
  set(key: string, value: string): void;
  /** Which store keeps the old layout current; `null`: none does yet. */
  owner(): string | null;
  /** @throws what the browser throws when it is full */
  own(name: string): void;
  /** Called when another page has changed a value. @returns ends the subscription */
  subscribe(listener: () => void): () => void;
}

export function browserOldStorage(): OldStorage {
  const storage = (): Storage => globalThis.localStorage;
  return {
    read: () => new Map(valuesOf(storage())),
    get: (key) => storage().getItem(key),
    set: (key, value) => storage().setItem(key, value),
    owner: () => storage().getItem(mirrorKey),
    own: (name) => storage().setItem(mirrorKey, name),
    subscribe(listener) {
      const stop = new AbortController();
      globalThis.addEventListener?.(
        "storage",
        (event) => {
          // sessionStorage, which another frame may share, is nobody's here.
          if (event.storageArea === null || event.storageArea === storage()) listener();
        },
        { signal: stop.signal },
      );
      return () => stop.abort();
    },
  };
}
