/** One transaction of the driver: strict, watched, tried on a second connection when the first was lost. */
import { AdapterError } from "../domain/errors.ts";
import type { IndexedDbConnection } from "./indexeddb-connection.ts";
import { isConnectionLost, readingFailure, writingFailure } from "./indexeddb-errors.ts";

/**
 * Runs `body` in a readwrite transaction and resolves when it is on disk. `body` returns its own reason to refuse, later,
 * through `refuse`, and then nothing of it is kept.
 * @throws STORAGE_FULL, UNSERIALIZABLE (nothing was kept), STORAGE_LOST (the outcome may be unknown), and what `refuse` was given
 */
export async function write(
  connection: IndexedDbConnection,
  body: (store: IDBObjectStore, refuse: (reason: AdapterError) => void) => void,
): Promise<void> {
  const { disk } = connection.options;
  const { db, tx } = beginNow(connection, "readwrite") ?? (await begin(connection, "readwrite"));
  let refused: AdapterError | null = null;
  const outcome = new Promise<{ readonly failed: unknown } | null>((resolve) => {
    // The first failure is the reason; the abort that follows often has none of its own.
    let reason: unknown = null;
    tx.oncomplete = () => resolve(null);
    tx.onerror = (event) => {
      reason ??= errorOf(event);
    };
    tx.onabort = () => resolve({ failed: reason ?? tx.error });
    try {
      body(tx.objectStore(connection.options.store), (why) => {
        refused = why;
        abort(tx);
      });
    } catch (error) {
      reason = error;
      // Where even the abort fails, no event will come.
      if (!abort(tx)) resolve({ failed: error });
    }
  });
  const settled = await watched(connection, { db, tx }, outcome);
  if (settled === null) return;
  if (refused !== null) throw refused;
  const failure = await writingFailure(connection.name, settled.failed, disk);
  // A connection that the browser took away aborts without a reason, too, and only then says that it is closed.
  if (settled.failed !== null || connection.holds(db)) throw failure;
  throw new AdapterError("STORAGE_LOST", `The database ${connection.name} was closed while it wrote.`, {
    place: connection.name,
  });
}

/**
 * Runs `body` in a readonly transaction and resolves with its value when every request of it has succeeded.
 * @throws STORAGE_UNREADABLE, naming what could not be read, STORAGE_LOST
 */
export async function read<T>(
  connection: IndexedDbConnection,
  place: string,
  body: (store: IDBObjectStore) => () => T,
): Promise<T> {
  for (let again = true; ; again = false) {
    const { db, tx } = await begin(connection, "readonly");
    const outcome = new Promise<{ readonly value: T } | { readonly failed: unknown }>((resolve) => {
      let reason: unknown = null;
      let result: (() => T) | null = null;
      tx.oncomplete = () => resolve(result === null ? { failed: reason } : { value: result() });
      tx.onerror = (event) => {
        reason ??= errorOf(event);
      };
      tx.onabort = () => resolve({ failed: reason ?? tx.error });
      try {
        result = body(tx.objectStore(connection.options.store));
      } catch (error) {
        reason = error;
        if (!abort(tx)) resolve({ failed: error });
      }
    });
    const settled = await watched(connection, { db, tx }, outcome);
    if ("value" in settled) return settled.value;
    const lost = settled.failed === null || isConnectionLost(settled.failed);
    if (!lost || !again) throw readingFailure(connection.name, place, settled.failed);
    connection.drop(db);
  }
}

interface Running {
  readonly db: IDBDatabase;
  readonly tx: IDBTransaction;
}

const transaction = ({ options }: IndexedDbConnection, mode: IDBTransactionMode, db: IDBDatabase): Running => ({
  db,
  // Browsers default to relaxed, which may lose the last writes when the power goes.
  tx: db.transaction(options.store, mode, { durability: "strict" }),
});

/** In the turn of the call, so that the disk works while the caller goes on; `null` where that cannot be. */
function beginNow(connection: IndexedDbConnection, mode: IDBTransactionMode): Running | null {
  const db = connection.current;
  if (db === null) return null;
  try {
    return transaction(connection, mode, db);
  } catch {
    // The connection was lost: `begin` meets that, too, and knows what to do.
    return null;
  }
}

/** A connection that was lost since the last transaction shows itself here, before anything was asked of it. */
async function begin(connection: IndexedDbConnection, mode: IDBTransactionMode): Promise<Running> {
  for (let again = true; ; again = false) {
    const db = await connection.open();
    try {
      return transaction(connection, mode, db);
    } catch (error) {
      connection.drop(db);
      if (!again || !isConnectionLost(error))
        throw mode === "readonly"
          ? readingFailure(connection.name, "The store", error)
          : await writingFailure(connection.name, error, connection.options.disk);
    }
  }
}

/** Gives a transaction up that does not settle: it is aborted, so that it cannot happen behind the caller's back. */
function watched<T>(connection: IndexedDbConnection, { db, tx }: Running, outcome: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = connection.watchdog.watch(() => {
      abort(tx);
      connection.drop(db);
      reject(
        new AdapterError("STORAGE_LOST", `A transaction on ${connection.name} did not end in time.`, {
          place: connection.name,
        }),
      );
    });
    void outcome.then((value) => {
      end();
      resolve(value);
    }, reject);
  });
}

/** The reason that a failed request gives; that it was aborted with the others is none. */
function errorOf(event: Event): unknown {
  const error: unknown = event.target !== null && "error" in event.target ? event.target.error : null;
  return error instanceof DOMException && error.name === "AbortError" ? null : error;
}

function abort(tx: IDBTransaction): boolean {
  try {
    tx.abort();
    return true;
  } catch {
    return false;
  }
}
