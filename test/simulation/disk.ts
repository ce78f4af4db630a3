/** A device's disk: commits are whole or not there, what is on its way when the power goes is lost, and faults by order. */
import { AdapterError } from "../../src/domain/errors.ts";
import type { Random } from "../../src/domain/random.ts";
import { walPrefix } from "../../src/local/keys.ts";
import type { Storage, StorageCommit } from "../../src/local/storage.ts";
import type { Life } from "./life.ts";
import { counted } from "./repeats.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";

/**
 * - `full`: refused, nothing kept. `lostBefore`, `lostAfter`: the connection is gone and the commit is not there, or is.
 * - `hang`: the operation never settles. `unreadable`: a read fails.
 */
export type DiskFault = "full" | "lostBefore" | "lostAfter" | "hang" | "unreadable";

export type DamageKind = "flip" | "cut" | "alter";

/** Under `relaxed` durability: how long a commit may stay in the computer's memory; in milliseconds. */
const flushAfter = 4000;

/** Who is refused waits, as long as nobody asks him to try (F20): the lead may be tried for five times in a row. */
const oftenRefused = { most: 15, within: 1000 };

type Operation = "read" | "scan" | "keys" | "commit";

interface Undo {
  readonly at: number;
  readonly keys: readonly (readonly [key: string, value: string | undefined])[];
}

export interface DiskOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly durability: "strict" | "relaxed";
  readonly trace: Trace;
  readonly name: string;
}

export class Disk {
  readonly values = new Map<string, string>();
  readonly #options: DiskOptions;
  readonly #faults: DiskFault[] = [];
  #undo: Undo[] = [];
  #busyUntil = 0;
  /** The most that an operation takes beyond the usual; in milliseconds. */
  slow = 0;
  /** Bytes that may be used; `estimate` tells it. */
  quota = 1e9;
  /** After so many operations the connection is gone, and all that come then fail; `null`: it stays. */
  lostAfter: number | null = null;
  /** When the room became less; in true time. */
  narrowSince = 0;
  /** What was written where it should not have been. */
  readonly misused: string[] = [];
  /** The tabs whose engine said that it had closed: the step that was on its way to the disk had ended (G15). */
  readonly ended = new Set<Life>();
  /** What was refused over and over, and tried again at once. */
  readonly insisted: string[] = [];
  /** The keys of what was set aside, and by which tab. */
  readonly setAside: { readonly life: Life; readonly key: string }[] = [];
  /** What was damaged, ever, and when the last of it was, in true time. */
  readonly rotted: { readonly key: string; readonly after: string }[] = [];
  rottedAt = Number.NEGATIVE_INFINITY;
  /** Tabs that are told that the disk has held something before they opened it. */
  readonly expectant = new Set<Life>();
  #hasHeld = false;
  /** How often a tab has read everything. */
  readonly readings = new Map<Life, number>();
  /** Faults that happened, by kind. */
  readonly met = new Map<string, number>();

  constructor(options: DiskOptions) {
    this.#options = options;
  }

  get durability(): "strict" | "relaxed" {
    return this.#options.durability;
  }

  /** The next fitting operations fail in this way; `times` 0: none does any more. */
  order(fault: DiskFault, times: number): void {
    if (times === 0) this.#faults.length = 0;
    for (let i = 0; i < times; i++) this.#faults.push(fault);
  }

  mend(): void {
    this.#faults.length = 0;
    this.lostAfter = null;
    this.slow = 0;
    this.quota = 1e9;
  }

  /** The power goes: under `relaxed` the last commits were never on the disk. @returns how many are gone */
  powerCut(): number {
    const { time, random, durability } = this.#options;
    if (durability === "strict") return 0;
    const young = this.#undo.filter(({ at }) => at > time.now() - flushAfter);
    const lost = random.below(young.length + 1);
    for (const { keys } of young.slice(young.length - lost).reverse()) {
      for (const [key, value] of keys) {
        if (value === undefined) this.values.delete(key);
        else this.values.set(key, value);
      }
    }
    this.#undo = [];
    if (lost > 0) this.#count("relaxed-suffix-lost");
    return lost;
  }

  /** A value rots: its checksum, its end, or any character of it. @returns the key and what stood there */
  damage(prefixes: readonly string[], how: DamageKind): { key: string; before: string; after: string } | null {
    const keys = [...this.values.keys()].filter((key) => prefixes.some((prefix) => key.startsWith(prefix))).sort();
    if (keys.length === 0) return null;
    const key = this.#options.random.pick(keys);
    const before = this.values.get(key) ?? "";
    const at = how === "alter" ? this.#options.random.below(before.length) : 0;
    const other = before[at] === "0" ? "1" : "0";
    // Flipped back it would be whole again.
    const again = this.rotted.some((one) => one.key === key && one.after === before);
    const after = how === "cut" || again ? before.slice(0, -2) : before.slice(0, at) + other + before.slice(at + 1);
    this.values.set(key, after);
    this.rotted.push({ key, after });
    this.rottedAt = this.#options.time.now();
    this.#count(`damage-${how}`);
    return { key, before, after };
  }

  /** A copy of everything, as a profile backup would be. */
  image(): Map<string, string> {
    return new Map(this.values);
  }

  restore(image: ReadonlyMap<string, string>): void {
    this.values.clear();
    for (const [key, value] of image) this.values.set(key, value);
    this.#undo = [];
  }

  /** The disk as one tab sees it. */
  storage(life: Life, onClose: () => void): Storage {
    const { durability, time } = this.#options;
    const note = counted(time.now, oftenRefused, (what) => this.insisted.push(what));
    let closed = false;
    if (this.#hasHeld) this.expectant.add(life);
    const operate = <T>(kind: Operation, act: () => T): Promise<T> =>
      closed
        ? Promise.reject(new AdapterError("STORE_CLOSED", "The disk was closed."))
        : this.#operate(life, kind, act);
    return {
      durability,
      shared: true,
      missing: this.#hasHeld ? "It was cleared." : null,
      read: (keys) =>
        operate("read", () => {
          const found = new Map<string, string>();
          // Nobody promises their order.
          for (const key of [...keys].reverse()) {
            const value = this.values.get(key);
            if (value !== undefined) found.set(key, value);
          }
          return found;
        }),
      scan: (prefix) =>
        operate("scan", () => {
          if (prefix === walPrefix) this.readings.set(life, (this.readings.get(life) ?? 0) + 1);
          return [...this.values].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
        }),
      keys: (prefix) => operate("keys", () => [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort()),
      commit: (change) =>
        operate("commit", () => {
          this.#commit(change);
          for (const [key] of this.ended.has(life) ? change.puts : [])
            if (/^(sync|stage|chunk|state)\//.test(key))
              this.misused.push(`${key} is put by an engine that is closed.`);
          for (const [key] of change.puts) if (key.startsWith("quarantine/")) this.setAside.push({ life, key });
        }).catch((error: unknown) => {
          const key = change.puts.at(-1)?.[0] ?? "";
          // What a user writes is refused as often as it is written.
          if (!key.startsWith("wal/")) note(`${key} is refused`);
          throw error;
        }),
      estimate: async () => ({ usage: this.used(), quota: this.quota }),
      close: async () => {
        closed = true;
        onClose();
      },
    };
  }

  /** Less room, from now on. */
  narrow(room: number): void {
    this.quota = this.used() + room;
    this.narrowSince = this.#options.time.now();
  }

  used(): number {
    let bytes = 0;
    for (const [key, value] of this.values) bytes += key.length + value.length;
    return bytes;
  }

  #commit({ puts, deletes = [], expect }: StorageCommit): void {
    if (expect && (this.values.get(expect.key) ?? null) !== expect.value) {
      this.#count("fenced");
      throw new AdapterError("FENCED", `Another tab has changed ${expect.key}.`, { place: expect.key });
    }
    if (this.quota < 1e9) {
      const [key = ""] = puts[0] ?? [];
      // Who looked before the room became less could not know.
      const knew = this.#options.time.now() - this.narrowSince > 60_000;
      if (knew && /^(stage|chunk)\//.test(key)) this.misused.push(`${key} is put where only the outbox has room.`);
      let more = 0;
      for (const [key, value] of puts) more += value.length - (this.values.get(key)?.length ?? -key.length);
      if (more > 0 && this.used() + more > this.quota) {
        this.#count("full");
        throw new AdapterError("STORAGE_FULL", "The disk is full; nothing was kept.");
      }
    }
    const touched = [...puts.map(([key]) => key), ...deletes];
    if (this.#options.durability === "relaxed") {
      this.#undo.push({
        at: this.#options.time.now(),
        keys: touched.map((key) => [key, this.values.get(key)] as const),
      });
    }
    for (const [key, value] of puts) this.values.set(key, value);
    for (const key of deletes) this.values.delete(key);
    this.#hasHeld = true;
    this.#options.trace.add(`${this.#options.name} stores ${puts.map(([key]) => key).join(" ")}`);
  }

  #operate<T>(life: Life, kind: Operation, act: () => T): Promise<T> {
    const { time, random } = this.#options;
    if (life.dead) return new Promise(() => {});
    const fault = this.#take(kind);
    if (fault === "hang") return new Promise(() => {});
    // Transactions happen in the order in which they were begun.
    this.#busyUntil = Math.max(this.#busyUntil, time.now() + 0.1 + random.below(20) / 10 + random.below(1 + this.slow));
    return new Promise((resolve, reject) => {
      time.after(this.#busyUntil - time.now(), () => {
        if (life.dead) return;
        const fail = (error: unknown): void => {
          time.after(0.1, () => life.deliver(() => reject(error)));
        };
        const lost = new AdapterError("STORAGE_LOST", "The connection to the disk is gone.");
        if (fault === "unreadable" || fault === "lostBefore") return fail(lost);
        if (fault === "full") return fail(new AdapterError("STORAGE_FULL", "The disk is full; nothing was kept."));
        try {
          const value = act();
          if (fault === "lostAfter") return fail(lost);
          time.after(0.1 + random.below(5) / 10, () => life.deliver(() => resolve(value)));
        } catch (error) {
          fail(error);
        }
      });
    });
  }

  #take(kind: string): DiskFault | null {
    if (this.lostAfter === 0) return "lostBefore";
    if (this.lostAfter !== null) this.lostAfter -= 1;
    const at = this.#faults.findIndex((fault) =>
      fault === "unreadable" ? kind !== "commit" : fault === "hang" || kind === "commit",
    );
    const [fault = null] = at < 0 ? [] : this.#faults.splice(at, 1);
    if (fault) this.#count(fault);
    return fault;
  }

  #count(kind: string): void {
    this.met.set(kind, (this.met.get(kind) ?? 0) + 1);
    this.#options.trace.add(`${this.#options.name} disk: ${kind}`);
  }
}
