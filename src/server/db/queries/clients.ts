/** Clients as the server knows them: how far their logs have come, and what they have seen. */
import { sql } from "drizzle-orm";
import type { ClientsAnswer } from "../../../domain/sync-wire.ts";
import type { Tx } from "../database.ts";
import { idArray } from "../id-array.ts";
import { readSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";

/** By primary key. A client of somebody else looks like one that does not exist. */
export async function readClients(tx: Tx, { user, school }: Tenant, ids: readonly string[]): Promise<ClientsAnswer> {
  const rows = await tx.rows<{ id: string; last: string }>(sql`
    select id::text as id, last_mutation_id::text as last from clients
    where id = any(${idArray(ids)}) and user_id = ${user}`);
  const last = new Map(rows.map((row) => [row.id, Number(row.last)]));
  // Read last: nothing that was counted above lies behind it.
  const { seq } = await readSchool(tx, school);
  return { clients: ids.map((id) => ({ id, last: last.get(id) ?? 0 })), seq };
}

/** A cursor that moved less than this is written down only once an hour. */
const worthNoting = 1000;

/**
 * Notes that a client has seen everything up to `seq`: nothing that it has not seen is purged while it lives. By primary
 * key; mostly it finds nothing to write.
 */
export async function noteSeen(
  tx: Tx,
  { school, user }: Tenant,
  { clientId, seq, at }: { readonly clientId: string; readonly seq: number; readonly at: Date },
): Promise<void> {
  await tx.rows(sql`
    insert into clients as c (school_id, id, user_id, seen_seq, seen_at)
    values (${school}::uuid, ${clientId}::uuid, ${user}, ${seq}::bigint, ${at.toISOString()}::timestamptz)
    on conflict (school_id, id) do update set seen_seq = excluded.seen_seq, seen_at = excluded.seen_at
    where c.seen_at is null or abs(c.seen_seq - excluded.seen_seq) > ${worthNoting}::bigint
      or c.seen_at < excluded.seen_at - interval '1 hour'`);
}
