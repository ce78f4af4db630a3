/** What the storage of this browser gives, and what it says about itself. */

export interface Disk {
  /** `null`: the browser keeps nothing for this page (blocked, a sandboxed frame, no browser at all). */
  readonly indexedDB: IDBFactory | null;
  readonly keyRange: Pick<typeof IDBKeyRange, "bound">;
  /** IndexedDB is kept in LevelDB (Chromium), whose log has to be begun anew; `local/leveldb-log.ts`. */
  readonly levelDb: boolean;
  /** Bytes used and allowed for this origin, where the browser tells. */
  estimate(): Promise<{ readonly usage: number; readonly quota: number } | null>;
  /**
   * `kept`: the browser promises not to clear the data by itself. `best effort`: it may, and a private window will.
   * `unknown`: it does not say. Asking may show a question to the user.
   */
  persist(): Promise<"kept" | "best effort" | "unknown">;
}

/** The disk behind this page. */
export function browserDisk(): Disk {
  return {
    indexedDB: factory(),
    keyRange: globalThis.IDBKeyRange,
    // Only Chromium tells what LevelDB lost.
    levelDb: "dataLoss" in (globalThis.IDBVersionChangeEvent?.prototype ?? {}),
    async estimate() {
      try {
        const { usage, quota } = (await globalThis.navigator?.storage?.estimate?.()) ?? {};
        return usage === undefined || quota === undefined ? null : { usage, quota };
      } catch {
        // Firefox refuses the question in a private window: then nobody knows.
        return null;
      }
    },
    async persist() {
      const storage = globalThis.navigator?.storage;
      if (storage?.persist === undefined) return "unknown";
      try {
        return (await storage.persisted()) || (await storage.persist()) ? "kept" : "best effort";
      } catch {
        return "unknown";
      }
    },
  };
}

function factory(): IDBFactory | null {
  try {
    return globalThis.indexedDB ?? null;
  } catch {
    // The mere look at it throws a SecurityError where site data is blocked.
    return null;
  }
}
