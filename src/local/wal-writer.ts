/** This tab's log: what queues while an entry is being written becomes the next one. */

import type { DomainSet } from "../domain/define-domain.ts";
import { AdapterError, hasCode } from "../domain/errors.ts";
import { tickerAt } from "../domain/hlc.ts";
import { encode } from "./codec.ts";
import { adopt, type Draft, formCommit, type Made } from "./form-entry.ts";
import { walKey } from "./keys.ts";
import { withVersions } from "./late-entries.ts";
import type { LogItem } from "./log.ts";
import type { Committed, Write } from "./record-store.ts";
import type { StorageCommit } from "./storage.ts";
import type { WalEntry } from "./stored.ts";
import { post, type Tab } from "./tab.ts";

interface Request {
  readonly writes: readonly Write[];
  readonly group: boolean;
  readonly discards: NonNullable<WalEntry["discards"]>;
  resolve(committed: Committed): void;
  reject(error: unknown): void;
}

/** A request whose writes are in the entry. */
interface Ready {
  readonly request: Request;
  readonly ids: Committed["ids"];
}

/** An entry being made, or on its way to the disk. */
interface Entry {
  readonly ready: Ready[];
  readonly made: Made[];
  /** Of the mutations' JSON, about. */
  size: number;
}

const emptyEntry = (): Entry => ({ ready: [], made: [], size: 0 });

/** An entry takes no more once it is so long, in UTF-16 code units. */
const entryLength = 1_000_000;
/** So many are formed in a few milliseconds, by code that runs for the first time. */
const sliceMutations = 500;

export class WalWriter {
  readonly #tab: Tab;
  readonly #queue: Request[] = [];
  #running: Promise<void> | null = null;
  #closed = false;
  #entry = 0;
  #nextId = 1;
  /** What became of the entry after the last is not known: the connection was lost on its way. */
  #unsure: { readonly entry: Entry; readonly text: string } | null = null;

  constructor(tab: Tab) {
    this.#tab = tab;
  }

  /** @throws as `RecordStore.commit` */
  commit(writes: readonly Write[], group: boolean, discards: Request["discards"] = []): Promise<Committed> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new AdapterError("STORE_CLOSED", "The store is closed.");
      if (this.#tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", this.#tab.readOnly);
      this.#queue.push({ writes, group, discards, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Lets what was taken on be written, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        // What is committed in the same turn goes into the same entry.
        await Promise.resolve();
        if (this.#unsure) await this.#findOut(this.#unsure);
        // What is written over records of which mutations are being made has seen those: it comes after them.
        if (this.#tab.model.promoting) await this.#tab.serial(() => Promise.resolve());
        const written = this.#formAndWrite();
        this.#tab.writing = written.catch(() => undefined);
        await written;
      }
    } catch (error) {
      for (const request of this.#queue.splice(0)) request.reject(error);
    } finally {
      // In the same turn in which the queue was found empty: who comes later starts anew.
      this.#running = null;
    }
  }

  async #formAndWrite(): Promise<void> {
    const entry = await this.#form();
    if (entry.ready.length > 0) await this.#writeAll(entry);
  }

  /** The next entry: those whose writes are refused are told so, the others go together. */
  async #form(): Promise<Entry> {
    const draft = this.#draft();
    const entry = emptyEntry();
    let slice = 0;
    let at = 0;
    for (; at < this.#queue.length && entry.size < entryLength; at++) {
      const request = this.#queue[at];
      if (!request) break;
      const before = entry.made.length;
      try {
        this.#formOne(draft, request, entry);
      } catch (error) {
        request.reject(error);
      }
      slice += entry.made.length - before;
      if (slice < sliceMutations) continue;
      slice = 0;
      await this.#tab.platform.timers.breathe();
    }
    this.#queue.splice(0, at);
    return entry;
  }

  #draft(): Draft {
    const { model, domains, clientId: client, platform, limits } = this.#tab;
    const now = platform.clock.now();
    return {
      model,
      domains,
      client,
      tick: tickerAt(now, client),
      at: new Date(now).toISOString(),
      maxRecords: limits.maxRecords,
      drafted: new Map(),
      // One of unknown fate that was read from the disk has used its id up, though it may have rotted since.
      nextId: Math.max(this.#nextId, model.logs.open(client).lastId + 1),
      hlc: model.hlc,
      grown: 0,
    };
  }

  /** @throws as `RecordStore.commit`; the draft and the entry are then as they were */
  #formOne(draft: Draft, request: Request, entry: Entry): void {
    const { made, ids } = formCommit(draft, request.writes, request.group);
    let size = 0;
    let numbered = false;
    for (const one of made) {
      size += one.size;
      if (one.mutation.id !== null) numbered = true;
    }
    if (numbered) {
      const { limits, model } = this.#tab;
      const { mutations, bytes } = model.logs.waiting;
      const count = mutations + entry.made.length + made.length;
      if (count > limits.maxOutbox || bytes + entry.size + size > limits.maxOutboxBytes)
        throw new AdapterError("OUTBOX_FULL", `${mutations} writes wait for the server already.`, {
          facts: { mutations, bytes },
        });
    }
    adopt(draft, made);
    entry.ready.push({ request, ids });
    for (const one of made) entry.made.push(one);
    entry.size += size;
  }

  async #writeAll(entry: Entry): Promise<void> {
    try {
      await this.#write(entry);
    } catch (error) {
      const { ready } = entry;
      if (ready.length === 1 || hasCode("STORAGE_LOST")(error)) {
        for (const { request } of ready) request.reject(error);
        return;
      }
      // One of them may be what does not fit; each is tried once alone, as if it came now.
      for (const { request } of ready) await this.#writeAlone(request);
    }
  }

  async #writeAlone(request: Request): Promise<void> {
    try {
      const entry = emptyEntry();
      this.#formOne(this.#draft(), request, entry);
      await this.#write(entry);
    } catch (error) {
      request.reject(error);
    }
  }

  /** @throws STORAGE_FULL and the like: nothing is kept; STORAGE_LOST: it is asked for before the next entry */
  async #write(entry: Entry): Promise<void> {
    const { model, clientId } = this.#tab;
    // An entry of unknown fate that was found damaged has used its number up: nobody reads that one again.
    this.#entry = Math.max(this.#entry, model.logs.open(clientId).entry);
    const key = walKey(clientId, this.#entry + 1);
    const text = entryText(entry, this.#tab.domains);
    const again = this.#unsure !== null;
    this.#unsure = null;
    // A lost entry that lands late must not be overwritten.
    const expect = again ? { key, value: null } : undefined;
    const writing = this.#commit(key, text, expect);
    // The page has nothing else to do while the disk writes.
    const items = this.#itemsOf(entry);
    try {
      await writing;
    } catch (error) {
      if (again || hasCode("STORAGE_LOST")(error)) this.#unsure = { text, entry };
      if (!this.#unsure) throw error;
      if (!(await this.#landed(text).catch(() => false))) throw error;
      this.#unsure = null;
    }
    this.#stored(entry, items);
  }

  async #commit(key: string, text: string, expect: StorageCommit["expect"]): Promise<void> {
    const { storage } = this.#tab;
    await storage.commit({ puts: [[key, text]], expect });
  }

  /** Is the entry of unknown fate on disk? */
  async #landed(text: string): Promise<boolean> {
    const { storage, clientId } = this.#tab;
    const key = walKey(clientId, this.#entry + 1);
    return (await storage.read([key])).get(key) === text;
  }

  /** @throws STORAGE_LOST while the disk does not answer */
  async #findOut({ entry, text }: { readonly entry: Entry; readonly text: string }): Promise<void> {
    if (!(await this.#landed(text))) return;
    this.#unsure = null;
    this.#stored(entry, this.#itemsOf(entry));
  }

  /** What the next entry puts into the log. */
  #itemsOf({ made }: Entry): LogItem[] {
    const { model, clientId } = this.#tab;
    const log = model.logs.open(clientId);
    const entry = this.#entry + 1;
    return made.map(
      ({ mutation, size }, index): LogItem => ({ log, entry, index, mutation, bytes: size, answer: null }),
    );
  }

  #stored({ ready, made }: Entry, items: readonly LogItem[]): void {
    const { model, clientId } = this.#tab;
    this.#entry += 1;
    for (const { mutation } of made) if (mutation.id !== null) this.#nextId = mutation.id + 1;
    const log = model.logs.open(clientId);
    // Everything may have been read again meanwhile.
    const own = items[0]?.log === log ? items : items.map((item) => ({ ...item, log }));
    model.ingestItems(log, this.#entry, own, { made, discards: discardsOf(ready) });
    this.#tab.emit();
    post(this.#tab, { kind: "wal", client: clientId, entry: this.#entry, seen: model.logs.lastEntries() });
    for (const { request, ids } of ready) request.resolve({ clientId, ids });
  }
}

const discardsOf = (ready: readonly Ready[]): Request["discards"] => ready.flatMap(({ request }) => request.discards);

/** Written at once, not put together of the mutations' texts: the disk and the checksum are slow with text in pieces. */
function entryText({ ready, made }: Entry, domains: DomainSet): string {
  const discards = discardsOf(ready);
  const entry: WalEntry = { mutations: made.map(({ mutation }) => mutation), ...(discards.length > 0 && { discards }) };
  return encode(withVersions(entry, domains));
}
