/**
 * Chromium keeps IndexedDB in LevelDB. Killed while it writes, it leaves half a record at the end of LevelDB's log; the next
 * session passes over that and goes on writing behind it, into the same log. The session after that finds the half record in
 * the middle, takes the log for damaged, and deletes everything that the site has in IndexedDB (google/leveldb#1287).
 */
import type { Timers } from "../platform/platform.ts";
import { watched } from "./watched.ts";

/** Opening the database has its own limit, so that nothing hangs on this one. */
const limit = { ms: 2_000, code: "STORAGE_UNREADABLE", what: "The browser's storage" } as const;

/**
 * Has LevelDB begin a new log: it does when a database is deleted, for it then moves what the log holds into a table. What
 * is written from here on stands behind no half record. Takes some two milliseconds; resolves, too, when it did not work.
 * @param name - Of a database that nobody uses; it is made and deleted
 * @returns what the browser said when it deleted all that the site had, if that just happened
 */
export async function beginNewLog(indexedDB: IDBFactory, name: string, timers: Timers): Promise<string | null> {
  let loss: string | null = null;
  const passed = new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = (event) => {
      loss = lossOf(event);
    };
    opening.onerror = reject;
    opening.onsuccess = () => {
      opening.result.close();
      const deleting = indexedDB.deleteDatabase(name);
      deleting.onerror = reject;
      deleting.onsuccess = () => resolve();
    };
  });
  // The log stays as it is; whether the database can be opened is for its own opening to say.
  await watched(timers, limit, passed).catch(() => undefined);
  return loss;
}

/** What the browser says when it has deleted all that the site had, because it found it damaged. Chromium alone tells. */
export function lossOf(event: IDBVersionChangeEvent): string | null {
  const { dataLoss, dataLossMessage = "" } = event as IDBVersionChangeEvent & {
    readonly dataLoss?: "none" | "total";
    readonly dataLossMessage?: string;
  };
  return dataLoss === "total" ? dataLossMessage : null;
}
