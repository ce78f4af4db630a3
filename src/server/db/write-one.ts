/** One change of one record in one transaction: checked against the version it was made on, with its line in the history. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../domain/define-domain.ts";
import { digestOf } from "../../domain/digest.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { RecordId } from "../../domain/ids.ts";
import { parseRecord } from "../../domain/record.ts";
import type { Services } from "../services.ts";
import type { Tx } from "./database.ts";
import { appendHistory } from "./history.ts";
import type { Stored } from "./queries/list.ts";
import { sqlState } from "./retry-transaction.ts";
import { lockSchool } from "./school.ts";
import { tableOf } from "./table.ts";
import { type Tenant, withTenant } from "./with-tenant.ts";
import { deleteRows, insertRows, missingReferences, readRecords, updateRows } from "./write-rows.ts";

export interface OneChange {
  readonly op: "create" | "update" | "delete";
  readonly id: RecordId;
  /** The whole record for a create, changed fields for an update. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The version that was read; `null` for a create. */
  readonly base: number | null;
}

/**
 * @returns the record as it is now; `null` after a delete
 * @throws NOT_FOUND, VERSION_CONFLICT, CREATE_CREATE, RECORD_INVALID, REFERENCE_MISSING, REFERENCED, UNIQUE_TAKEN
 */
export async function writeOne(
  services: Services,
  tenant: Tenant,
  domain: Domain,
  change: OneChange,
): Promise<Stored | null> {
  try {
    return await withTenant(services.db, tenant, (tx) => write(tx, services, tenant, domain, change));
  } catch (error) {
    // The same words whatever row is in the way, so that nothing can be learned by trying (S5).
    if (sqlState(error) === "23505") {
      throw new AdapterError("UNIQUE_TAKEN", `Another record of ${domain.name} has these values.`, { cause: error });
    }
    throw error;
  }
}

async function write(
  tx: Tx,
  { domains, now }: Services,
  tenant: Tenant,
  domain: Domain,
  change: OneChange,
): Promise<Stored | null> {
  const { op, id, fields, base } = change;
  const table = tableOf(domain);
  const school = await lockSchool(tx, tenant.school);
  const stored = (await readRecords(tx, domain, [id])).get(id);
  if (op === "create" && stored) throw new AdapterError("CREATE_CREATE", "A record with this id exists.");
  if (op !== "create" && !stored) throw new AdapterError("NOT_FOUND", "There is no such record.");
  if (stored && stored.version !== base) {
    throw new AdapterError("VERSION_CONFLICT", `The record is at version ${stored.version}.`, {
      facts: { version: stored.version },
    });
  }
  const record = op === "delete" ? null : parseRecord(domain, { ...stored?.record, ...fields, id });
  if (record) await refuseMissing(tx, domains, domain, record);
  else await refuseReferenced(tx, domains, domain, id);

  const version = (stored?.version ?? 0) + 1;
  const row = record && { record, version, seq: school.seq + 1 };
  if (!row) await deleteRows(tx, table, [id]);
  else if (stored) await updateRows(tx, table, [row]);
  else await insertRows(tx, table, [row], tenant.school);
  const line = {
    domain: domain.name,
    recordId: id,
    op,
    before: stored?.record ?? null,
    digestAfter: record && digestOf(domain, record),
    author: tenant.user,
    clientId: null,
    mutationId: null,
    importId: null,
  };
  await appendHistory(tx, school, [line], now());
  return record && { record, version };
}

async function refuseMissing(tx: Tx, domains: DomainSet, domain: Domain, record: AnyRecord): Promise<void> {
  const [missing] = await missingReferences(tx, domains, [{ domain: domain.name, record }]);
  if (missing) {
    throw new AdapterError("REFERENCE_MISSING", `${missing.field} names no record of ${missing.to}.`, {
      place: `/${missing.field}`,
    });
  }
}

/** By the index of each reference. Whatever its delete rule: a plain DELETE takes nothing else with it. */
async function refuseReferenced(tx: Tx, domains: DomainSet, domain: Domain, id: RecordId): Promise<void> {
  for (const child of domains.all) {
    const table = tableOf(child);
    for (const [field, { to }] of Object.entries(child.references)) {
      const column = to === domain.name ? table.value(field) : undefined;
      if (!column) continue;
      const found = await tx.rows(
        sql`select 1 from ${table.identifier} t where ${table.scope} and ${column} = ${id}::uuid limit 1`,
      );
      if (found.length > 0) throw new AdapterError("REFERENCED", `Records of ${child.name} name this one.`);
    }
  }
}
