/** What the old app kept in IndexedDB, through localforage or in stores of its own: read, and never touched. */
import { AdapterError, isAdapterError } from "../domain/errors.ts";
import { isStorableText } from "../domain/json.ts";
import type { Disk } from "../platform/disk.ts";
import type { LegacyValues } from "../platform/legacy-values.ts";
import { isOwnKey } from "../platform/own-keys.ts";
import type { Timers } from "../platform/platform.ts";
import { plainText } from "./plain-text.ts";
import { watched } from "./watched.ts";

/** A database of the old app. */
export interface OldDatabase {
  readonly name: string;
  /** All of them without it. */
  readonly stores?: readonly string[];
}

export interface OldDatabasesOptions {
  readonly disk: Pick<Disk, "indexedDB">;
  readonly timers: Timers;
  /** All but our own without it, as far as the browser tells which there are. */
  readonly databases?: readonly OldDatabase[];
  /** Places that need not be read any more: a database may be large, and every start would read it. */
  readonly known?: readonly string[];
}

/** How long a database may take to open; milliseconds. */
const openWithin = 10_000;
/** The most values of one store. */
const mostValues = 1_000_000;
/** The longest key and value that an archive can hold, in characters. */
const longest = { key: 10_000, value: 64 * 1024 * 1024 };
/** localforage leaves it behind when it looks whether the browser can store blobs. */
const probe = "local-forage-detect-blob-support";

/**
 * One source for each database that holds anything. A store of key and value (localforage) gives its keys; a store of rows
 * gives one list under the store's name.
 * - A database that cannot be read, or a value that is no JSON, is `unread` with its place; the rest goes on.
 */
export async function readOldDatabases(options: OldDatabasesOptions): Promise<readonly LegacyValues[]> {
  const factory = options.disk.indexedDB;
  if (factory === null) return [];
  const wanted = options.databases ?? (await everyDatabase(factory));
  const sources: LegacyValues[] = [];
  for (const database of wanted.filter(({ name }) => !options.known?.includes(placeOf(name)))) {
    const source = await readDatabase(factory, options.timers, database);
    if (source.values.length > 0 || source.unread?.length) sources.push(source);
  }
  return sources;
}

/** A slash would be taken for a path. */
const placeOf = (database: string): string => `IndexedDB ${database.replaceAll(/[/\\]/g, ":")}`;

async function everyDatabase(factory: IDBFactory): Promise<readonly OldDatabase[]> {
  try {
    // Old browsers do not say: then only those that are named are read.
    const found = (await factory.databases?.()) ?? [];
    const names = found.flatMap(({ name }) => (name === undefined || isOwnKey(name) ? [] : [name]));
    return names.sort().map((name) => ({ name }));
  } catch {
    return [];
  }
}

/** What a store held, each value as it was. */
interface Store {
  readonly name: string;
  readonly rows: boolean;
  readonly entries: readonly (readonly [key: string, value: unknown])[];
}
type Unread = { readonly place: string; readonly reason: string };

async function readDatabase(factory: IDBFactory, timers: Timers, wanted: OldDatabase): Promise<LegacyValues> {
  const name = placeOf(wanted.name);
  const unread: Unread[] = [];
  const stores: Store[] = [];
  let db: IDBDatabase | null = null;
  try {
    const limit = { ms: openWithin, code: "STORAGE_UNREADABLE", what: `The database ${wanted.name}` } as const;
    db = await watched(timers, limit, open(factory, wanted.name));
    for (const store of db ? storesOf(db, wanted) : []) {
      try {
        stores.push(await watched(timers, limit, readStore(db, store)));
      } catch (error) {
        unread.push({ place: `${name}/${store}`, reason: codeOf(error) });
      }
    }
  } catch (error) {
    unread.push({ place: name, reason: codeOf(error) });
  } finally {
    db?.close();
  }
  return { name, ...valuesOf(name, stores, unread), unread };
}

const codeOf = (error: unknown): string => (isAdapterError(error) ? error.code : "STORAGE_UNREADABLE");

/** The database as it is; `null` when there is none: it must not come into being by being looked for. */
function open(factory: IDBFactory, name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name);
    let isNew = false;
    request.onupgradeneeded = () => {
      isNew = true;
      request.transaction?.abort();
    };
    request.onsuccess = () => {
      const { result } = request;
      // The old app wants to upgrade it: nobody shall wait for us.
      result.onversionchange = () => result.close();
      resolve(result);
    };
    request.onerror = () => (isNew ? resolve(null) : reject(request.error));
  });
}

const storesOf = (db: IDBDatabase, { stores }: OldDatabase): readonly string[] =>
  Array.from(db.objectStoreNames).filter((store) => store !== probe && (stores?.includes(store) ?? true));

async function readStore(db: IDBDatabase | null, name: string): Promise<Store> {
  const store = db?.transaction(name, "readonly").objectStore(name);
  if (!store) return { name, rows: false, entries: [] };
  if ((await answerOf(store.count())) > mostValues)
    throw new AdapterError("LIMIT", `The store ${name} holds more than ${mostValues} values.`, { place: name });
  const [keys, values] = await Promise.all([answerOf(store.getAllKeys()), answerOf(store.getAll())]);
  const entries = values.map((value: unknown, i) => [keyText(keys[i]), value] as const);
  const rows = store.keyPath !== null || store.autoIncrement || (entries.length > 0 && isKeyedById(keys, entries));
  return { name, rows, entries };
}

/** A key that is a number, or the id of the very value, names a row, and no list. */
const isKeyedById = (keys: readonly IDBValidKey[], entries: Store["entries"]): boolean =>
  keys.every((key) => typeof key !== "string") || entries.every(([key, value]) => idOf(value) === key);

const idOf = (value: unknown): string | null =>
  typeof value === "object" && value !== null && "id" in value ? String(value.id) : null;

const keyText = (key: IDBValidKey | undefined): string => (typeof key === "string" ? key : JSON.stringify(key ?? null));

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Texts stay the very texts, as in localStorage; as soon as one value is none, all are JSON. */
function valuesOf(name: string, stores: readonly Store[], unread: Unread[]): Pick<LegacyValues, "values" | "json"> {
  const single = stores.filter(({ rows, entries }) => !rows && entries.length > 0);
  const json = stores.some(({ rows, entries }) => rows || entries.some(([, value]) => typeof value !== "string"));
  const values = new Map<string, string>();
  const put = (store: string, key: string, text: string): void => {
    const reason = !isStorableText(key) ? "TEXT_UNSUPPORTED" : "LIMIT";
    if (reason !== "LIMIT" || key.length > longest.key || text.length > longest.value)
      unread.push({ place: `${name}/${store}/${key.slice(0, 200)}`, reason });
    // Two stores may use one name.
    else values.set(values.has(key) ? `${store}/${key}` : key, text);
  };
  const textOf = (place: string, value: unknown): string | null => {
    try {
      return json ? plainText(value) : String(value);
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      unread.push({ place: `${name}/${place}${error.place ?? ""}`, reason: error.code });
      return null;
    }
  };
  for (const { name: store, entries } of single)
    for (const [key, value] of entries) {
      const text = textOf(`${store}/${key}`, value);
      if (text !== null) put(store, key, text);
    }
  for (const { name: store, entries } of stores.filter(({ rows }) => rows)) {
    const texts = entries.map(([key, value]) => textOf(`${store}/${key}`, value));
    put(store, store, `[${texts.filter((text) => text !== null).join(",")}]`);
  }
  return { values: [...values], json };
}
