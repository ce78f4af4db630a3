/** What is older than 30 days and seen by every living client loses its payload; that it was stays, with its hash. */
import { sql } from "drizzle-orm";
import type { SchoolId } from "../../domain/ids.ts";
import type { Database, Tx } from "./database.ts";
import { lockSchool } from "./school.ts";
import { type Tenant, withTenant } from "./with-tenant.ts";

const day = 86_400_000;
/** A cursor that was not seen for so long holds nothing back, and what is so old may go; in days. */
const kept = 30;
/** Lines a transaction, so that the school is not locked for long. */
const slice = 5000;

export interface Purged {
  /** How many lines of the history lost what stood before them. */
  readonly changes: number;
  /** Of how many mutations the result is forgotten. */
  readonly results: number;
}

/**
 * - Of a change: what stood before it, unless an import needs it for its ledger. Its line stays: the chain of hashes, the
 *   count of a record's versions, and that a deleted record was there (so that a late update brings nothing back).
 * - Of a mutation: its result. Its hash stays, so that it is never applied a second time and a forked client is seen.
 * A cursor from before asks for a new snapshot afterwards.
 */
export async function purge(db: Database, school: SchoolId, now: Date, signal?: AbortSignal): Promise<Purged> {
  const tenant: Tenant = { school, user: "purge", role: "admin", studentId: null };
  const cutoff = new Date(now.getTime() - kept * day).toISOString();
  const repeat = async (step: (tx: Tx) => Promise<number | null>): Promise<number> => {
    let total = 0;
    while (!signal?.aborted) {
      const done = await withTenant(db, tenant, step);
      if (done === null) break;
      total += done;
    }
    return total;
  };
  const changes = await repeat((tx) => purgeChanges(tx, school, cutoff));
  const results = await repeat((tx) => purgeResults(tx, cutoff));
  return { changes, results };
}

/** The next slice by the history's primary key; `null` when there is nothing more. */
async function purgeChanges(tx: Tx, school: SchoolId, cutoff: string): Promise<number | null> {
  const { seq, purged } = await lockSchool(tx, school);
  const most = Math.min(seq, purged + slice);
  const [row] = await tx.rows<{ young: string | null; seen: string | null }>(sql`
    select (select min(h.seq) from history h where h.seq > ${purged}::bigint and h.seq <= ${most}::bigint
        and h.at >= ${cutoff}::timestamptz)::text as young,
      (select min(c.seen_seq) from clients c where c.seen_at >= ${cutoff}::timestamptz)::text as seen`);
  const to = Math.min(most, Number(row?.young ?? most + 1) - 1, Number(row?.seen ?? most));
  if (to <= purged) return null;
  const gone = await tx.rows<{ n: string }>(sql`
    with gone as (update history set before = null where seq > ${purged}::bigint and seq <= ${to}::bigint
      and import_id is null and before is not null returning 1)
    select count(*)::text as n from gone`);
  await tx.rows(sql`update schools set purged_seq = ${to}::bigint where id = ${school}::uuid`);
  return Number(gone[0]?.n ?? 0);
}

/** By the index of results by time. */
async function purgeResults(tx: Tx, cutoff: string): Promise<number | null> {
  const [row] = await tx.rows<{ n: string }>(sql`
    with old as (select client_id, mutation_id from client_mutations
        where at < ${cutoff}::timestamptz and result is not null limit ${slice}::integer),
      gone as (update client_mutations m set result = null from old
        where m.client_id = old.client_id and m.mutation_id = old.mutation_id returning 1)
    select count(*)::text as n from gone`);
  const n = Number(row?.n ?? 0);
  return n === 0 ? null : n;
}
