/** The disk as the record store sees it: texts under keys, changed in transactions. */

export interface StorageCommit {
  readonly puts: readonly (readonly [key: string, value: string])[];
  readonly deletes?: readonly string[];
  /** The commit happens only while this key holds exactly this value (`null`: is absent); the fence between tabs. */
  readonly expect?: { readonly key: string; readonly value: string | null };
}

/**
 * - `commit` resolves when all of it is on disk, and rejects when none of it is; a crash leaves all or none.
 * - What a `commit` wrote is read by every later `read`, `scan` and `keys`, from any tab.
 * - A value is given back exactly as it was stored, or the read fails; a failed read is never "absent".
 * @throws FENCED (the `expect` did not hold), STORAGE_FULL (nothing was kept), STORAGE_LOST (the connection is gone and
 * could not be opened again; what was on its way is unknown), STORAGE_BLOCKED (another tab holds an older version open)
 */
export interface Storage {
  /** What a resolved `commit` promises after a power cut: `strict` all, `relaxed` not the last moments, `none` nothing. */
  readonly durability: "strict" | "relaxed" | "none";
  /** Several tabs may work on it at once: `commit` is one transaction and honours `expect`. */
  readonly shared: boolean;
  /** What became of the data, should the storage turn out to be empty; `null` or absent: as far as known, there never was any. */
  readonly missing?: string | null;
  /** The values of those keys that are there. */
  read(keys: readonly string[]): Promise<Map<string, string>>;
  /** Keys and values that start with `prefix`, in the order of their keys. */
  scan(prefix: string): Promise<[key: string, value: string][]>;
  /** Keys that start with `prefix`, in order. */
  keys(prefix: string): Promise<string[]>;
  commit(change: StorageCommit): Promise<void>;
  /** Bytes used and allowed, where the browser tells. */
  estimate(): Promise<{ readonly usage: number; readonly quota: number } | null>;
  close(): Promise<void>;
}
