/** What becomes of an update that meets another change: by what both changed, and by the domain's rule. */
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import { hlcOfTime } from "../../../domain/hlc.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { Author, Loss, PastChange, Slot } from "./world.ts";

export interface Verdict {
  /** `server` as soon as one value of the client is lost. */
  readonly stands: "client" | "server";
  /** The record changed since the base. */
  readonly stale: boolean;
  readonly conflict: "UPDATE_UPDATE" | "UPDATE_DELETE" | null;
  /** The fields whose values in the update are lost. */
  readonly clientLost: readonly string[];
  /** The fields whose stored values are lost. */
  readonly serverLost: readonly string[];
}

/** Values of records have sorted keys, so that equal ones have equal text. */
export const sameValue = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (!isPlain(a) || !isPlain(b)) return JSON.stringify(a) === JSON.stringify(b);
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An update about to meet the record. */
export interface Contest {
  /** What the client saw; `null`: not known any more, so that every difference counts. */
  readonly seen: AnyRecord | null;
  /** The record with the update in it. */
  readonly wanted: AnyRecord;
  /** The fields of the update. */
  readonly names: readonly string[];
  readonly by: Author;
}

export function weigh(domain: Domain, slot: Slot, { seen, wanted, names, by }: Contest): Verdict {
  if (!slot.record) {
    const keeps = domain.conflict === "serverWins";
    return {
      stands: keeps ? "server" : "client",
      stale: true,
      conflict: "UPDATE_DELETE",
      clientLost: keeps ? names : [],
      serverLost: [],
    };
  }
  const { record } = slot;
  const moved = (name: string): boolean => !seen || !sameValue(record[name], seen[name]);
  const stale = Object.keys(record).some(moved);
  const fields = names.filter((name) => moved(name) && !sameValue(record[name], wanted[name]));
  if (fields.length === 0) return { stands: "client", stale, conflict: null, clientLost: [], serverLost: [] };
  const clientLost = losesOf(domain, slot, names, fields, by);
  return {
    stands: clientLost.length > 0 ? "server" : "client",
    stale,
    conflict: "UPDATE_UPDATE",
    clientLost,
    serverLost: fields.filter((name) => !clientLost.includes(name)),
  };
}

/** By the domain's rule: which of the update's values do not stand. */
function losesOf(
  domain: Domain,
  slot: Slot,
  names: readonly string[],
  contested: readonly string[],
  by: Author,
): readonly string[] {
  switch (domain.conflict) {
    case "serverWins":
    case "userDecision":
      return names;
    case "lastWriteWins":
      return contested.filter((name) => {
        const mover = moverOf(slot, name);
        return mover !== undefined && stampOf(mover) > stampOf(by);
      });
    case "mergeFields":
    case "clientWins":
      return [];
  }
}

const stampOf = ({ hlc, at }: Author): string => hlc ?? hlcOfTime(at);

/** The losing values with their authors and times: the update's own, or those that it replaces. */
export function lossesOf(
  domain: Domain,
  slot: Slot,
  { conflict, clientLost, serverLost }: Verdict,
  { wanted, by }: Contest,
  at: { readonly recordId: RecordId; readonly baseVersion: number | null },
): Loss[] {
  if (conflict === null) return [];
  const common = { domain: domain.name, kind: conflict, ...at };
  const losses: Loss[] = [];
  if (clientLost.length > 0) losses.push({ ...common, loser: pick(wanted, clientLost), by });
  const latest = slot.past.get(slot.version - 1);
  const { record } = slot;
  if (!record) {
    if (clientLost.length === 0) losses.push({ ...common, loser: { deleted: true }, by: authorOf(latest) ?? by });
    return losses;
  }
  // Values of several people are several losses, each with its own author.
  const byMover = new Map<PastChange | undefined, string[]>();
  for (const name of serverLost) {
    const mover = moverOf(slot, name) ?? latest;
    byMover.set(mover, [...(byMover.get(mover) ?? []), name]);
  }
  for (const [mover, names] of byMover)
    losses.push({ ...common, loser: pick(record, names), by: authorOf(mover) ?? by });
  return losses;
}

export const pick = (record: AnyRecord, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, record[name]]));

export const authorOf = (past: PastChange | undefined): Author | undefined => {
  if (!past) return undefined;
  const { before: _, ...author } = past;
  return author;
};

/** The latest change that gave the field the value it has; `undefined` when that is longer ago than was read. */
function moverOf(slot: Slot, name: string): PastChange | undefined {
  let value = slot.record?.[name];
  for (let version = slot.version - 1; version >= 0; version--) {
    const past = slot.past.get(version);
    if (!past) return undefined;
    if (!past.before || !sameValue(past.before[name], value)) return past;
    value = past.before[name];
  }
  return undefined;
}
