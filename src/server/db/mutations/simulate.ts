/** Tries one mutation in the world: what it changes, what it meets, or why it is rejected. */
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError, isAdapterError } from "../../../domain/errors.ts";
import { clampHlc } from "../../../domain/hlc.ts";
import { parseRecord } from "../../../domain/record.ts";
import type { MutationResult } from "../../../domain/sync-wire.ts";
import { mayWrite } from "../../authorise.ts";
import type { Tenant } from "../with-tenant.ts";
import { deleteRecord } from "./delete-record.ts";
import { restoreParents } from "./restore-parents.ts";
import { type Contest, lossesOf, pick, sameValue, weigh } from "./weigh.ts";
import {
  type Author,
  basePlace,
  change,
  type Incoming,
  keyOf,
  logKey,
  type Outcome,
  type Slot,
  sharedFate,
  slotOf,
  stateAt,
  type World,
  writtenBy,
} from "./world.ts";

export interface Trial {
  readonly world: World;
  readonly domains: DomainSet;
  readonly tenant: Tenant;
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
  const { dependsOn, dependsOnClient } = error.facts;
  const result: MutationResult = {
    id: mutation.id,
    status: "rejected",
    code: error.code,
    ...(error.place === undefined ? {} : { place: error.place }),
    ...(typeof dependsOn === "number" ? { dependsOn } : {}),
    ...(typeof dependsOnClient === "string" && dependsOnClient !== mutation.client ? { dependsOnClient } : {}),
  };
  if (mutation.kind === "create") world.refused.set(key, { client: mutation.client, id: mutation.id });
  return remember(world, { key, result, view: null, changes: [], losses: [], error }, mutation);
}

function remember(world: World, outcome: Outcome, { client, id }: Incoming): Outcome {
  world.remembered.set(logKey({ client, id }), outcome);
  return outcome;
}

function attempt(trial: Trial, mutation: Incoming): Effect {
  const { world, domains, tenant } = trial;
  const domain = domains.get(mutation.domain);
  mayWrite(tenant, domain);
  const slot = slotOf(world, domain.name, mutation.recordId);
  const { client, hlc } = mutation;
  const who: Author = {
    author: writtenBy(tenant, mutation),
    clientId: client ?? null,
    mutationId: client === undefined ? null : mutation.id,
    at: trial.at,
    hlc: hlc === undefined ? null : clampHlc(hlc, Date.parse(trial.at)),
  };
  if (mutation.kind === "create") return create(trial, domain, slot, mutation, who);
  const { base } = mutation;
  const onMutation = base !== null && "mutation" in base;
  if ((slot.version === 0 && !onMutation) || (trial.strict && !slot.record)) {
    const facts = sharedFate(world.refused.get(keyOf(domain.name, mutation.recordId)));
    throw new AdapterError("NOT_FOUND", "There is no such record.", { facts });
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

/** What the client saw when it made the mutation; `record: null` when that is not known any more. */
interface Seen {
  readonly version: number | null;
  readonly record: AnyRecord | null;
}

/**
 * A base that the server does not have (it was restored from an older backup, or forgot what is old) is not known: every
 * difference counts then.
 * @throws BAD_REQUEST for a base that cannot be; the code of an earlier mutation that was rejected
 */
function baseOf(world: World, slot: Slot, mutation: Incoming): Seen {
  const { id, client, domain, recordId, base } = mutation;
  const bad = new AdapterError("BAD_REQUEST", "The base is no version of this record.", { place: "/base" });
  if (base === null) throw bad;
  if ("version" in base) {
    if (base.version > slot.version) return { version: null, record: null };
    return { version: base.version, record: stateAt(slot, base.version) };
  }
  const place = basePlace(mutation);
  if (!place || (place.client === client && place.id >= id)) throw bad;
  const prior = world.remembered.get(logKey(place));
  if (!prior) return { version: null, record: null };
  if (prior.key !== keyOf(domain, recordId)) throw bad;
  if (prior.result.status === "rejected") {
    throw new AdapterError(asCode(prior.result.code), "The mutation that it was made on was rejected.", {
      facts: sharedFate(place),
    });
  }
  const version = prior.result.version ?? null;
  if (prior.view) return { version: null, record: prior.view };
  return { version, record: version === null ? null : stateAt(slot, version) };
}

const asCode = (code: string | undefined): AdapterError["code"] => (code ?? "BAD_REQUEST") as AdapterError["code"];

function create(trial: Trial, domain: Domain, slot: Slot, { recordId, fields, base }: Incoming, by: Author): Effect {
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
  const { changes, losses } = restoreParents(trial, domain, record, null, by);
  const made = change(trial.world, domain, recordId, record, by);
  const { version } = made;
  const result = losses.length > 0 ? cameBack(version) : { status: "applied" as const, version };
  return { result, changes: [...changes, made], losses, view: null };
}

function update(
  trial: Trial,
  domain: Domain,
  slot: Slot,
  { recordId, fields }: Incoming,
  seen: Seen,
  by: Author,
): Effect {
  const current = slot.record ?? stateAt(slot, slot.version - 1);
  if (!current) throw new AdapterError("NOT_FOUND", "There is no such record.");
  const wanted = parseRecord(domain, { ...current, ...fields, id: recordId });
  const names = Object.keys(fields);
  const view = { ...(seen.record ?? current), ...pick(wanted, names), id: recordId } as AnyRecord;
  const contest: Contest = { seen: seen.record, wanted, names, by };
  const verdict = weigh(domain, slot, contest);
  const { conflict, stands } = verdict;
  const losses = lossesOf(domain, slot, verdict, contest, { recordId, baseVersion: seen.version });
  const viewed = conflict || verdict.stale ? view : null;
  const result = (version: number): Effect["result"] =>
    conflict
      ? { status: "conflict", conflict, stands, ...(version === 0 ? {} : { version }) }
      : { status: verdict.stale ? "merged" : "applied", version };
  const stay = (version: number): Effect => ({ result: result(version), changes: [], losses, view: viewed });
  if (!slot.record && stands === "server") return stay(0);
  const standing = names.filter((name) => !verdict.clientLost.includes(name));
  if (slot.record && sameValue(pick(wanted, standing), pick(slot.record, standing))) return stay(slot.version);
  const after = { ...current, ...pick(wanted, standing), id: recordId } as AnyRecord;
  const parents = restoreParents(trial, domain, after, slot.record, by);
  const made = change(trial.world, domain, recordId, after, by);
  return {
    result: !conflict && parents.losses.length > 0 ? cameBack(made.version) : result(made.version),
    changes: [...parents.changes, made],
    losses: [...losses, ...parents.losses],
    view: viewed,
  };
}

/** A record that it names was deleted meanwhile, and is there again. */
const cameBack = (version: number) =>
  ({ status: "conflict", conflict: "DELETE_REFERENCED", stands: "client", version }) as const;

function remove(trial: Trial, domain: Domain, slot: Slot, { recordId }: Incoming, seen: Seen, by: Author): Effect {
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
