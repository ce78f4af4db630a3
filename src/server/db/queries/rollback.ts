/** Rollback: the rows that an import made go, those that were changed since only after an export; archive and ledger stay. */
import { sql } from "drizzle-orm";
import type { Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { RollbackAnswer } from "../../../domain/migration-wire.ts";
import type { Tx } from "../database.ts";
import { appendHistory, removalOf } from "../history.ts";
import { lockSchool, type SchoolState } from "../school.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { deleteRows, readRecords } from "../write-rows.ts";
import { lastExport } from "./exports.ts";
import { findImport } from "./imports.ts";
import { refuseReferenced } from "./referenced-by.ts";

/** So many rows are read for their before images at a time. */
const slice = 5000;

interface Made {
  readonly id: RecordId;
  /** By a named change after the import's own, at this `seq`; `null`: as imported. */
  readonly changedAt: number | null;
  /** The row is not what the last change in the history says: SQL behind the server's back. */
  readonly unexplained: boolean;
}

interface Rollback {
  readonly importId: string;
  readonly dryRun: boolean;
  readonly at: Date;
}

/**
 * With `dryRun` says what would go and what was changed; else does it, or nothing.
 * A row that another import found equal stays: that import's ledger counts on it.
 * @throws ROLLBACK_CHANGED, REFERENCED, IMPORT_UNKNOWN
 */
export async function rollbackImport(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { importId, dryRun, at }: Rollback,
): Promise<RollbackAnswer> {
  const state = await lockSchool(tx, tenant.school);
  const info = await findImport(tx, tenant, importId);
  if (info.state === "rolledBack") return { removed: {}, changed: [] };
  const exported = await lastExport(tx, tenant);
  const going = new Map<string, Set<RecordId>>();
  const changed: RollbackAnswer["changed"] = [];
  for (const domain of domains.all) {
    const made = await madeBy(tx, tenant, domain, importId);
    if (made.length > 0) going.set(domain.name, new Set(made.map(({ id }) => id)));
    for (const { id, changedAt, unexplained } of made)
      if (unexplained || (changedAt !== null && changedAt > exported)) changed.push({ domain: domain.name, id });
  }
  const removed = Object.fromEntries([...going].map(([domain, ids]) => [domain, ids.size]));
  if (dryRun) return { removed, changed };
  if (changed.length > 0) {
    throw new AdapterError("ROLLBACK_CHANGED", `${changed.length} records were changed since the import.`, {
      fix: "Export them first, then roll back. A row that was changed by SQL has to be repaired before.",
      facts: { changed: changed.slice(0, 1000), count: changed.length },
    });
  }
  await refuseReferenced(tx, domains, going);
  await remove(tx, tenant, domains, { state, going, importId, at });
  await tx.rows(sql`update imports set state = 'rolledBack'
    where school_id = ${tenant.school}::uuid and id = ${importId}::uuid`);
  return { removed, changed: [] };
}

/**
 * The rows of a domain that this import made and that are still there. Parts by primary key, the last change of each by
 * (school_id, domain, record_id, seq desc).
 */
async function madeBy(tx: Tx, tenant: Tenant, domain: Domain, importId: string): Promise<Made[]> {
  const table = tableOf(domain);
  const rows = await tx.rows<{ id: RecordId; changedAt: string | null; unexplained: boolean }>(sql`
    select t.id::text as id, t.digest is distinct from h.digest_after as unexplained,
      case when h.op = 'create' and h.import_id = p.import_id and t.digest = p.digest then null
        else h.seq::text end as "changedAt"
    from ledger_parts p
    join ${table.identifier} t on t.school_id = p.school_id and t.id = p.record_id and ${table.scope}
    left join lateral (select h.op, h.seq, h.digest_after, h.import_id from history h where h.school_id = p.school_id
      and h.domain = p.domain and h.record_id = p.record_id order by h.seq desc limit 1) h on true
    where p.school_id = ${tenant.school}::uuid and p.import_id = ${importId}::uuid and p.domain = ${domain.name}
      and p.outcome = 'migrated' and not exists (
        select from ledger_parts o join imports i on i.school_id = o.school_id and i.id = o.import_id
        where o.school_id = p.school_id and o.import_id <> p.import_id and o.outcome = 'merged'
          and o.domain = p.domain and o.record_id = p.record_id and o.digest is not null and i.state <> 'rolledBack')
    order by t.id`);
  return rows.map((row) => ({ ...row, changedAt: row.changedAt === null ? null : Number(row.changedAt) }));
}

interface Removal {
  readonly state: SchoolState;
  readonly going: ReadonlyMap<string, ReadonlySet<RecordId>>;
  readonly importId: string;
  readonly at: Date;
}

/** Children first. A domain at once, because its rows may name each other; the before images in slices. */
async function remove(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { state, going, importId, at }: Removal,
): Promise<void> {
  let school = state;
  for (const domain of [...domains.all].reverse()) {
    const ids = [...(going.get(domain.name) ?? [])];
    for (let from = 0; from < ids.length; from += slice) {
      const rows = await readRecords(tx, domain, ids.slice(from, from + slice));
      const changes = [...rows.values()].map((stored) =>
        removalOf(domain.name, stored, { author: tenant.user, importId }),
      );
      school = await appendHistory(tx, school, changes, at);
    }
    await deleteRows(tx, tableOf(domain), ids);
  }
}
