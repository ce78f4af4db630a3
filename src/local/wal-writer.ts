/** This tab's log: what queues while an entry is being written becomes the next one. */
import { AdapterError, hasCode } from "../domain/errors.ts";
import { encodeJson } from "./codec.ts";
import { type Draft, formCommit } from "./form-entry.ts";
import { walKey } from "./keys.ts";
import type { Committed, Write } from "./record-store.ts";
import type { StoredMutation, WalEntry } from "./stored.ts";
import { post, type Tab } from "./tab.ts";

interface Request {
  readonly writes: readonly Write[];
  readonly group: boolean;
  readonly discards: NonNullable<WalEntry["discards"]>;
  resolve(committed: Committed): void;
  reject(error: unknown): void;
}

/** One request with its mutations, and the text of each. */
interface Formed {
  readonly request: Request;
  readonly mutations: readonly StoredMutation[];
  readonly texts: readonly string[];
  readonly ids: Committed["ids"];
}

/** An entry takes no more once it is so long, in UTF-16 code units. */
const entryLength = 1_000_000;
/** So many are formed in a few milliseconds. */
const sliceMutations = 250;

export class WalWriter {
  readonly #tab: Tab;
  readonly #queue: Request[] = [];
  #running: Promise<void> | null = null;
  #closed = false;
  #entry = 0;
  #nextId = 1;
  /** What became of the entry after the last is not known: the connection was lost on its way. */
  #unsure: { readonly text: string; readonly formed: readonly Formed[] } | null = null;

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
        const formed = await this.#form();
        if (formed.length > 0) await this.#writeAll(formed);
      }
    } catch (error) {
      for (const request of this.#queue.splice(0)) request.reject(error);
    } finally {
      // In the same turn in which the queue was found empty: who comes later starts anew.
      this.#running = null;
    }
  }

  /** The next entry: those whose writes are refused are told so, the others go together. */
  async #form(): Promise<Formed[]> {
    const draft = this.#draft();
    const formed: Formed[] = [];
    let length = 0;
    let count = 0;
    let slice = 0;
    while (this.#queue.length > 0 && length < entryLength) {
      const request = this.#queue.shift();
      if (!request) break;
      try {
        const one = this.#formOne(draft, request, count, length);
        count += one.mutations.length;
        for (const text of one.texts) length += text.length;
        formed.push(one);
        slice += one.mutations.length;
      } catch (error) {
        request.reject(error);
      }
      if (slice < sliceMutations) continue;
      slice = 0;
      await this.#tab.platform.timers.breathe();
    }
    return formed;
  }

  #draft(): Draft {
    const { model, domains, clientId: client, platform, limits } = this.#tab;
    const now = platform.clock.now();
    return {
      model,
      domains,
      client,
      now,
      at: new Date(now).toISOString(),
      drafted: new Map(),
      maxRecords: limits.maxRecords,
      nextId: this.#nextId,
      hlc: model.hlc,
      grown: 0,
    };
  }

  #formOne(draft: Draft, request: Request, count: number, length: number): Formed {
    const { mutations, ids } = formCommit(draft, request.writes, request.group);
    const texts = mutations.map((mutation) => JSON.stringify(mutation));
    const { limits, model } = this.#tab;
    if (mutations.some(({ id }) => id !== null)) {
      const { waiting } = model.logs;
      const bytes = texts.reduce((sum, text) => sum + text.length, waiting.bytes + length);
      if (waiting.mutations + count + mutations.length > limits.maxOutbox || bytes > limits.maxOutboxBytes)
        throw new AdapterError("OUTBOX_FULL", `${waiting.mutations} writes wait for the server already.`, {
          facts: { mutations: waiting.mutations, bytes: waiting.bytes },
        });
    }
    return { request, mutations, texts, ids };
  }

  async #writeAll(formed: readonly Formed[]): Promise<void> {
    try {
      await this.#write(formed);
    } catch (error) {
      if (formed.length === 1 || hasCode("STORAGE_LOST")(error)) {
        for (const { request } of formed) request.reject(error);
        return;
      }
      // One of them may be what does not fit; each is tried once alone, as if it came now.
      for (const { request } of formed) await this.#writeAlone(request);
    }
  }

  async #writeAlone(request: Request): Promise<void> {
    try {
      await this.#write([this.#formOne(this.#draft(), request, 0, 0)]);
    } catch (error) {
      request.reject(error);
    }
  }

  /** @throws STORAGE_FULL and the like: nothing is kept; STORAGE_LOST: it is asked for before the next entry */
  async #write(formed: readonly Formed[]): Promise<void> {
    const { storage, clientId } = this.#tab;
    const key = walKey(clientId, this.#entry + 1);
    const text = entryText(formed);
    const again = this.#unsure !== null;
    this.#unsure = null;
    // A lost entry that lands late must not be overwritten.
    const expect = again ? { key, value: null } : undefined;
    try {
      await storage.commit({ puts: [[key, text]], expect });
    } catch (error) {
      if (again || hasCode("STORAGE_LOST")(error)) this.#unsure = { text, formed };
      if (!this.#unsure) throw error;
      if (!(await this.#landed(this.#unsure).catch(() => false))) throw error;
      this.#unsure = null;
    }
    this.#stored(formed);
  }

  /** Is the entry of unknown fate on disk? */
  async #landed({ text }: { readonly text: string }): Promise<boolean> {
    const { storage, clientId } = this.#tab;
    const key = walKey(clientId, this.#entry + 1);
    return (await storage.read([key])).get(key) === text;
  }

  /** @throws STORAGE_LOST while the disk does not answer */
  async #findOut(unsure: { readonly text: string; readonly formed: readonly Formed[] }): Promise<void> {
    if (!(await this.#landed(unsure))) return;
    this.#unsure = null;
    this.#stored(unsure.formed);
  }

  #stored(formed: readonly Formed[]): void {
    const { model, clientId } = this.#tab;
    const mutations = formed.flatMap((one) => one.mutations);
    const discards = formed.flatMap(({ request }) => request.discards);
    this.#entry += 1;
    for (const { id } of mutations) if (id !== null) this.#nextId = id + 1;
    const sizes = formed.flatMap(({ texts }) => texts.map((text) => text.length));
    model.ingest(clientId, this.#entry, { mutations, discards }, sizes);
    this.#tab.emit();
    post(this.#tab, { kind: "wal", client: clientId, entry: this.#entry });
    for (const { request, ids } of formed) request.resolve({ clientId, ids });
  }
}

function entryText(formed: readonly Formed[]): string {
  const mutations = formed.flatMap(({ texts }) => texts).join(",");
  const discards = formed.flatMap(({ request }) => request.discards);
  const more = discards.length > 0 ? `,"discards":${JSON.stringify(discards)}` : "";
  return encodeJson(`{"mutations":[${mutations}]${more}}`);
}
