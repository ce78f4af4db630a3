/** A record names others: they are there, or somebody deleted them meanwhile and they come back with it, or it is refused. */
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { Trial } from "./simulate.ts";
import { authorOf } from "./weigh.ts";
import {
  type Author,
  change,
  exists,
  keyOf,
  type Loss,
  type PastChange,
  type PlannedChange,
  sharedFate,
  slotOf,
} from "./world.ts";

interface Deleted {
  readonly domain: Domain;
  readonly record: AnyRecord;
  readonly deletion: PastChange;
}

export interface Restored {
  readonly changes: readonly PlannedChange[];
  readonly losses: readonly Loss[];
}

/**
 * A parent that another client deleted returns as it was last, with the parents that it cannot be without; the deletion
 * is the losing side. A client that deleted the parent itself knew.
 * @param before the record before the mutation: what it named already is not asked again
 * @throws REFERENCE_MISSING; nothing was changed then
 */
export function restoreParents(
  trial: Trial,
  domain: Domain,
  record: AnyRecord,
  before: AnyRecord | null,
  by: Author,
): Restored {
  const plan = new Map<string, Deleted>();
  for (const [field, { to }] of Object.entries(domain.references)) {
    const id = record[field];
    if (typeof id !== "string" || before?.[field] === id || exists(trial.world, to, id)) continue;
    if (!collect(trial, plan, to, id, by)) throw missing(trial, field, to, id);
  }
  const changes: PlannedChange[] = [];
  const losses: Loss[] = [];
  for (const { domain: parent, record: last, deletion } of plan.values()) {
    changes.push(change(trial.world, parent, last.id, last, by));
    losses.push({
      domain: parent.name,
      recordId: last.id,
      kind: "DELETE_REFERENCED",
      loser: { deleted: true },
      baseVersion: null,
      by: authorOf(deletion) ?? by,
    });
  }
  return { changes, losses };
}

/** Plans the return of a record and of those that it needs, the needed ones first; `false`: it cannot return. */
function collect(trial: Trial, plan: Map<string, Deleted>, name: string, id: string, by: Author): boolean {
  const key = keyOf(name, id);
  if (plan.has(key)) return true;
  const domain = trial.domains.get(name);
  const slot = slotOf(trial.world, name, id);
  const deletion = slot.past.get(slot.version - 1);
  if (trial.strict || slot.record || !deletion?.before) return false;
  if (domain.rights[trial.tenant.role] === "none") return false;
  if (by.clientId !== null && deletion.clientId === by.clientId) return false;
  const record: Record<string, unknown> = { ...deletion.before };
  const needed = new Map(plan);
  for (const [field, { to, onDelete }] of Object.entries(domain.references)) {
    const parent = record[field];
    if (typeof parent !== "string" || exists(trial.world, to, parent) || keyOf(to, parent) === key) continue;
    if (onDelete === "detach") record[field] = null;
    else if (!collect(trial, needed, to, parent, by)) return false;
  }
  for (const [place, one] of needed) plan.set(place, one);
  plan.set(key, { domain, record: { ...deletion.before, ...record }, deletion });
  return true;
}

/** With the mutation whose rejection explains that the record is not there. */
function missing({ world }: Trial, field: string, to: string, id: string): AdapterError {
  return new AdapterError("REFERENCE_MISSING", `${field} names no record of ${to}.`, {
    place: `/${field}`,
    facts: sharedFate(world.refused.get(keyOf(to, id))),
  });
}
