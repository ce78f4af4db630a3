/** Puts records of one domain back as given, whether or not there are rows, each change named in the history. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { digestOf } from "../../../domain/digest.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { Tx } from "../database.ts";
import type { Change } from "../history.ts";
import { sqlState } from "../retry-transaction.ts";
import type { SchoolState } from "../school.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { idSet, insertRows, missingReferences, type RowToWrite, readRecords, updateRows } from "../write-rows.ts";

interface Task {
  readonly domains: DomainSet;
  readonly domain: Domain;
  readonly records: readonly AnyRecord[];
  readonly importId: string | null;
}

/**
 * Writes what differs and returns the changes, the first of them `state.seq + done + 1`; the caller appends them.
 * @throws REFERENCE_MISSING, UNIQUE_TAKEN
 */
export async function putRecords(
  tx: Tx,
  tenant: Tenant,
  state: SchoolState,
  done: number,
  { domains, domain, records, importId }: Task,
): Promise<Change[]> {
  if (records.length === 0) return [];
  const [missing] = await missingReferences(
    tx,
    domains,
    records.map((record) => ({ domain: domain.name, record })),
  );
  if (missing) {
    throw new AdapterError("REFERENCE_MISSING", `${missing.field} of a record names no record of ${missing.to}.`, {
      place: `/${missing.field}`,
      facts: { domain: domain.name, id: missing.recordId, field: missing.field },
    });
  }
  const stored = await readRecords(
    tx,
    domain,
    records.map((record) => record.id),
  );
  const past = await changesOf(
    tx,
    domain,
    records.filter((record) => !stored.has(record.id)).map((record) => record.id),
  );
  const inserts: RowToWrite[] = [];
  const updates: RowToWrite[] = [];
  const changes: Change[] = [];
  for (const record of records) {
    const before = stored.get(record.id);
    const digest = digestOf(domain, record);
    if (before?.digest === digest) continue;
    const row = {
      record,
      version: (before?.version ?? past.get(record.id) ?? 0) + 1,
      seq: state.seq + done + changes.length + 1,
    };
    (before ? updates : inserts).push(row);
    changes.push({
      domain: domain.name,
      recordId: record.id,
      op: before ? "update" : "create",
      before: before?.record ?? null,
      digestAfter: digest,
      author: tenant.user,
      clientId: null,
      mutationId: null,
      importId,
    });
  }
  const table = tableOf(domain);
  try {
    await updateRows(tx, table, updates);
    await insertRows(tx, table, inserts, tenant.school);
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    throw new AdapterError("UNIQUE_TAKEN", `Another record of ${domain.name} has these values.`, { cause: error });
  }
  return changes;
}

/** How often records that are gone were changed: one that returns goes on counting, so that no version names two states. */
async function changesOf(tx: Tx, domain: Domain, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.rows<{ id: string; n: string }>(sql`
    select record_id::text as id, count(*)::text as n from history
    where domain = ${domain.name} and record_id in ${idSet(ids)} group by record_id`);
  return new Map(rows.map(({ id, n }) => [id, Number(n)]));
}
