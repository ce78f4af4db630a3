/** What stands in IndexedDB, read past the package: the bytes, and the databases of demos whose page is gone. */

const prefix = "hybrid-data-adapter/";

/** All that a database holds, keys and values, as one text. Opens no database that is not there. */
export async function storedText(name: string): Promise<string> {
  const all = await indexedDB.databases();
  if (!all.some((one) => one.name === name)) return "";
  const db = await settled(indexedDB.open(name));
  try {
    const parts: unknown[] = [];
    for (const store of db.objectStoreNames) {
      const objects = db.transaction(store).objectStore(store);
      parts.push(await settled(objects.getAllKeys()), await settled(objects.getAll()));
    }
    return JSON.stringify(parts);
  } finally {
    db.close();
  }
}

export async function deleteDatabase(name: string): Promise<void> {
  await settled(indexedDB.deleteDatabase(name));
  localStorage.removeItem(`${name}/driver`);
}

/** A page that was left in the middle could not tidy up: what no open demo holds goes. */
export async function sweepDatabases(user: string): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const inUse = new Set(held.map(({ name }) => name));
  for (const { name = "" } of await indexedDB.databases()) {
    if (name.startsWith(prefix) && name.endsWith(`/${user}`) && !inUse.has(demoLock(name))) await deleteDatabase(name);
  }
}

/** Held as long as the demo of a database is open. */
export const demoLock = (database: string): string => `demo of ${database}`;
export const databaseName = (school: string, user: string): string => `${prefix}${school}/${user}`;

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
