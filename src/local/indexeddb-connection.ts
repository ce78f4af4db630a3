/** The one connection of a tab to its database: opened when first needed, opened again once when the browser drops it. */
import { AdapterError } from "../domain/errors.ts";
import type { Disk } from "../platform/disk.ts";
import type { Timers } from "../platform/platform.ts";
import { openingFailure } from "./indexeddb-errors.ts";
import { Watchdog } from "./indexeddb-watchdog.ts";
import { beginNewLog, lossOf } from "./leveldb-log.ts";

export interface ConnectionOptions {
  readonly database: string;
  readonly store: string;
  /** Of the layout; a database of a higher one belongs to a newer program. */
  readonly version: number;
  readonly disk: Disk;
  readonly timers: Timers;
  /** Told once, when this tab had to let go of the database for good. */
  readonly onEnded?: (reason: AdapterError) => void;
}

type State =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly db: IDBDatabase }
  | { readonly kind: "opening"; readonly db: Promise<IDBDatabase> }
  | { readonly kind: "ended"; readonly reason: AdapterError };

/**
 * - `open` gives a usable connection or the reason why there is none; it never hangs behind another tab.
 * - A database that was there and is gone is never made anew, so that lost data is not taken for an empty store.
 */
export class IndexedDbConnection {
  #state: State = { kind: "closed" };
  /** This tab has had the database open before. */
  #known = false;
  /** What the browser said when it deleted all that the site had, because it found it damaged; `null`: nothing of that. */
  loss: string | null = null;

  readonly watchdog: Watchdog;

  constructor(readonly options: ConnectionOptions) {
    this.watchdog = new Watchdog(options.timers);
  }

  get name(): string {
    return this.options.database;
  }

  /** @throws STORAGE_BLOCKED, STORAGE_LOST, STORAGE_UNAVAILABLE, STORAGE_FULL, SCHEMA_NEWER, STORE_CLOSED */
  open(): IDBDatabase | Promise<IDBDatabase> {
    const state = this.#state;
    if (state.kind === "open" || state.kind === "opening") return state.db;
    if (state.kind === "ended") return Promise.reject(state.reason);
    const db = this.#request().then(
      (opened) => this.#opened(opened),
      (error: AdapterError) => {
        if (this.#state.kind === "opening") this.#state = { kind: "closed" };
        throw error;
      },
    );
    this.#state = { kind: "opening", db };
    return db;
  }

  /** The connection in use, if there is one at this moment. */
  get current(): IDBDatabase | null {
    return this.#state.kind === "open" ? this.#state.db : null;
  }

  /** `db` is still the connection in use. */
  holds(db: IDBDatabase): boolean {
    return this.current === db;
  }

  /** Forgets a connection that no longer serves; the next `open` makes a new one. */
  drop(db: IDBDatabase): void {
    if (!this.holds(db)) return;
    this.#state = { kind: "closed" };
    db.close();
  }

  /** Lets running transactions end, then closes for good. */
  close(): void {
    this.#end(new AdapterError("STORE_CLOSED", `The database ${this.name} was closed.`, { place: this.name }), false);
  }

  /** Deletes the database with all it holds. @throws STORAGE_BLOCKED while another tab holds it */
  async delete(): Promise<void> {
    this.close();
    const { disk } = this.options;
    await this.#settled(
      () => factoryOf(disk).deleteDatabase(this.name),
      () => undefined,
    );
  }

  async #request(): Promise<IDBDatabase> {
    const { disk, store, timers, version } = this.options;
    if (disk.levelDb && disk.indexedDB !== null)
      this.loss ??= await beginNewLog(disk.indexedDB, `${this.name}/log`, timers);
    const request = await this.#settled(
      () => factoryOf(disk).open(this.name, version),
      (opening, event) => {
        this.loss ??= lossOf(event);
        if (event.oldVersion > 0) return;
        if (this.#known) opening.transaction?.abort();
        else opening.result.createObjectStore(store);
      },
    );
    return request.result;
  }

  /** Waits for `start`'s request; rejects at once when another tab is in the way, and closes what still comes later. */
  #settled(
    start: () => IDBOpenDBRequest,
    upgrade: (request: IDBOpenDBRequest, event: IDBVersionChangeEvent) => void,
  ): Promise<IDBOpenDBRequest> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => reject(this.#known ? this.#gone(error) : openingFailure(this.name, error));
      let waiting = true;
      try {
        const request = start();
        request.onupgradeneeded = (event) => upgrade(request, event);
        request.onblocked = () => {
          waiting = false;
          reject(
            new AdapterError("STORAGE_BLOCKED", `Another tab holds an older version of ${this.name} open.`, {
              place: this.name,
            }),
          );
        };
        request.onerror = () => fail(request.error);
        request.onsuccess = () => {
          if (waiting) resolve(request);
          else request.result?.close();
        };
        this.#watch(() => {
          waiting = false;
          reject(
            new AdapterError(
              "STORAGE_UNREADABLE",
              `The database ${this.name} did not open within ${openingLimit} ms.`,
              {
                place: this.name,
              },
            ),
          );
        }, request);
      } catch (error) {
        fail(error);
      }
    });
  }

  #watch(late: () => void, request: IDBOpenDBRequest): void {
    const settled = new AbortController();
    for (const event of ["success", "error", "blocked"]) request.addEventListener(event, () => settled.abort());
    void this.options.timers.sleep(openingLimit, settled.signal).then(() => {
      if (!settled.signal.aborted) late();
    });
  }

  #gone(error: unknown): AdapterError {
    const failure = openingFailure(this.name, error);
    if (failure.facts.cause !== "AbortError") return failure;
    return new AdapterError("STORAGE_LOST", `The database ${this.name} was deleted while this tab had it open.`, {
      place: this.name,
      cause: error,
      facts: { deleted: true },
    });
  }

  #opened(db: IDBDatabase): IDBDatabase {
    if (this.#state.kind === "ended") {
      db.close();
      throw this.#state.reason;
    }
    if (!db.objectStoreNames.contains(this.options.store)) {
      db.close();
      throw new AdapterError("STORE_CORRUPT", `The database ${this.name} is not one of this program's.`, {
        place: this.name,
      });
    }
    this.#known = true;
    this.#state = { kind: "open", db };
    // Another tab upgrades or deletes: whoever holds on here makes it hang.
    db.onversionchange = (event) => {
      const deleted = event.newVersion === null;
      this.#end(
        deleted
          ? new AdapterError("STORAGE_LOST", `The database ${this.name} is being deleted by another tab.`, {
              place: this.name,
              facts: { deleted },
            })
          : new AdapterError("STORAGE_BLOCKED", `A newer version of this program opened ${this.name} in another tab.`, {
              place: this.name,
              fix: "Reload this page.",
            }),
        true,
      );
    };
    // The browser closed it: the site's data was cleared, or iOS took it back.
    db.onclose = () => this.drop(db);
    return db;
  }

  #end(reason: AdapterError, tell: boolean): void {
    const state = this.#state;
    if (state.kind === "ended") return;
    this.#state = { kind: "ended", reason };
    if (state.kind === "open") state.db.close();
    if (tell) this.options.onEnded?.(reason);
  }
}

/** Milliseconds; browsers hang here for good after some crashes. */
const openingLimit = 10_000;

function factoryOf(disk: Disk): IDBFactory {
  if (disk.indexedDB === null) throw new DOMException("This page has no IndexedDB.", "SecurityError");
  return disk.indexedDB;
}
