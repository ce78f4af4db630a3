/** All logs of this device in memory: what waits, merged by clock, and how far the server is with each. */
import {
  answeredUntil,
  compareItems,
  emptyLog,
  formerNames,
  isWaiting,
  type Log,
  type LogItem,
  segmentsOf,
  wireName,
} from "./log.ts";
import type { LoggedMutation, OutboxBatch, OutboxStatus } from "./record-store.ts";
import type { Answer, StoredMutation } from "./stored.ts";

export class Logs {
  readonly #logs = new Map<string, Log>();
  #waiting = 0;
  #bytes = 0;
  /** By domain, how many mutations without a number there are. */
  readonly #unnumbered = new Map<string, number>();

  get(client: string): Log | null {
    return this.#logs.get(client) ?? null;
  }

  open(client: string): Log {
    let log = this.#logs.get(client);
    if (!log) {
      log = emptyLog(client);
      this.#logs.set(client, log);
    }
    return log;
  }

  all(): IterableIterator<Log> {
    return this.#logs.values();
  }

  forget(client: string): void {
    this.#logs.delete(client);
  }

  /** The log and the id in it of what the wire calls so; a name that is not known yet is that of a log to come. */
  locate(client: string, id: number): { readonly log: Log; readonly id: number } | null {
    for (const log of this.#logs.values()) {
      for (const segment of segmentsOf(log)) {
        const own = segment.from - 1 + id;
        if (segment.client === client) return own <= segment.until ? { log, id: own } : null;
      }
    }
    return { log: this.open(client), id };
  }

  /** By the names on the wire, with the last id that was answered. */
  clients(): readonly { readonly client: string; readonly answered: number }[] {
    return [...this.#logs.values()]
      .filter((log) => log.lastId > 0)
      .flatMap((log) =>
        segmentsOf(log).map(({ client, from, until }) => ({
          client,
          answered: Math.max(0, Math.min(answeredUntil(log), until) - from + 1),
        })),
      );
  }

  /** The last entry of each log that holds something. */
  lastEntries(): Readonly<Record<string, number>> {
    const logs = [...this.#logs.values()].filter(({ items }) => items.length > 0);
    return Object.fromEntries(logs.map(({ client, entry }) => [client, entry]));
  }

  /** Puts a mutation at the end of its log. */
  add(item: LogItem): void {
    item.log.items.push(item);
    this.#count(item, 1);
    if (item.mutation.id === null) this.#countUnnumbered(item, 1);
  }

  /** Takes the mutations without a number out of the log's entries up to this one. */
  takeUnnumbered(log: Log, until: number): readonly LogItem[] {
    const taken = log.items.filter(({ mutation, entry }) => mutation.id === null && entry <= until);
    log.items = log.items.filter(({ mutation, entry }) => mutation.id !== null || entry > until);
    for (const item of taken) this.#countUnnumbered(item, -1);
    return taken;
  }

  /** The domains in which some mutation has no number. */
  unnumbered(): Iterable<string> {
    return this.#unnumbered.keys();
  }

  #countUnnumbered({ mutation: { domain } }: LogItem, by: 1 | -1): void {
    const count = (this.#unnumbered.get(domain) ?? 0) + by;
    if (count > 0) this.#unnumbered.set(domain, count);
    else this.#unnumbered.delete(domain);
  }

  answer(item: LogItem, answer: Answer): void {
    this.#count(item, -1);
    item.answer = answer;
  }

  /** It waits again. */
  forgetAnswer(item: LogItem): void {
    item.answer = null;
    this.#count(item, 1);
  }

  #count(item: LogItem, by: 1 | -1): void {
    if (!isWaiting(item)) return;
    this.#waiting += by;
    this.#bytes += by * item.bytes;
  }

  /** What `outbox` counts, without looking for the oldest. */
  get waiting(): { readonly mutations: number; readonly bytes: number } {
    return { mutations: this.#waiting, bytes: this.#bytes };
  }

  outbox(): OutboxStatus {
    let oldest: StoredMutation | null = null;
    if (this.#waiting > 0) {
      for (const { items } of this.#logs.values()) {
        const mutation = items.find(isWaiting)?.mutation;
        if (mutation && (!oldest || mutation.hlc < oldest.hlc)) oldest = mutation;
      }
    }
    return { mutations: this.#waiting, bytes: this.#bytes, oldest: oldest?.at ?? null };
  }

  /** What waits, merged by clock; each log stays in its order, and a group is never cut. */
  batch({ maxBytes, maxMutations }: { maxBytes: number; maxMutations: number }): OutboxBatch | null {
    const heads = [...this.#logs.values()]
      .map((log) => ({ items: log.items.filter(isWaiting), at: 0 }))
      .filter(({ items }) => items.length > 0);
    const taken: LogItem[] = [];
    let bytes = 0;
    for (;;) {
      const head = earliest(heads);
      if (!head) break;
      const group = unitAt(head.items, head.at);
      const size = group.reduce((sum, item) => sum + item.bytes + nameBytes, 0);
      if (taken.length > 0 && (bytes + size > maxBytes || taken.length + group.length > maxMutations)) break;
      for (const item of group) taken.push(item);
      bytes += size;
      head.at += group.length;
    }
    const retired = new Set(taken.flatMap(({ log, mutation }) => formerNames(log, mutation.id ?? 0)));
    const mutations = taken.map((item) => this.#onWire(item));
    return taken.length === 0 ? null : { mutations, bytes, retired: [...retired] };
  }

  #onWire({ log, mutation }: LogItem): LoggedMutation {
    const { id: own, base, group, groupSize, ...rest } = mutation;
    const name = wireName(log, own ?? 0);
    const first = group === undefined ? null : wireName(log, group);
    return {
      ...rest,
      ...name,
      base: this.#baseOnWire(log, name.client, base),
      // A group that was cut by a change of names holds together no longer: its beginning is known to the server.
      ...(first && first.client === name.client ? { group: first.id, groupSize } : {}),
    };
  }

  /** Names the client exactly when it is another than the mutation's own, so that the body is the same whoever sends it. */
  #baseOnWire(log: Log, client: string, base: StoredMutation["base"]): StoredMutation["base"] {
    if (base === null || !("mutation" in base)) return base;
    const other = base.client === undefined ? log : this.get(base.client);
    if (!other) return base;
    const name = wireName(other, base.mutation);
    return name.client === client ? { mutation: name.id } : { mutation: name.id, client: name.client };
  }
}

/** What the client's name adds to a mutation on the wire. */
const nameBytes = 48;

interface Head {
  readonly items: readonly LogItem[];
  at: number;
}

function earliest(heads: readonly Head[]): Head | null {
  let best: Head | null = null;
  for (const head of heads) {
    const item = head.items[head.at];
    const other = best?.items[best.at];
    if (item && (!other || compareItems(item, other) < 0)) best = head;
  }
  return best;
}

/** The mutation at `at`, or the rest of the group that begins there. */
function unitAt(items: readonly LogItem[], at: number): readonly LogItem[] {
  const group = items[at]?.mutation.group;
  if (group === undefined) return items.slice(at, at + 1);
  let end = at + 1;
  while (items[end]?.mutation.group === group) end += 1;
  return items.slice(at, end);
}
