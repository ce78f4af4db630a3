/** The records that a batch of mutations touches, in memory, as they are while the mutations are tried in order. */
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import type { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { Mutation, MutationResult } from "../../../domain/sync-wire.ts";

/** A mutation as the engine sees it; one from REST has no client, so that its id says nothing. */
export type Incoming = Pick<Mutation, "id" | "kind" | "domain" | "base" | "fields"> & { readonly recordId: RecordId };

/** A line of a record's history: what stood before it, and whose it was. */
export interface PastChange {
  readonly before: AnyRecord | null;
  readonly author: string;
  readonly clientId: string | null;
  readonly mutationId: number | null;
  readonly at: string;
}

/** One record. A deleted one keeps counting its changes, so that a version never names two states. */
export interface Slot {
  readonly record: AnyRecord | null;
  /** How often the record was changed; 0: there never was one. */
  readonly version: number;
  /** By version: the change that ended it, as far as they were asked for. */
  readonly past: ReadonlyMap<number, PastChange>;
}

export interface PlannedChange {
  readonly domain: Domain;
  readonly id: RecordId;
  readonly op: "create" | "update" | "delete";
  readonly before: AnyRecord | null;
  readonly after: AnyRecord | null;
  readonly version: number;
}

/** The side that lost when two writes met. */
export interface Loss {
  readonly domain: string;
  readonly recordId: RecordId;
  readonly kind: "UPDATE_UPDATE" | "UPDATE_DELETE" | "CREATE_CREATE";
  readonly loser: Readonly<Record<string, unknown>>;
  readonly baseVersion: number | null;
  readonly by: Omit<PastChange, "before">;
}

/** What is remembered of a mutation for those that are made on it. */
export interface Remembered {
  readonly key: string;
  readonly result: MutationResult;
  /** What its client saw after it, where that is not what is stored. */
  readonly view: AnyRecord | null;
}

export interface Outcome extends Remembered {
  readonly changes: readonly PlannedChange[];
  readonly losses: readonly Loss[];
  /** Why it was rejected. */
  readonly error: AdapterError | null;
}

export interface World {
  readonly slots: Map<string, Slot>;
  /** Records that are there and that no mutation touches: only their being there is asked. */
  readonly known: ReadonlySet<string>;
  /** By mutation id. */
  readonly remembered: Map<number, Remembered>;
  /** The records whose creation was rejected, and by which mutation. */
  readonly refused: Map<string, number>;
}

export const keyOf = (domain: string, id: string): string => `${domain}/${id}`;

const nobody: Slot = { record: null, version: 0, past: new Map() };

export const slotOf = (world: World, domain: string, id: string): Slot => world.slots.get(keyOf(domain, id)) ?? nobody;

export function exists(world: World, domain: string, id: string): boolean {
  const slot = world.slots.get(keyOf(domain, id));
  return slot ? slot.record !== null : world.known.has(keyOf(domain, id));
}

/** A copy to go back to. */
export const copyOf = (world: World): World => ({
  slots: new Map(world.slots),
  known: world.known,
  remembered: new Map(world.remembered),
  refused: new Map(world.refused),
});

/** The state of a record at an earlier version; `null` when it was not there or is not known any more. */
export const stateAt = (slot: Slot, version: number): AnyRecord | null =>
  version === slot.version ? slot.record : (slot.past.get(version)?.before ?? null);

/** Changes a record in the world. */
export function change(
  world: World,
  domain: Domain,
  id: RecordId,
  after: AnyRecord | null,
  by: Omit<PastChange, "before">,
): PlannedChange {
  const slot = slotOf(world, domain.name, id);
  const version = slot.version + 1;
  const past = new Map(slot.past).set(slot.version, { ...by, before: slot.record });
  world.slots.set(keyOf(domain.name, id), { record: after, version, past });
  const op = after === null ? "delete" : slot.record === null ? "create" : "update";
  return { domain, id, op, before: slot.record, after, version };
}
