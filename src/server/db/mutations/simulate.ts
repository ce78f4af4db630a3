/** Tries one mutation in the world: what it changes, what it meets, or why it is rejected. */
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError, isAdapterError } from "../../../domain/errors.ts";
import { parseRecord } from "../../../domain/record.ts";
import type { MutationResult } from "../../../domain/sync-wire.ts";
import { mayWrite } from "../../authorise.ts";
import type { Tenant } from "../with-tenant.ts";
import { deleteRecord } from "./delete-record.ts";
import { lossOf, sameValue, weigh } from "./weigh.ts";
import {
  change,
  exists,
  type Incoming,
  keyOf,
  type Outcome,
  type PastChange,
  type Slot,
  slotOf,
  stateAt,
  type World,
} from "./world.ts";

export interface Trial {
  readonly world: World;
  readonly domains: DomainSet;
  readonly tenant: Tenant;
  readonly clientId: string | null;
  readonly at: string;
  /** REST: what was not made on the version that is there is refused instead of being merged. */
  readonly strict: boolean;
}

/** What a mutation does; `result` without its id. */
type Effect = Pick<Outcome, "changes" | "losses" | "view"> & { readonly result: Omit<MutationResult, "id"> };

/** The outcome, noted in the world; a rejected mutation changes nothing else. */
export function simulate(trial: Trial, mutation: Incoming): Outcome {
  const { world } = trial;
  try {
    const effect = attempt(trial, mutation);
    const result = { id: mutation.id, ...effect.result };
    return remember(
      world,
      { ...effect, key: keyOf(mutation.domain, mutation.recordId), result, error: null },
      mutation,
    );
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    return reject(world, mutation, error);
  }
}

/** Notes that a mutation is rejected, so that those made on it share its fate. */
export function reject(world: World, mutation: Incoming, error: AdapterError): Outcome {
  const key = keyOf(mutation.domain, mutation.recordId);
  const { dependsOn } = error.facts;
  const result: MutationResult = {
    id: mutation.id,
    status: "rejected",
    code: error.code,
    ...(error.place === undefined ? {} : { place: error.place }),
    ...(typeof dependsOn === "number" ? { dependsOn } : {}),
  };
  if (mutation.kind === "create") world.refused.set(key, mutation.id);
  return remember(world, { key, result, view: null, changes: [], losses: [], error }, mutation);
}

function remember(world: World, outcome: Outcome, { id }: Incoming): Outcome {
  world.remembered.set(id, outcome);
  return outcome;
}

function attempt(trial: Trial, mutation: Incoming): Effect {
  const { world, domains, tenant } = trial;
  const domain = domains.get(mutation.domain);
  mayWrite(tenant, domain);
  const slot = slotOf(world, domain.name, mutation.recordId);
  const who = {
    author: tenant.user,
    clientId: trial.clientId,
    mutationId: trial.clientId === null ? null : mutation.id,
    at: trial.at,
  };
  if (mutation.kind === "create") return create(trial, domain, slot, mutation, who);
  const { base } = mutation;
  const onMutation = base !== null && "mutation" in base;
  if ((slot.version === 0 && !onMutation) || (trial.strict && !slot.record)) {
    throw new AdapterError(
      "NOT_FOUND",
      "There is no such record.",
      shared(world, keyOf(domain.name, mutation.recordId)),
    );
  }
  if (trial.strict && base !== null && "version" in base && base.version !== slot.version) {
    throw new AdapterError("VERSION_CONFLICT", `The record is at version ${slot.version}.`, {
      facts: { version: slot.version },
    });
  }
  const seen = baseOf(world, slot, mutation);
  return mutation.kind === "update"
    ? update(trial, domain, slot, mutation, seen, who)
    : remove(trial, domain, slot, mutation, seen, who);
}

/** The mutation whose rejection explains that a record is not there. */
const shared = (world: World, key: string): { facts?: { dependsOn: number } } => {
  const dependsOn = world.refused.get(key);
  return dependsOn === undefined ? {} : { facts: { dependsOn } };
};

/** What the client saw when it made the mutation; `record: null` when that is not known any more. */
interface Seen {
  readonly version: number | null;
  readonly record: AnyRecord | null;
}

/** @throws BAD_REQUEST for a base that cannot be; the code of an earlier mutation that was rejected */
function baseOf(world: World, slot: Slot, { id, domain, recordId, base }: Incoming): Seen {
  const bad = new AdapterError("BAD_REQUEST", "The base is no version of this record.", { place: "/base" });
  if (base === null) throw bad;
  if ("version" in base) {
    if (base.version > slot.version) throw bad;
    return { version: base.version, record: stateAt(slot, base.version) };
  }
  const prior = base.mutation < id ? world.remembered.get(base.mutation) : undefined;
  if (!prior || prior.key !== keyOf(domain, recordId)) throw bad;
  if (prior.result.status === "rejected") {
    throw new AdapterError(asCode(prior.result.code), "The mutation that it was made on was rejected.", {
      facts: { dependsOn: base.mutation },
    });
  }
  const version = prior.result.version ?? null;
  if (prior.view) return { version: null, record: prior.view };
  return { version, record: version === null ? null : stateAt(slot, version) };
}

const asCode = (code: string | undefined): AdapterError["code"] => (code ?? "BAD_REQUEST") as AdapterError["code"];

/** @throws REFERENCE_MISSING */
function refuseMissing({ world }: Trial, domain: Domain, record: AnyRecord, before: AnyRecord | null): void {
  for (const [field, { to }] of Object.entries(domain.references)) {
    const id = record[field];
    if (typeof id !== "string" || before?.[field] === id || exists(world, to, id)) continue;
    throw new AdapterError("REFERENCE_MISSING", `${field} names no record of ${to}.`, {
      place: `/${field}`,
      ...shared(world, keyOf(to, id)),
    });
  }
}

function create(
  trial: Trial,
  domain: Domain,
  slot: Slot,
  { recordId, fields, base }: Incoming,
  by: Omit<PastChange, "before">,
): Effect {
  if (base !== null) throw new AdapterError("BAD_REQUEST", "A create has no base.", { place: "/base" });
  const record = parseRecord(domain, { ...fields, id: recordId });
  if (slot.record) {
    if (trial.strict) throw new AdapterError("CREATE_CREATE", "A record with this id exists.");
    const { version } = slot;
    if (sameValue(record, slot.record))
      return { result: { status: "merged", version }, changes: [], losses: [], view: null };
    const { id: _, ...loser } = record;
    return {
      result: { status: "conflict", conflict: "CREATE_CREATE", stands: "server", version },
      changes: [],
      losses: [{ domain: domain.name, recordId, kind: "CREATE_CREATE", loser, baseVersion: null, by }],
      view: record,
    };
  }
  refuseMissing(trial, domain, record, null);
  const made = change(trial.world, domain, recordId, record, by);
  return { result: { status: "applied", version: made.version }, changes: [made], losses: [], view: null };
}

function update(
  trial: Trial,
  domain: Domain,
  slot: Slot,
  { recordId, fields }: Incoming,
  seen: Seen,
  by: Omit<PastChange, "before">,
): Effect {
  const current = slot.record ?? stateAt(slot, slot.version - 1);
  if (!current) throw new AdapterError("NOT_FOUND", "There is no such record.");
  const wanted = parseRecord(domain, { ...current, ...fields, id: recordId });
  const names = Object.keys(fields);
  const view = { ...(seen.record ?? current), ...pick(wanted, names), id: recordId } as AnyRecord;
  const verdict = weigh(domain, slot, seen.record, wanted, names);
  const losses = verdict.lost ? [lossOf(domain, slot, verdict.lost, recordId, seen.version, by, wanted)] : [];
  const conflict = verdict.lost?.kind;
  const result = (version: number): Effect["result"] =>
    verdict.lost
      ? { status: "conflict", conflict, stands: verdict.stands, ...(version === 0 ? {} : { version }) }
      : { status: verdict.stale ? "merged" : "applied", version };
  const viewed = verdict.lost || verdict.stale ? view : null;
  if (verdict.stands === "server")
    return { result: result(slot.record ? slot.version : 0), changes: [], losses, view: viewed };
  if (slot.record && sameValue(pick(wanted, names), pick(slot.record, names))) {
    return { result: result(slot.version), changes: [], losses, view: viewed };
  }
  refuseMissing(trial, domain, wanted, slot.record);
  const made = change(trial.world, domain, recordId, wanted, by);
  return { result: result(made.version), changes: [made], losses, view: viewed };
}

const pick = (record: AnyRecord, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, record[name]]));

function remove(
  trial: Trial,
  domain: Domain,
  slot: Slot,
  { recordId }: Incoming,
  seen: Seen,
  by: Omit<PastChange, "before">,
): Effect {
  // Both sides deleted it.
  if (!slot.record) return { result: { status: "merged" }, changes: [], losses: [], view: null };
  const unchanged = seen.version === slot.version || (seen.record !== null && sameValue(seen.record, slot.record));
  if (!unchanged && domain.conflict !== "clientWins") {
    const loser = { deleted: true };
    return {
      result: { status: "conflict", conflict: "UPDATE_DELETE", stands: "server", version: slot.version },
      changes: [],
      losses: [{ domain: domain.name, recordId, kind: "UPDATE_DELETE", loser, baseVersion: seen.version, by }],
      view: null,
    };
  }
  const changes = deleteRecord(trial.world, trial.domains, domain, recordId, by);
  return { result: { status: "applied" }, changes, losses: [], view: null };
}
