/** Opens the `Storage` of one school and user on a localforage instance: on our driver, or on one of localforage's own. */
import localforage from "localforage";
import { AdapterError } from "../domain/errors.ts";
import type { Disk } from "../platform/disk.ts";
import type { Hints } from "../platform/hints.ts";
import type { Timers } from "../platform/platform.ts";
import { type HybridInstance, hybridDriver, hybridDriverName } from "./indexeddb-driver.ts";
import { JournalStorage } from "./localforage-journal.ts";
import type { Storage, StorageCommit } from "./storage.ts";

/** localforage's own type calls the key that is not there a string; it is `null`, in its drivers and in ours. */
type Driver = Parameters<typeof localforage.defineDriver>[0];

export interface StorageOptions {
  /** Of the database: `hybrid-data-adapter/<school>/<user>`. */
  readonly name: string;
  /**
   * `indexeddb`, our driver (default): strict, many tabs. Or the name of a localforage driver, such as
   * `localforage.INDEXEDDB`: relaxed, one tab. Never localStorage, which answers before the disk has anything.
   */
  readonly driver?: string;
  readonly disk: Disk;
  readonly timers: Timers;
  readonly hints: Hints;
  /** Told once, when this tab had to let go of the database for good (our driver). */
  readonly onEnded?: (reason: AdapterError) => void;
}

export interface OpenedStorage extends Storage {
  readonly missing: string | null;
}

/**
 * - What a driver promises stands in `durability` and `shared`; nothing is promised that localforage's own drivers do not keep.
 * - Once data was kept under a name, no other driver opens it: it would show another, empty database.
 * @throws CONFIG_INVALID (a driver that cannot keep the log, or not the one that holds the data), STORAGE_BLOCKED,
 * STORAGE_LOST, STORAGE_UNAVAILABLE, STORAGE_UNREADABLE, STORAGE_FULL, SCHEMA_NEWER
 */
export async function openStorage(options: StorageOptions): Promise<OpenedStorage> {
  const { name, driver = "indexeddb", hints } = options;
  const note = `${name}/driver`;
  const holder = hints.get(note);
  if (holder !== null && holder !== driver)
    throw new AdapterError("CONFIG_INVALID", `The data of ${name} is kept with the driver ${holder}, not ${driver}.`, {
      place: "driver",
      fix: `Open it with the driver ${holder}; the other one would show an empty store.`,
      facts: { holder, driver },
    });
  const storage = driver === "indexeddb" ? await openHybrid(options) : await openForeign(options, driver);
  const missing = storage.missing ?? (holder === null ? null : `The data of ${name} was cleared.`);
  return { ...withNote(storage, () => hints.set(note, driver)), missing };
}

/** The same storage, which leaves the note when it has kept something for the first time. */
function withNote(storage: Storage, leave: () => void): Storage {
  let noted = false;
  return {
    durability: storage.durability,
    shared: storage.shared,
    read: (keys) => storage.read(keys),
    scan: (prefix) => storage.scan(prefix),
    keys: (prefix) => storage.keys(prefix),
    async commit(change) {
      await storage.commit(change);
      if (!noted) leave();
      noted = true;
    },
    estimate: () => storage.estimate(),
    close: () => storage.close(),
  };
}

async function openHybrid({ name, disk, timers, onEnded }: StorageOptions): Promise<Storage> {
  // It lives in localforage's list, which is one for the page: a second definition would only be noise.
  if (!localforage.supports(hybridDriverName)) await localforage.defineDriver(hybridDriver as Driver);
  const options = { driver: hybridDriverName, name, disk, timers, onEnded };
  const instance = localforage.createInstance(options) as HybridInstance;
  await instance.ready();
  const loss = await instance.openNow();
  return {
    durability: "strict",
    shared: true,
    missing: loss === null ? null : `The browser found its storage damaged (${loss}) and deleted it.`,
    read: (keys) => instance.readMany(keys),
    scan: (prefix) => instance.scan(prefix),
    keys: (prefix) => instance.keysFrom(prefix),
    commit: (change: StorageCommit) => instance.commit(change),
    estimate: () => disk.estimate(),
    close: async () => instance.shut(),
  };
}

async function openForeign({ name, disk }: StorageOptions, driver: string): Promise<Storage> {
  if (driver === localforage.LOCALSTORAGE || driver === localforage.WEBSQL)
    throw new AdapterError("CONFIG_INVALID", `${driver} cannot hold the write-ahead log: it promises nothing.`, {
      place: "driver",
      fix: "Leave the driver out, or name localforage.INDEXEDDB.",
    });
  const instance = localforage.createInstance({ name, driver });
  try {
    await instance.ready();
  } catch (cause) {
    throw new AdapterError("STORAGE_UNAVAILABLE", `localforage could not open ${name} with ${driver}.`, {
      place: name,
      cause,
    });
  }
  const storage = new JournalStorage(instance, name, disk);
  await storage.recover();
  return storage;
}
