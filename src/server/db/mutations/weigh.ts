/** What becomes of an update that meets another change: by what both changed, and by the domain's rule. */
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { Loss, PastChange, Slot } from "./world.ts";

export interface Verdict {
  readonly stands: "client" | "server";
  /** The record changed since the base. */
  readonly stale: boolean;
  /** The fields of the side that lost; `null` when nobody did. */
  readonly lost: { readonly kind: "UPDATE_UPDATE" | "UPDATE_DELETE"; readonly fields: readonly string[] } | null;
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

/**
 * @param seen what the client saw; `null`: not known any more, so that every difference counts
 * @param wanted the record with the update in it
 * @param names the fields of the update
 */
export function weigh(
  domain: Domain,
  slot: Slot,
  seen: AnyRecord | null,
  wanted: AnyRecord,
  names: readonly string[],
): Verdict {
  if (!slot.record) {
    const stands = domain.conflict === "serverWins" ? "server" : "client";
    return { stands, stale: true, lost: { kind: "UPDATE_DELETE", fields: names } };
  }
  const { record } = slot;
  const moved = (name: string): boolean => !seen || !sameValue(record[name], seen[name]);
  const stale = Object.keys(record).some(moved);
  const fields = names.filter((name) => moved(name) && !sameValue(record[name], wanted[name]));
  if (fields.length === 0) return { stands: "client", stale, lost: null };
  const keeps = domain.conflict === "serverWins" || domain.conflict === "userDecision";
  return {
    stands: keeps ? "server" : "client",
    stale,
    lost: { kind: "UPDATE_UPDATE", fields: keeps ? names : fields },
  };
}

/** The losing values with their author and time: the update's own, or those that it replaces. */
export function lossOf(
  domain: Domain,
  slot: Slot,
  { kind, fields }: NonNullable<Verdict["lost"]>,
  recordId: RecordId,
  baseVersion: number | null,
  by: Omit<PastChange, "before">,
  wanted: AnyRecord,
): Loss {
  const common = { domain: domain.name, recordId, kind, baseVersion };
  const keeps = domain.conflict === "serverWins" || (domain.conflict === "userDecision" && kind === "UPDATE_UPDATE");
  if (keeps) return { ...common, loser: Object.fromEntries(fields.map((name) => [name, wanted[name]])), by };
  const past = authorOf(slot, fields) ?? by;
  const { author, clientId, mutationId, at } = past;
  const loser = slot.record ? Object.fromEntries(fields.map((name) => [name, slot.record?.[name]])) : { deleted: true };
  return { ...common, loser, by: { author, clientId, mutationId, at } };
}

/** The latest change that gave one of the fields the value it has. */
function authorOf(slot: Slot, fields: readonly string[]): PastChange | undefined {
  let after = slot.record;
  for (let version = slot.version - 1; version >= 0; version--) {
    const past = slot.past.get(version);
    if (!past) break;
    if (fields.some((name) => !sameValue(past.before?.[name], after?.[name])) || !after) return past;
    after = past.before;
  }
  return slot.past.get(slot.version - 1);
}
