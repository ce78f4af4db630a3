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
import type { Outcome, Remembered } from "./mutations/world.ts";
import { type SchoolState, toHex } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";

export interface Pushed {
  readonly results: readonly MutationResult[];
  readonly school: SchoolState;
}

/**
 * The school must be locked by this transaction.
 * @throws EPOCH_STALE, FORBIDDEN (another user's client), MUTATION_GAP, CLIENT_FORKED; nothing was applied then
 */
export async function push(
  tx: Tx,
  services: Services,
  tenant: Tenant,
  school: SchoolState,
  { clientId, epoch, mutations }: Pick<Patch, "clientId" | "epoch" | "mutations">,
): Promise<Pushed> {
  // Who only pulls learns the epoch from the answer.
  if (mutations.length > 0 && epoch !== school.epoch) {
    throw new AdapterError("EPOCH_STALE", `The school is in epoch ${school.epoch}.`, {
      facts: { epoch: school.epoch },
    });
  }
  const last = await lastMutation(tx, tenant, clientId);
  refuseGaps(mutations, last);
  const remembered = await recall(tx, clientId, mutations, last);
  const repeated = mutations.filter((m) => m.id <= last).map((m) => duplicate(m, remembered.get(m.id)));
  const fresh = mutations.filter((m) => m.id > last);
  if (fresh.length === 0) return { results: repeated, school };
  const applied = await applyMutations(tx, services, tenant, school, {
    clientId,
    mutations: fresh.map((m) => ({ ...m, recordId: m.recordId as RecordId })),
    remembered,
  });
  await store(tx, tenant, clientId, fresh, applied.outcomes);
  return { results: [...repeated, ...applied.outcomes.map((outcome) => outcome.result)], school: applied.school };
}

/** @throws FORBIDDEN when the client belongs to somebody else */
async function lastMutation(tx: Tx, { user }: Tenant, clientId: string): Promise<number> {
  const [client] = await tx.rows<{ user_id: string; last: string }>(
    sql`select user_id, last_mutation_id::text as last from clients where id = ${clientId}::uuid`,
  );
  if (client && client.user_id !== user) throw new AdapterError("FORBIDDEN", "This client id belongs to another user.");
  return Number(client?.last ?? 0);
}

/** @throws MUTATION_GAP naming the id that was expected */
function refuseGaps(mutations: readonly Mutation[], last: number): void {
  for (const [i, { id }] of mutations.entries()) {
    const previous = mutations[i - 1]?.id;
    const expected = previous === undefined ? Math.min(id, last + 1) : previous + 1;
    if (id === expected) continue;
    throw new AdapterError("MUTATION_GAP", `Mutation ${expected} is missing before ${id}.`, { facts: { expected } });
  }
}

interface Stored extends Remembered {
  readonly hash: string;
}

/** The earlier mutations that are sent again, or that one of these was made on. By primary key. */
async function recall(
  tx: Tx,
  clientId: string,
  mutations: readonly Mutation[],
  last: number,
): Promise<Map<number, Stored>> {
  const bases = mutations.flatMap(({ base }) => (base && "mutation" in base ? [base.mutation] : []));
  const ids = new Set([...mutations.map((m) => m.id), ...bases].filter((id) => id <= last));
  if (ids.size === 0) return new Map();
  const rows = await tx.rows<{ id: string; hash: string; result: string }>(sql`
    select mutation_id::text as id, encode(body_hash, 'hex') as hash, result::text as result from client_mutations
    where client_id = ${clientId}::uuid
      and mutation_id in (select value::bigint from json_array_elements_text(${JSON.stringify([...ids])}::text::json))`);
  return new Map(rows.map((row) => [Number(row.id), { ...(JSON.parse(row.result) as Remembered), hash: row.hash }]));
}

/** @throws CLIENT_FORKED when it is not the mutation that the server knows by this id */
function duplicate(mutation: Mutation, stored: Stored | undefined): MutationResult {
  if (stored?.hash !== hashOf(mutation)) {
    throw new AdapterError("CLIENT_FORKED", `Mutation ${mutation.id} was sent before with another body.`, {
      facts: { id: mutation.id },
    });
  }
  const { status, ...result } = stored.result;
  return { ...result, status: "duplicate", ...(status === "duplicate" ? {} : { earlier: status }) };
}

/** Not by canonicalJson, which refuses values that a mutation may well hold: it is then rejected, and remembered. */
const hashOf = (mutation: Mutation): string =>
  toHex(sha256(new TextEncoder().encode(JSON.stringify(mutation, sortedKeys))));

const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

async function store(
  tx: Tx,
  { school, user }: Tenant,
  clientId: string,
  mutations: readonly Mutation[],
  outcomes: readonly Outcome[],
): Promise<void> {
  const last = mutations.at(-1)?.id ?? 0;
  await tx.rows(sql`
    insert into clients (school_id, id, user_id, last_mutation_id)
    values (${school}::uuid, ${clientId}::uuid, ${user}, ${last}::bigint)
    on conflict (school_id, id) do update set last_mutation_id = excluded.last_mutation_id`);
  const rows = mutations.map((mutation, i) => {
    const { key, result, view } = outcomes[i] as Outcome;
    // The name of a domain that does not exist may be text that PostgreSQL cannot hold.
    return { id: mutation.id, hash: hashOf(mutation), result: { key: isStorableText(key) ? key : "", result, view } };
  });
  await tx.rows(sql`
    insert into client_mutations (school_id, client_id, mutation_id, body_hash, result)
    select ${school}::uuid, ${clientId}::uuid, r.id, decode(r.hash, 'hex'), r.result
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(id bigint, hash text, result json)`);
}
