/** Our localforage driver: IndexedDB with strict durability, and commits of many keys in one transaction with a condition. */
import type localforage from "localforage";
import { AdapterError } from "../domain/errors.ts";
import type { Disk } from "../platform/disk.ts";
import type { Timers } from "../platform/platform.ts";
import { IndexedDbConnection } from "./indexeddb-connection.ts";
import { read, write } from "./indexeddb-transaction.ts";
import type { StorageCommit } from "./storage.ts";

type LocalForage = typeof localforage;
type InstanceOptions = Parameters<LocalForage["createInstance"]>[0];

/** Of `localforage.createInstance({ driver: hybridDriverName, … })`. */
export const hybridDriverName = "hybridIndexedDB";

/** What an instance of our driver needs besides localforage's own options. */
export interface HybridOptions extends InstanceOptions {
  readonly disk: Disk;
  readonly timers: Timers;
  /** Told once, when this tab had to let go of the database for good: another tab upgraded or deleted it. */
  readonly onEnded?: (reason: AdapterError) => void;
}

/** What the driver adds to a localforage instance. Each is one transaction. */
export interface HybridInstance extends LocalForage {
  _connection?: IndexedDbConnection;
  /**
   * Opens the database now, to learn whether it can be.
   * @returns what the browser said when it deleted all that the site had, because it found it damaged; else `null`
   */
  openNow(): Promise<string | null>;
  /** Puts and deletes, all or none, on disk when it resolves. @throws FENCED when `expect` does not hold */
  commit(change: StorageCommit): Promise<void>;
  readMany(keys: readonly string[]): Promise<Map<string, string>>;
  /** Keys and values that start with `prefix`, in the order of their keys. */
  scan(prefix: string): Promise<[key: string, value: string][]>;
  keysFrom(prefix: string): Promise<string[]>;
  /** Lets running transactions end, then closes the connection for good. */
  shut(): void;
}

type Callback<T> = ((error: unknown, value: T) => void) | undefined;

/** localforage's old manner of answering, beside the promise. */
function told<T>(promise: Promise<T>, callback: Callback<T>): Promise<T> {
  if (typeof callback === "function")
    promise.then((value) => callback(null, value), callback as (error: unknown) => void);
  return promise;
}

const connectionOf = (instance: HybridInstance): IndexedDbConnection => {
  if (instance._connection === undefined)
    throw new AdapterError(
      "CONFIG_INVALID",
      "This localforage instance was not made with the disk and timers it needs.",
    );
  return instance._connection;
};

/** One read of one request. */
const ask = <T>(instance: HybridInstance, place: string, body: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
  read(connectionOf(instance), place, (store) => {
    const request = body(store);
    return () => request.result;
  });

const range = (instance: HybridInstance, prefix: string): IDBKeyRange | undefined =>
  prefix === ""
    ? undefined
    : connectionOf(instance).options.disk.keyRange.bound(prefix, `${prefix}\uffff`, false, true);

/** Values of one page of a scan; larger ones would hold the page up while they are read (T15). */
const pageSize = 100;

/**
 * localforage's methods and ours. Its own way of falling back to another driver when one cannot open would show an empty
 * database, so opening never fails here: each later call says why.
 */
export const hybridDriver = {
  _driver: hybridDriverName,
  _support: true,

  async _initStorage(this: HybridInstance, options: HybridOptions): Promise<void> {
    const { name = "localforage", storeName = "keyvaluepairs", version = 1, disk, timers, onEnded } = options;
    this._connection = new IndexedDbConnection({
      database: name,
      store: storeName,
      version,
      disk,
      timers,
      ...(onEnded && { onEnded }),
    });
  },

  async openNow(this: HybridInstance): Promise<string | null> {
    const connection = connectionOf(this);
    await connection.open();
    return connection.loss;
  },

  commit(this: HybridInstance, { puts, deletes = [], expect }: StorageCommit): Promise<void> {
    return write(connectionOf(this), (store, refuse) => {
      if (expect !== undefined) {
        // Everything is asked for at once and taken back if the condition does not hold: that spares a round trip.
        const condition = store.get(expect.key);
        condition.onsuccess = () => {
          if ((condition.result ?? null) === expect.value) store.transaction.commit?.();
          else
            refuse(
              new AdapterError("FENCED", `${expect.key} is not what this tab wrote; another tab leads by now.`, {
                place: expect.key,
              }),
            );
        };
      }
      for (const key of deletes) store.delete(key);
      for (const [key, value] of puts) store.put(value, key);
      // Otherwise the browser waits for the last answer to come back here before it begins to write.
      if (expect === undefined) store.transaction.commit?.();
    });
  },

  readMany(this: HybridInstance, keys: readonly string[]): Promise<Map<string, string>> {
    const place = keys.length === 1 ? (keys[0] ?? "") : `One of ${keys.length} keys`;
    return read(connectionOf(this), place, (store) => {
      const found = new Map<string, string>();
      for (const key of keys) {
        const request: IDBRequest<string | undefined> = store.get(key);
        request.onsuccess = () => {
          if (request.result !== undefined) found.set(key, request.result);
        };
      }
      return () => found;
    });
  },

  scan(this: HybridInstance, prefix: string): Promise<[key: string, value: string][]> {
    const whole = range(this, prefix);
    const { keyRange } = connectionOf(this).options.disk;
    return read(connectionOf(this), `${prefix}*`, (store) => {
      const found: [string, string][] = [];
      const page = (from: IDBKeyRange | undefined): void => {
        const keys = store.getAllKeys(from, pageSize);
        const values: IDBRequest<string[]> = store.getAll(from, pageSize);
        values.onsuccess = () => {
          const texts = values.result;
          keys.result.forEach((key, at) => {
            found.push([String(key), texts[at] ?? ""]);
          });
          const last = keys.result.at(-1);
          if (last === undefined || keys.result.length < pageSize) return;
          page(whole === undefined ? keyRange.bound(last, [], true) : keyRange.bound(last, whole.upper, true, true));
        };
      };
      page(whole);
      return () => found;
    });
  },

  async keysFrom(this: HybridInstance, prefix: string): Promise<string[]> {
    return (await ask(this, "The keys", (store) => store.getAllKeys(range(this, prefix)))).map(String);
  },

  shut(this: HybridInstance): void {
    connectionOf(this).close();
  },

  getItem<T>(this: HybridInstance, key: string, callback?: Callback<T | null>): Promise<T | null> {
    return told(
      ask<T | undefined>(this, key, (store) => store.get(key)).then((value) => value ?? null),
      callback,
    );
  },

  setItem<T>(this: HybridInstance, key: string, value: T, callback?: Callback<T>): Promise<T> {
    const stored = write(connectionOf(this), (store) => {
      store.put(value ?? null, key);
      store.transaction.commit?.();
    });
    return told(
      stored.then(() => value),
      callback,
    );
  },

  removeItem(this: HybridInstance, key: string, callback?: Callback<void>): Promise<void> {
    return told(
      write(connectionOf(this), (store) => {
        store.delete(key);
      }),
      callback,
    );
  },

  clear(this: HybridInstance, callback?: Callback<void>): Promise<void> {
    return told(
      write(connectionOf(this), (store) => {
        store.clear();
      }),
      callback,
    );
  },

  length(this: HybridInstance, callback?: Callback<number>): Promise<number> {
    return told(
      ask(this, "The number of keys", (store) => store.count()),
      callback,
    );
  },

  key(this: HybridInstance, at: number, callback?: Callback<string | null>): Promise<string | null> {
    const keys = ask(this, "The keys", (store) => store.getAllKeys(undefined, at + 1));
    return told(
      keys.then((all) => (at >= 0 && all.length > at ? String(all[at]) : null)),
      callback,
    );
  },

  keys(this: HybridInstance, callback?: Callback<string[]>): Promise<string[]> {
    return told(this.keysFrom(""), callback);
  },

  /** Stops, as localforage's own drivers do, at the first call that gives something back. */
  iterate<T, U>(
    this: HybridInstance,
    iteratee: (value: T, key: string, iterationNumber: number) => U,
    callback?: Callback<U | undefined>,
  ): Promise<U | undefined> {
    const visited = read(connectionOf(this), "The store", (store) => {
      let count = 0;
      let outcome: { readonly given: U | undefined } | { readonly thrown: unknown } = { given: undefined };
      const request = store.openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (cursor === null) return;
        count += 1;
        try {
          outcome = { given: iteratee(cursor.value as T, String(cursor.key), count) };
          if (outcome.given === undefined) cursor.continue();
        } catch (thrown) {
          outcome = { thrown };
        }
      };
      return () => outcome;
    }).then((outcome) => {
      if ("thrown" in outcome) throw outcome.thrown;
      return outcome.given;
    });
    return told(visited, callback);
  },

  /** Deletes the database of this instance with all it holds. */
  dropInstance(this: HybridInstance, _options?: InstanceOptions, callback?: Callback<void>): Promise<void> {
    return told(connectionOf(this).delete(), callback);
  },
};
