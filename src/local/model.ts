/**
 * All of the store in memory. It changes only by what is on disk: entries of the logs, steps of the leader, a new
 * generation. The base is a function of chunks and steps, whatever the order in which the logs were read.
 */
import type { RecordId } from "../domain/ids.ts";
import { Base } from "./base.ts";
import type { Made } from "./form-entry.ts";
import type { Log, LogItem } from "./log.ts";
import { Logs } from "./logs.ts";
import { mutationSize } from "./mutation-size.ts";
import { Overlay } from "./overlay.ts";
import type { Parked, StoreChange, SyncPosition } from "./record-store.ts";
import type { Answer, StoredMutation, WalEntry } from "./stored.ts";

type Result = Extract<StoreChange, { kind: "results" }>["results"][number];

export interface Changes {
  readonly keys: readonly { readonly domain: string; readonly id: RecordId }[];
  readonly results: readonly Result[];
  readonly status: boolean;
}

/** The place of a cursor in the school's history; -1 for none. */
export const seqOfCursor = (cursor: string | null): number => {
  const seq = Number.parseInt(cursor ?? "", 10);
  return Number.isNaN(seq) ? -1 : seq;
};

/** A mutation's stamp, and the step with its answer. */
interface Met {
  readonly hlc: string;
  readonly step: number;
}

/** Of those that one step answers, the logs come in any order, and the stamps tell which was sent later. */
const isLater = (one: Met, other: Met): boolean =>
  one.step > other.step || (one.step === other.step && one.hlc >= other.hlc);

export class Model {
  readonly base = new Base();
  readonly logs = new Logs();
  readonly overlay = new Overlay(this.base);
  readonly parked = new Map<string, Parked>();
  /** By domain and id, with the stamp of the mutation that met the conflict. */
  readonly conflicts = new Map<string, string>();
  position: SyncPosition = { stage: "off", stages: {}, epoch: 0, cursor: null };
  /** The last step of the leader that is applied. */
  syncEntry = 0;
  /** The last snapshot that was switched to; pages of later ones are under way. */
  snapshot = 0;
  /** The latest stamp that was made or seen here. */
  hlc: string | null = null;
  /** The latest of a mutation without a number, or that was made of such: what is promoted goes by it. */
  lastOff: string | null = null;
  /** Answered, and not yet covered by the cursor. */
  readonly covering = new Set<LogItem>();
  /** The leader, which is this tab, makes mutations of what stage `off` left, and they are not on disk yet. */
  promoting = false;
  /** Logs that hold mutations that are settled by now. */
  readonly #untidy = new Set<Log>();
  /** A step of the leader was lost: what its cursor says is not to be believed until a snapshot replaced the records. */
  holed = false;
  /** Steps that could not be read since this was loaded; a snapshot brings the records back, and not what else they did. */
  readonly missedSteps = new Set<number>();
  /** An entry of a log could not be read when this was loaded. */
  missesEntries = false;
  /** What a step folded in without finding its record: the entry that made the record has rotted since. */
  readonly orphans: LogItem[] = [];
  /** By domain and id, the last conflict that was met since this tab was opened, shown or ended. */
  readonly #met = new Map<string, Met>();
  /** By domain and id, the last mutation that was taken, while some answers stand for what is not read yet. */
  readonly #taken = new Map<string, Met>();
  readonly #keys = new Map<string, Set<string>>();
  #results: Result[] = [];
  #status = false;

  isOff(domain: string): boolean {
    return (this.position.stages[domain] ?? this.position.stage) === "off";
  }

  /** Some mutation without a number lies in a domain that has an outbox: its tab had not heard of the stage. */
  strayed(): boolean {
    for (const domain of this.logs.unnumbered()) if (!this.isOff(domain)) return true;
    return false;
  }

  touched(domain: string, id: string): void {
    const ids = this.#keys.get(domain);
    if (ids) ids.add(id);
    else this.#keys.set(domain, new Set([id]));
  }

  /** The base of a record changed. */
  refresh(domain: string, id: string): void {
    this.overlay.refresh(domain, id);
    this.touched(domain, id);
  }

  note(result: Result): void {
    this.#results.push(result);
  }

  statusChanged(): void {
    this.#status = true;
  }

  /** What changed since the last call. */
  takeChanges(): Changes {
    const keys: Changes["keys"][number][] = [];
    for (const [domain, ids] of this.#keys) for (const id of ids) keys.push({ domain, id: id as RecordId });
    const changes = { keys, results: this.#results, status: this.#status };
    this.#keys.clear();
    this.#results = [];
    this.#status = false;
    return changes;
  }

  /** An entry of a tab's log, in its order; one that is known is passed over. */
  ingest(client: string, entry: number, { mutations, discards = [] }: WalEntry): void {
    const log = this.logs.open(client);
    const items = mutations.map(
      (mutation, index): LogItem => ({ log, entry, index, mutation, bytes: mutationSize(mutation), answer: null }),
    );
    this.ingestItems(log, entry, items, { discards });
  }

  /** As `ingest`, of an entry that was made here. */
  ingestItems(
    log: Log,
    entry: number,
    items: readonly LogItem[],
    { discards, made = [] }: { readonly discards: NonNullable<WalEntry["discards"]>; readonly made?: readonly Made[] },
  ): void {
    if (entry <= log.entry) return;
    log.entry = entry;
    for (const item of items) {
      const { hlc, id } = item.mutation;
      if (this.hlc === null || hlc > this.hlc) this.hlc = hlc;
      if (id === null && (this.lastOff === null || hlc > this.lastOff)) this.lastOff = hlc;
      this.#ingestOne(item, made[item.index]);
    }
    for (const [owner, id] of discards) this.discard(owner, id);
    if (items.length > 0) this.statusChanged();
  }

  #ingestOne(item: LogItem, made?: Made): void {
    const { log, mutation, entry } = item;
    if (mutation.id === null) {
      if (entry > log.based) this.lay(item, made);
      return;
    }
    log.lastId = Math.max(log.lastId, mutation.id);
    const early = log.early.size > 0 ? log.early.get(mutation.id) : undefined;
    if (early) log.early.delete(mutation.id);
    // Answered before the last folding, and covered: it is kept on disk alone.
    if (mutation.id <= log.answered && !early) return;
    this.lay(item, made);
    if (!early) return;
    this.answered(item, early.answer, early.step);
    this.settle();
  }

  lay(item: LogItem, made?: Made): void {
    this.logs.add(item);
    this.overlay.lay(item, made);
    this.touched(item.mutation.domain, item.mutation.recordId);
  }

  /** A refused mutation is parked; the others stay over the record until the cursor covers them. */
  answered(item: LogItem, answer: Answer, step: number | null = this.syncEntry): void {
    const { log, mutation } = item;
    const { domain, recordId } = mutation;
    this.logs.answer(item, answer);
    if (answer.status === "rejected") {
      this.#untidy.add(log);
      this.overlay.lift(item);
      this.#park(log, mutation, answer);
    } else {
      this.covering.add(item);
      if (step !== null) this.#meet(`${domain}/${recordId}`, { hlc: mutation.hlc, step }, answer.status === "conflict");
    }
    this.reflag(domain, recordId);
    this.touched(domain, recordId);
  }

  /**
   * A conflict is shown until a later write, answered no earlier, is taken. It counts in which step an answer came, and not
   * when this tab read what it answers: the same is shown in every tab.
   */
  #meet(key: string, at: Met, isConflict: boolean): void {
    const met = this.#met.get(key) ?? { hlc: this.conflicts.get(key) ?? "", step: 0 };
    const taken = this.#taken.get(key);
    if (!isConflict) {
      if (!taken || isLater(at, taken)) this.#taken.set(key, at);
      // The same one: it was sent again to a server that had gone back.
      if (at.hlc < met.hlc || at.step < met.step) return;
      this.conflicts.delete(key);
    } else if (isLater(at, met) && !(taken && taken.step >= at.step && taken.hlc > at.hlc)) {
      this.conflicts.set(key, at.hlc);
      this.#met.set(key, at);
    }
  }

  #park(log: Log, mutation: StoredMutation, answer: Answer): void {
    const id = mutation.id ?? 0;
    if (log.discarded.has(id)) return;
    this.parked.set(`${log.client}/${id}`, {
      mutation: { ...mutation, id, client: log.client },
      code: answer.code ?? (answer.status === "unknown" ? "OUTCOME_UNKNOWN" : "BAD_REQUEST"),
      place: answer.place,
      at: new Date(answer.at).toISOString(),
    });
    this.reflag(mutation.domain, mutation.recordId);
  }

  discard(client: string, id: number): void {
    this.logs.open(client).discarded.add(id);
    const parked = this.parked.get(`${client}/${id}`);
    if (!parked) return;
    this.parked.delete(`${client}/${id}`);
    const { domain, recordId } = parked.mutation;
    this.reflag(domain, recordId);
    this.touched(domain, recordId);
    this.statusChanged();
  }

  /** Shows or hides that a record has a conflict or a parked mutation. */
  reflag(domain: string, id: string): void {
    let isParked = false;
    for (const { mutation } of this.parked.values())
      if (mutation.recordId === id && mutation.domain === domain) isParked = true;
    this.overlay.flag(domain, id, this.conflicts.has(`${domain}/${id}`) ? "conflict" : isParked ? "parked" : null);
  }

  /** Lets go of the answered mutations that the cursor covers. */
  settle(): void {
    const seq = seqOfCursor(this.position.cursor);
    for (const item of this.covering) {
      if (item.answer === null || item.answer.seq > seq) continue;
      this.covering.delete(item);
      this.overlay.lift(item);
      if (item.answer.status === "unknown" && !this.base.shows(item.mutation))
        this.#park(item.log, item.mutation, item.answer);
      this.touched(item.mutation.domain, item.mutation.recordId);
      this.#untidy.add(item.log);
    }
    for (const log of this.#untidy)
      log.items = log.items.filter((item) => item.answer === null || this.covering.has(item));
    this.#untidy.clear();
    if ([...this.logs.all()].every(({ early }) => early.size === 0)) this.#taken.clear();
  }

  /**
   * Folds the unnumbered mutations of the entries up to `based` into the base, but for those that `except` says.
   * @returns those that found no record to change
   */
  fold(based: Readonly<Record<string, number>>, except: (item: LogItem) => boolean = () => false): readonly LogItem[] {
    const items: LogItem[] = [];
    for (const [client, until] of Object.entries(based)) {
      const log = this.logs.open(client);
      for (const item of this.logs.takeUnnumbered(log, until)) items.push(item);
      log.based = Math.max(log.based, until);
    }
    items.sort((a, b) => (a.mutation.hlc < b.mutation.hlc ? -1 : a.mutation.hlc > b.mutation.hlc ? 1 : 0));
    const orphans: LogItem[] = [];
    for (const item of items) {
      if (!except(item) && !this.base.fold(item.mutation)) orphans.push(item);
      this.overlay.lift(item);
      this.touched(item.mutation.domain, item.mutation.recordId);
    }
    return orphans;
  }

  /** The last numbered mutation over a record. */
  lastNumbered(domain: string, id: string): LogItem | null {
    return this.overlay.items(domain, id).findLast((item) => item.mutation.id !== null) ?? null;
  }

  /** Everything of this log up to its last entry is settled: nothing in memory depends on its entries. */
  settledUntil(log: Log): number {
    let first = log.entry + 1;
    for (const item of log.items) first = Math.min(first, item.entry);
    return first - 1;
  }
}
