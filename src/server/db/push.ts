/** A device's mutations, each applied once: their effects, their results and the client's last id commit together. */
import { sha256 } from "@noble/hashes/sha2.js";
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { RecordId } from "../../domain/ids.ts";
import { isStorableText } from "../../domain/json.ts";
import type { Mutation, MutationResult, Patch } from "../../domain/sync-wire.ts";
import type { Services } from "../services.ts";
import { applyMutations } from "./apply.ts";
import type { Tx } from "./database.ts";
import { idArray } from "./id-array.ts";
import { basePlace, logKey, type Outcome, type Remembered } from "./mutations/world.ts";
import { type SchoolState, toHex } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";

export interface Pushed {
  readonly results: readonly MutationResult[];
  readonly school: SchoolState;
  /** By client that the request names: the id of its last mutation that the server has. */
  readonly last: Readonly<Record<string, number>>;
}

/** A mutation and whose log it is in: named by it, or the request's. */
interface Sent extends Mutation {
  readonly client: string;
}

/**
 * The school must be locked by this transaction when there are mutations.
 * @param most how many new mutations at most are taken; a group is not cut. The results are then those of a beginning.
 * @throws EPOCH_STALE, FORBIDDEN (another user's client), MUTATION_GAP, CLIENT_FORKED, BAD_REQUEST (a group that is not
 * whole); nothing was applied then
 */
export async function push(
  tx: Tx,
  services: Services,
  tenant: Tenant,
  school: SchoolState,
  request: Pick<Patch, "clientId" | "epoch" | "mutations" | "clients"> & { readonly most?: number },
): Promise<Pushed> {
  const { clientId, epoch, mutations, clients = [], most } = request;
  // Who only pulls learns the epoch from the answer.
  if (mutations.length > 0 && epoch !== school.epoch) {
    throw new AdapterError("EPOCH_STALE", `The school is in epoch ${school.epoch}.`, {
      facts: { epoch: school.epoch },
    });
  }
  const sent = mutations.map((m): Sent => ({ ...m, client: m.client ?? clientId }));
  const bases = sent.flatMap((m) => basePlace(m)?.client ?? []);
  const last = await lastMutations(tx, tenant, new Set([clientId, ...clients, ...sent.map((m) => m.client), ...bases]));
  const isOld = (m: Sent): boolean => m.id <= (last.get(m.client) ?? 0);
  refuseGaps(sent, last);
  const fresh = beginning(
    sent.filter((m) => !isOld(m)),
    most,
  );
  const newest = new Map(fresh.map((m) => [m.client, m.id]));
  // After a cut the rest is not answered, duplicates behind it included: the results are those of a beginning.
  const cut = sent.findIndex((m) => m.id > Math.max(last.get(m.client) ?? 0, newest.get(m.client) ?? 0));
  const taken = cut === -1 ? sent : sent.slice(0, cut);
  refuseTornGroups(taken, isOld);
  const remembered = await recall(tx, taken, isOld);
  const repeated = new Map(taken.filter(isOld).map((m) => [m, duplicate(m, remembered.get(logKey(m)))]));
  let after = school;
  if (fresh.length > 0) {
    const applied = await applyMutations(tx, services, tenant, school, {
      mutations: fresh.map((m) => ({ ...m, recordId: m.recordId as RecordId })),
      remembered: new Map([...remembered].flatMap(([key, { known }]) => (known ? [[key, known]] : []))),
    });
    await store(tx, tenant, fresh, applied.outcomes, services.now());
    after = applied.school;
    fresh.forEach((m, i) => {
      repeated.set(m, (applied.outcomes[i] as Outcome).result);
    });
  }
  const named = new Set([clientId, ...clients, ...sent.map((m) => m.client)]);
  return {
    results: taken.map((m) => {
      const result = repeated.get(m) as MutationResult;
      return m.client === clientId ? result : { ...result, client: m.client };
    }),
    school: after,
    last: Object.fromEntries([...named].map((client) => [client, newest.get(client) ?? last.get(client) ?? 0])),
  };
}

/** As many as may be taken; what would cut a group is taken to its end. */
function beginning(fresh: readonly Sent[], most = fresh.length): readonly Sent[] {
  let end = Math.min(most, fresh.length);
  for (const [i, m] of fresh.entries()) {
    if (i < end || m.group === undefined) continue;
    if (fresh.slice(0, end).some((other) => other.client === m.client && other.group === m.group)) end = i + 1;
  }
  return fresh.slice(0, end);
}

/** By client, 0 for one that is not known. @throws FORBIDDEN when a client belongs to somebody else */
async function lastMutations(
  tx: Tx,
  { user }: Tenant,
  clients: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.rows<{ id: string; user_id: string; last: string }>(
    sql`select id::text as id, user_id, last_mutation_id::text as last from clients where id = any(${idArray(clients)})`,
  );
  if (rows.some((client) => client.user_id !== user)) {
    throw new AdapterError("FORBIDDEN", "This client id belongs to another user.");
  }
  return new Map(rows.map(({ id, last }) => [id, Number(last)]));
}

/** @throws MUTATION_GAP naming the client and the id that was expected */
function refuseGaps(mutations: readonly Sent[], last: ReadonlyMap<string, number>): void {
  const previous = new Map<string, number>();
  for (const { id, client } of mutations) {
    const before = previous.get(client);
    const expected = before === undefined ? Math.min(id, (last.get(client) ?? 0) + 1) : before + 1;
    if (id !== expected) {
      throw new AdapterError("MUTATION_GAP", `Mutation ${expected} is missing before ${id}.`, {
        facts: { client, expected },
      });
    }
    previous.set(client, id);
  }
}

/** @throws BAD_REQUEST for a new mutation of a group of which not all are there */
function refuseTornGroups(mutations: readonly Sent[], isOld: (m: Sent) => boolean): void {
  const groups = new Map<string, Sent[]>();
  for (const m of mutations) {
    if (m.group === undefined && m.groupSize === undefined) continue;
    const key = logKey({ client: m.client, id: m.group ?? 0 });
    groups.set(key, [...(groups.get(key) ?? []), m]);
  }
  for (const members of groups.values()) {
    const [first] = members;
    const whole =
      first?.id === first?.group &&
      members.length === first?.groupSize &&
      members.every((m, i) => m.groupSize === first.groupSize && m.id === first.id + i);
    if (whole || members.every(isOld)) continue;
    throw new AdapterError("BAD_REQUEST", "The mutations of a group are sent all together.", {
      place: "/mutations",
      facts: { client: first?.client, group: first?.group },
    });
  }
}

interface Stored {
  readonly hash: string;
  /** `null`: it was applied or rejected so long ago that only its hash is kept. */
  readonly known: Remembered | null;
}

/** By `logKey`, the earlier mutations that are sent again, or that one of these was made on. By primary key. */
async function recall(
  tx: Tx,
  mutations: readonly Sent[],
  isOld: (m: Sent) => boolean,
): Promise<ReadonlyMap<string, Stored>> {
  const places = [...mutations.filter(isOld), ...mutations.flatMap((m) => basePlace(m) ?? [])];
  const wanted = [...new Map(places.map(({ client, id }) => [logKey({ client, id }), { c: client, id }])).values()];
  if (wanted.length === 0) return new Map();
  const rows = await tx.rows<{ client: string; id: string; hash: string; result: string | null }>(sql`
    select m.client_id::text as client, m.mutation_id::text as id, encode(m.body_hash, 'hex') as hash,
      m.result::text as result
    from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w(c uuid, id bigint)
    cross join lateral (select * from client_mutations m where m.client_id = w.c and m.mutation_id = w.id offset 0) m`);
  return new Map(
    rows.map(({ client, id, hash, result }) => [
      logKey({ client, id: Number(id) }),
      { hash, known: result === null ? null : (JSON.parse(result) as Remembered) },
    ]),
  );
}

/** @throws CLIENT_FORKED when it is not the mutation that the server knows by this id */
function duplicate(mutation: Sent, stored: Stored | undefined): MutationResult {
  const { client, id } = mutation;
  if (stored?.hash !== hashOf(mutation)) {
    throw new AdapterError("CLIENT_FORKED", `Mutation ${id} was sent before with another body.`, {
      facts: { client, id },
    });
  }
  if (!stored.known) return { id, status: "duplicate" };
  const { status, ...result } = stored.known.result;
  return { ...result, status: "duplicate", ...(status === "duplicate" ? {} : { earlier: status }) };
}

/**
 * Without the client: another tab's request may carry the mutation. Not by canonicalJson, which refuses values that a
 * mutation may well hold: it is then rejected, and remembered.
 */
function hashOf(sent: Sent): string {
  const { client: _, ...mutation } = sent;
  return toHex(sha256(new TextEncoder().encode(JSON.stringify(mutation, sortedKeys))));
}

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

async function store(
  tx: Tx,
  { school, user }: Tenant,
  mutations: readonly Sent[],
  outcomes: readonly Outcome[],
  at: Date,
): Promise<void> {
  const clients = [...new Map(mutations.map(({ client, id }) => [client, { client, last: id }])).values()];
  await tx.rows(sql`
    insert into clients (school_id, id, user_id, last_mutation_id)
    select ${school}::uuid, r.client, ${user}, r.last
    from json_to_recordset(${JSON.stringify(clients)}::text::json) as r(client uuid, last bigint)
    on conflict (school_id, id) do update set last_mutation_id = excluded.last_mutation_id`);
  const rows = mutations.map((mutation, i) => {
    const { key, result, view } = outcomes[i] as Outcome;
    // The name of a domain that does not exist may be text that PostgreSQL cannot hold.
    const kept = { key: isStorableText(key) ? key : "", result, view };
    return { client: mutation.client, id: mutation.id, hash: hashOf(mutation), result: kept };
  });
  await tx.rows(sql`
    insert into client_mutations (school_id, client_id, mutation_id, body_hash, result, at)
    select ${school}::uuid, r.client, r.id, decode(r.hash, 'hex'), r.result, ${at.toISOString()}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(client uuid, id bigint, hash text, result json)`);
}
