/** A device's mutations, each applied once: their effects, their results and the client's last id commit together. */
import { sha256 } from "@noble/hashes/sha2.js";
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { RecordId } from "../../domain/ids.ts";
import { isStorableText } from "../../domain/json.ts";
import type { MutationResult, Patch } from "../../domain/sync-wire.ts";
import type { Services } from "../services.ts";
import { applyMutations } from "./apply.ts";
import type { Tx } from "./database.ts";
import { idArray } from "./id-array.ts";
import { type Answered, answerAgain, bodyOf, type Sent, type Standing, takeInOrder } from "./mutations/sent.ts";
import { basePlace, logKey, type Outcome, type Remembered } from "./mutations/world.ts";
import { type SchoolState, toHex } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";

export interface Pushed {
  readonly results: readonly MutationResult[];
  readonly school: SchoolState;
  /** By client that the request names: the id of its last mutation that the server has. */
  readonly last: Readonly<Record<string, number>>;
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
  request: Pick<Patch, "clientId" | "epoch" | "mutations" | "clients" | "retired"> & { readonly most?: number },
): Promise<Pushed> {
  const { clientId, epoch, mutations, clients = [], retired = [], most } = request;
  // Who only pulls learns the epoch from the answer.
  if (mutations.length > 0 && epoch !== school.epoch) {
    throw new AdapterError("EPOCH_STALE", `The school is in epoch ${school.epoch}.`, {
      facts: { epoch: school.epoch },
    });
  }
  const sent = mutations.map((m): Sent => ({ ...m, client: m.client ?? clientId }));
  const bases = sent.flatMap((m) => basePlace(m)?.client ?? []);
  const mentioned = new Set([clientId, ...clients, ...retired, ...sent.map((m) => m.client), ...bases]);
  const standings = await standingsOf(tx, tenant, mentioned);
  const { taken, fresh, isOld } = takeInOrder(sent, standings, most);
  const newest = new Map(fresh.map((m) => [m.client, m.id]));
  const remembered = await recall(tx, taken, isOld);
  const repeated = new Map(taken.filter(isOld).map((m) => [m, answerAgain(m, hashOf(m), remembered.get(logKey(m)))]));
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
  if (taken.length > 0 && taken.length === sent.length) await retire(tx, tenant, retired);
  const named = new Set([clientId, ...clients, ...sent.map((m) => m.client)]);
  return {
    results: taken.map((m) => {
      const result = repeated.get(m) as MutationResult;
      return m.client === clientId ? result : { ...result, client: m.client };
    }),
    school: after,
    last: Object.fromEntries(
      [...named].map((client) => [client, newest.get(client) ?? standings.get(client)?.last ?? 0]),
    ),
  };
}

/** Of those that are known. @throws FORBIDDEN when a client belongs to somebody else */
async function standingsOf(
  tx: Tx,
  { user }: Tenant,
  clients: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Standing>> {
  const rows = await tx.rows<{ id: string; user_id: string; last: string; retired: boolean }>(sql`
    select id::text as id, user_id, last_mutation_id::text as last, retired from clients
    where id = any(${idArray(clients)})`);
  if (rows.some((client) => client.user_id !== user)) {
    throw new AdapterError("FORBIDDEN", "This client id belongs to another user.");
  }
  return new Map(rows.map(({ id, last, retired }) => [id, { last: Number(last), retired }]));
}

async function retire(tx: Tx, { school, user }: Tenant, clients: readonly string[]): Promise<void> {
  if (clients.length === 0) return;
  await tx.rows(sql`
    insert into clients (school_id, id, user_id, retired)
    select ${school}::uuid, r.id, ${user}, true from unnest(${idArray(new Set(clients))}) as r(id)
    on conflict (school_id, id) do update set retired = true where not clients.retired`);
}

/** By `logKey`, the earlier mutations that are sent again, or that one of these was made on. By primary key. */
async function recall(
  tx: Tx,
  mutations: readonly Sent[],
  isOld: (m: Sent) => boolean,
): Promise<ReadonlyMap<string, Answered>> {
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
      { body: hash, known: result === null ? null : (JSON.parse(result) as Remembered) },
    ]),
  );
}

const hashOf = (sent: Sent): string => toHex(sha256(new TextEncoder().encode(bodyOf(sent))));

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
