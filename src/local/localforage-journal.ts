/** `Storage` on one of localforage's own drivers, which know no transaction: a commit goes through a journal. */
import type localforage from "localforage";
import { AdapterError, isAdapterError } from "../domain/errors.ts";
import type { Disk } from "../platform/disk.ts";
import { writingFailure } from "./indexeddb-errors.ts";
import type { Storage, StorageCommit } from "./storage.ts";

type LocalForage = typeof localforage;

/** What is to be done, all of it, before anything else is read. */
interface Journal {
  readonly puts: readonly (readonly [key: string, value: string])[];
  readonly deletes: readonly string[];
}

/** Not among the keys that a caller sees. */
const journalKey = "\u0000journal";

/**
 * - A commit is written whole under one key first, then applied, then the key is removed: after a crash the next opening
 *   finds the key and finishes the work.
 * - One tab only: another one would neither wait for the journal nor see what it is about.
 * - `relaxed`: localforage does not ask the browser for strict durability, so the last writes before a power cut may be gone.
 */
export class JournalStorage implements Storage {
  readonly durability = "relaxed";
  readonly shared = false;
  #last: Promise<unknown> = Promise.resolve();
  #ended: AdapterError | null = null;

  constructor(
    private readonly instance: LocalForage,
    private readonly name: string,
    private readonly disk: Disk,
  ) {}

  /** Finishes what a crash has left. @throws STORAGE_UNREADABLE, STORAGE_FULL, STORAGE_LOST */
  recover(): Promise<void> {
    return this.#inTurn(async () => {
      const left = await this.#get(journalKey);
      if (left !== null) await this.#apply(JSON.parse(left));
    });
  }

  read(keys: readonly string[]): Promise<Map<string, string>> {
    return this.#inTurn(() => this.#found(keys));
  }

  scan(prefix: string): Promise<[key: string, value: string][]> {
    return this.#inTurn(async () => [...(await this.#found(await this.#keys(prefix)))]);
  }

  keys(prefix: string): Promise<string[]> {
    return this.#inTurn(() => this.#keys(prefix));
  }

  commit({ puts, deletes = [], expect }: StorageCommit): Promise<void> {
    return this.#inTurn(async () => {
      if (expect !== undefined && (await this.#get(expect.key)) !== expect.value)
        throw new AdapterError("FENCED", `${expect.key} is not what this tab wrote.`, { place: expect.key });
      const before = await this.#found([...puts.map(([key]) => key), ...deletes]);
      await this.#write(journalKey, { puts, deletes });
      try {
        await this.#apply({ puts, deletes });
      } catch (error) {
        await this.#undo({ puts: [...before], deletes: puts.map(([key]) => key).filter((key) => !before.has(key)) });
        throw error;
      }
    });
  }

  estimate(): ReturnType<Storage["estimate"]> {
    return this.disk.estimate();
  }

  async close(): Promise<void> {
    await this.#last;
    this.#ended ??= new AdapterError("STORE_CLOSED", `${this.name} was closed.`, { place: this.name });
  }

  /** One after the other: a read in the middle of a commit would see half of it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#ended !== null) throw this.#ended;
      return work();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #apply({ puts, deletes }: Journal): Promise<void> {
    for (const key of deletes) await this.#remove(key);
    for (const [key, value] of puts) await this.#write(key, value);
    await this.#remove(journalKey);
  }

  /**
   * Takes a commit back that did not fit; the journal stays until it is. After a crash in the middle, or what cannot be taken
   * back, the next opening finishes the commit.
   */
  async #undo(back: Journal): Promise<void> {
    try {
      await this.#apply(back);
    } catch (cause) {
      this.#ended = new AdapterError("STORAGE_LOST", `${this.name} failed in the middle of a write.`, {
        place: this.name,
        cause,
      });
      throw this.#ended;
    }
  }

  async #keys(prefix: string): Promise<string[]> {
    const keys = await this.#reading("The keys", () => this.instance.keys());
    return keys.filter((key) => key !== journalKey && key.startsWith(prefix)).sort();
  }

  async #found(keys: readonly string[]): Promise<Map<string, string>> {
    const values = await Promise.all(keys.map((key) => this.#get(key)));
    return new Map(keys.flatMap((key, at) => (typeof values[at] === "string" ? [[key, values[at]] as const] : [])));
  }

  #get(key: string): Promise<string | null> {
    return this.#reading(key, () => this.instance.getItem<string>(key));
  }

  async #reading<T>(place: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      throw new AdapterError("STORAGE_UNREADABLE", `${place} in ${this.name} could not be read.`, { place, cause });
    }
  }

  async #write(key: string, value: string | Journal): Promise<void> {
    await this.#changing(() => this.instance.setItem(key, typeof value === "string" ? value : JSON.stringify(value)));
  }

  async #remove(key: string): Promise<void> {
    await this.#changing(() => this.instance.removeItem(key));
  }

  async #changing(change: () => Promise<unknown>): Promise<void> {
    try {
      await change();
    } catch (error) {
      throw isAdapterError(error) ? error : await writingFailure(this.name, error, this.disk);
    }
  }
}
