/** The records that a batch of mutations touches, in memory, as they are while the mutations are tried in order. */
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import type { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { ConflictKind, Mutation, MutationResult } from "../../../domain/sync-wire.ts";
import type { Tenant } from "../with-tenant.ts";

/** A mutation as the engine sees it; one from REST has no client, so that its id says nothing. */
export type Incoming = Pick<Mutation, "id" | "kind" | "domain" | "base" | "fields" | "group" | "app"> & {
  readonly recordId: RecordId;
  /** Whose log it is in; absent: not from a device. */
  readonly client?: string;
  /** As it was sent; the server does not believe one that is far ahead. */
  readonly hlc?: string;
};

/** A line of a record's history: what stood before it, and whose it was. */
export interface PastChange {
  /** `null`: nothing, or it is not kept any more. */
  readonly before: AnyRecord | null;
  readonly author: string;
  readonly clientId: string | null;
  readonly mutationId: number | null;
  readonly at: string;
  /** `null`: from an import or REST; its time stands for it. */
  readonly hlc: string | null;
}

/** Who changes a record, and when. */
export type Author = Omit<PastChange, "before">;

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
  readonly hlc: string | null;
}

/** The side that lost when two writes met. */
export interface Loss {
  readonly domain: string;
  readonly recordId: RecordId;
  readonly kind: ConflictKind;
  readonly loser: Readonly<Record<string, unknown>>;
  readonly baseVersion: number | null;
  readonly by: Author;
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
  /** By `logKey`. */
  readonly remembered: Map<string, Remembered>;
  /** The records whose creation was rejected, and with which mutation. */
  readonly refused: Map<string, LogPlace>;
}

/** A mutation's place: whose log, and its id there. */
export interface LogPlace {
  readonly client: string | undefined;
  readonly id: number;
}
export const logKey = ({ client, id }: LogPlace): string => `${client ?? ""}/${id}`;

/** The facts by which an error names the earlier mutation whose fate it shares. */
export const sharedFate = (place: LogPlace | undefined): { dependsOn?: number; dependsOnClient?: string } =>
  place === undefined
    ? {}
    : { dependsOn: place.id, ...(place.client === undefined ? {} : { dependsOnClient: place.client }) };

/** The earlier mutation that `base` names; one without a client is in the same log. */
export function basePlace({ client, base }: Pick<Incoming, "client" | "base">): LogPlace | null {
  return base && "mutation" in base ? { client: base.client ?? client, id: base.mutation } : null;
}

/** The author of a mutation in words: the user, and the program where it was another one. */
export const writtenBy = ({ user }: Pick<Tenant, "user">, { app }: Pick<Mutation, "app">): string =>
  app === undefined ? user : `${user} (${app})`;

export const keyOf = (domain: string, id: string): string => `${domain}/${id}`;

const nobody: Slot = { record: null, version: 0, past: new Map() };

export const slotOf = (world: World, domain: string, id: string): Slot => world.slots.get(keyOf(domain, id)) ?? nobody;

export function exists(world: World, domain: string, id: string): boolean {
  const slot = world.slots.get(keyOf(domain, id));
  return slot ? slot.record !== null : world.known.has(keyOf(domain, id));
}

/** Puts a world back to what it was when `before` was copied. */
export function restore(world: World, before: World): void {
  for (const part of ["slots", "remembered", "refused"] as const) world[part].clear();
  for (const [key, value] of before.slots) world.slots.set(key, value);
  for (const [key, value] of before.remembered) world.remembered.set(key, value);
  for (const [key, value] of before.refused) world.refused.set(key, value);
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
export function change(world: World, domain: Domain, id: RecordId, after: AnyRecord | null, by: Author): PlannedChange {
  const slot = slotOf(world, domain.name, id);
  const version = slot.version + 1;
  const past = new Map(slot.past).set(slot.version, { ...by, before: slot.record });
  world.slots.set(keyOf(domain.name, id), { record: after, version, past });
  const op = after === null ? "delete" : slot.record === null ? "create" : "update";
  return { domain, id, op, before: slot.record, after, version, hlc: by.hlc };
}
