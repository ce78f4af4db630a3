/** IndexedDB whose transactions and openings can be made to fail as browsers do. */

/** The same factory; every database that it opens goes through `patch` before the opener sees it. */
export function patched(factory: IDBFactory, patch: (db: IDBDatabase) => void): IDBFactory {
  const open: IDBFactory["open"] = (name, version) => {
    const request = factory.open(name, version);
    // Registered before the opener's own handler, and so run before it.
    request.addEventListener("success", () => patch(request.result));
    return request;
  };
  return {
    open,
    deleteDatabase: (name) => factory.deleteDatabase(name),
    databases: () => factory.databases(),
    cmp: (a, b) => factory.cmp(a, b),
  };
}

/** Every readwrite transaction goes through `patch` before its user sees it, while `when()` says so. */
export const patchedWrites = (
  factory: IDBFactory,
  when: () => boolean,
  patch: (tx: IDBTransaction) => void,
): IDBFactory =>
  patched(factory, (db) => {
    const begin = db.transaction.bind(db);
    db.transaction = (stores, mode, options) => {
      const tx = begin(stores, mode, options);
      if (mode === "readwrite" && when()) patch(tx);
      return tx;
    };
  });

const patchedPuts = (
  tx: IDBTransaction,
  put: (store: IDBObjectStore, value: unknown, key: IDBValidKey) => IDBRequest,
): void => {
  const objectStore = tx.objectStore.bind(tx);
  tx.objectStore = (name) => {
    const store = objectStore(name);
    const original = store.put.bind(store);
    store.put = (value, key) => {
      store.put = original;
      return put(store, value, key ?? "") as IDBRequest<IDBValidKey>;
    };
    return store;
  };
};

/** The ways in which browsers tell that the disk is full. */
export const quotaFailures: Readonly<Record<string, (tx: IDBTransaction) => void>> = {
  "an error thrown at once": (tx) =>
    patchedPuts(tx, () => {
      throw new DOMException("full", "QuotaExceededError");
    }),
  "an abort without an error": (tx) => {
    tx.commit = () => tx.abort();
  },
  "an abort after the request has succeeded": (tx) => {
    tx.commit = () => undefined;
    patchedPuts(tx, (store, value, key) => {
      const request = store.put(value, key);
      request.addEventListener("success", () => {
        Object.defineProperty(tx, "error", { get: () => new DOMException("full", "QuotaExceededError") });
        tx.abort();
      });
      return request;
    });
  },
};

/** Transactions that take everything and never tell how they ended; `aborted` hears when one is given up. */
export const hanging = (db: IDBDatabase, aborted: () => void = () => undefined): void => {
  db.transaction = () => {
    const request = {};
    const store = { put: () => request, get: () => request, delete: () => request, getAllKeys: () => request };
    const tx = { objectStore: () => ({ ...store, transaction: tx }), commit: () => undefined, abort: aborted };
    return tx as unknown as IDBTransaction;
  };
};
