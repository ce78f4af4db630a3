/** One tab's log in memory: what of it is not yet settled, and how far the server is with it. */
import type { Answer, LogState, StoredMutation } from "./stored.ts";

/** A mutation that is not settled: not answered, or answered and not yet covered by the cursor, or made in stage `off`. */
export interface LogItem {
  readonly log: Log;
  readonly entry: number;
  /** Its place in the entry. */
  readonly index: number;
  readonly mutation: StoredMutation;
  /** Of its JSON, in UTF-16 code units. */
  readonly bytes: number;
  answer: Answer | null;
}

export interface Log {
  /** Its name on disk. */
  readonly client: string;
  /** The last entry that is known. */
  entry: number;
  /** Entries up to this one are folded away. */
  gone: number;
  /** The unnumbered mutations of entries up to this one are in the base. */
  based: number;
  lastId: number;
  /** Ids up to this one were answered. */
  answered: number;
  /** From `from` on its mutations go by another client id, counted from 1. In ascending order. */
  aliases: readonly { readonly from: number; readonly to: string }[];
  items: LogItem[];
  /** Answers to mutations that this tab has not read yet. */
  readonly early: Map<number, EarlyAnswer>;
  readonly discarded: Set<number>;
  kept: LogState["kept"];
  /** When its last entry was folded away. */
  at: number;
}

/** `step`: which one of the leader's it came with; `null`: one that was folded away, with all that it says of conflicts. */
export interface EarlyAnswer {
  readonly answer: Answer;
  readonly step: number | null;
}

export const emptyLog = (client: string): Log => ({
  client,
  entry: 0,
  gone: 0,
  based: 0,
  lastId: 0,
  answered: 0,
  aliases: [],
  items: [],
  early: new Map(),
  discarded: new Set(),
  kept: [],
  at: 0,
});

/** What a mutation is called on the wire. */
export interface WireName {
  readonly client: string;
  readonly id: number;
}

/** The name on the wire of the log's mutation `id`. */
export function wireName(log: Log, id: number): WireName {
  const alias = log.aliases.findLast(({ from }) => from <= id);
  return alias ? { client: alias.to, id: id - alias.from + 1 } : { client: log.client, id };
}

/** The parts of a log by the name they have on the wire: `from` is the first id (on disk) of that name. */
export const segmentsOf = (
  log: Log,
): readonly { readonly client: string; readonly from: number; readonly until: number }[] =>
  [{ from: 1, to: log.client }, ...log.aliases].map(({ from, to }, i) => ({
    client: to,
    from,
    until: (log.aliases[i]?.from ?? Number.POSITIVE_INFINITY) - 1,
  }));

/** The names that a log had before it got the one under which this mutation goes out. */
export const formerNames = (log: Log, id: number): readonly string[] =>
  segmentsOf(log).flatMap(({ client, until }) => (until < id ? [client] : []));

/** Waits for the server's answer. */
export const isWaiting = (item: LogItem): boolean => item.answer === null && item.mutation.id !== null;

/** Every id up to this one was answered; later ones may have been as well, when the answers between them were lost. */
export const answeredUntil = (log: Log): number => {
  const first = log.items.find(isWaiting)?.mutation.id ?? Number.POSITIVE_INFINITY;
  return Math.min(log.answered, first - 1);
};

/** The order in which mutations are laid over a record and sent: by clock, then client, then id. */
export function compareItems(a: LogItem, b: LogItem): number {
  if (a.log === b.log) return a.entry - b.entry || a.index - b.index;
  if (a.mutation.hlc !== b.mutation.hlc) return a.mutation.hlc < b.mutation.hlc ? -1 : 1;
  return a.log.client < b.log.client ? -1 : 1;
}
