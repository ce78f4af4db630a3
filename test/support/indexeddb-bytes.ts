/** Reads a database of this origin as it stands on disk, past everything of ours. */

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Every key with its value, of all stores of the database; one that is not there is not made. */
export async function indexedDbBytes(name: string): Promise<Map<string, string>> {
  const known = await indexedDB.databases();
  if (!known.some((database) => database.name === name)) throw new Error(`There is no database ${name}.`);
  const db = await done(indexedDB.open(name));
  try {
    const found = new Map<string, string>();
    for (const store of db.objectStoreNames) {
      const objects = db.transaction(store, "readonly").objectStore(store);
      const [keys, values] = await Promise.all([done(objects.getAllKeys()), done(objects.getAll())]);
      for (const [at, key] of keys.entries()) found.set(String(key), String(values[at]));
    }
    return found;
  } finally {
    db.close();
  }
}
