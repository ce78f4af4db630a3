/** A storage of which no operation is waited for forever: a tab that hangs on a dead disk would lead and do nothing. */
import type { Timers } from "../platform/platform.ts";
import type { Storage } from "./storage.ts";
import { watched } from "./watched.ts";

/** After how many milliseconds what an operation came to is unknown; our own driver gives up before. */
const giveUpAfter = 15_000;

/** The same storage; an operation that does not settle fails with STORAGE_LOST. */
export function watchedStorage(storage: Storage, timers: Timers): Storage {
  const limit = { ms: giveUpAfter, code: "STORAGE_LOST", what: "The disk" } as const;
  const guard = <T>(work: Promise<T>): Promise<T> => watched(timers, limit, work);
  return {
    durability: storage.durability,
    shared: storage.shared,
    read: (keys) => guard(storage.read(keys)),
    scan: (prefix) => guard(storage.scan(prefix)),
    keys: (prefix) => guard(storage.keys(prefix)),
    commit: (change) => guard(storage.commit(change)),
    estimate: () => guard(storage.estimate()),
    close: () => storage.close(),
  };
}
