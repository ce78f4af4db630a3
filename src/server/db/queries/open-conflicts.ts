/** The conflicts that nobody decided yet, of sync and of imports, each with both sides. */
import { type SQL, sql } from "drizzle-orm";
import type { ConflictPage, OpenConflict } from "../../../domain/conflict-wire.ts";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { Tx } from "../database.ts";
import { mayRead } from "../pull.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { readRecords, selectRecords } from "../write-rows.ts";
import { findImport } from "./imports.ts";

export interface ConflictQuery {
  /** Only those of this import. */
  readonly importId: string | null;
  readonly after: string | null;
  readonly limit: number;
}

interface Row {
  readonly id: string;
  readonly domain: string;
  readonly recordId: RecordId;
  readonly kind: string;
  readonly loser: string;
  readonly author: string;
  readonly at: string;
}

const instantText = (column: SQL): SQL => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const syncPlace = new RegExp(`^sync~(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z)~(${uuid})$`);
const importPlace = new RegExp(`^import(?:~(${uuid})~(\\d{1,9})~(\\d{1,9}))?$`);

/** @throws BAD_REQUEST for a place that no page gave; IMPORT_UNKNOWN */
export async function openConflicts(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { importId, after, limit }: ConflictQuery,
): Promise<ConflictPage> {
  if (importId !== null) await findImport(tx, tenant, importId);
  const seesImports = tenant.role === "admin";
  const inSync = after === null ? importId === null : syncPlace.test(after);
  if (!inSync && after !== null && !(seesImports && importPlace.test(after))) {
    throw new AdapterError("BAD_REQUEST", "The parameter after is no place of this list.", { place: "after" });
  }
  if (inSync) {
    const rows = await syncRows(tx, tenant, domains, { after, limit });
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    const next = last ? `sync~${last.at}~${last.id}` : seesImports ? "import" : null;
    return { conflicts: await withBothSides(tx, tenant, domains, { from: "sync", rows: rows.slice(0, limit) }), next };
  }
  if (!seesImports) return { conflicts: [], next: null };
  const rows = await importRows(tx, tenant, { importId, after, limit });
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const next = last ? `import~${last.id.replaceAll(".", "~")}` : null;
  return { conflicts: await withBothSides(tx, tenant, domains, { from: "import", rows: rows.slice(0, limit) }), next };
}

/** By the partial index on (school_id, at, id) of what is open. */
function syncRows(
  tx: Tx,
  { school, role }: Tenant,
  domains: DomainSet,
  { after, limit }: Pick<ConflictQuery, "after" | "limit">,
): Promise<Row[]> {
  const [, at, id] = syncPlace.exec(after ?? "") ?? [];
  const seen = domains.all.filter((domain) => domain.rights[role] !== "none").map((domain) => domain.name);
  return tx.rows<Row>(sql`
    select c.id::text as id, c.domain, c.record_id::text as "recordId", c.kind, c.loser::text as loser, c.author,
      ${instantText(sql`c.at`)} as at
    from conflicts c where c.school_id = ${school}::uuid and c.resolved_at is null
      and c.domain in (select json_array_elements_text(${JSON.stringify(seen)}::text::json))
      ${at === undefined ? sql`` : sql`and (date_trunc('milliseconds', c.at), c.id) > (${at}::timestamptz, ${id}::uuid)`}
    order by date_trunc('milliseconds', c.at), c.id limit ${limit + 1}::integer`);
}

/** By the partial index on parts that are not rows. */
function importRows(tx: Tx, { school }: Tenant, { importId, after, limit }: ConflictQuery): Promise<Row[]> {
  const [, id, entry, part] = importPlace.exec(after ?? "") ?? [];
  return tx.rows<Row>(sql`
    select p.import_id::text || '.' || p.entry || '.' || p.part as id, p.domain, p.record_id::text as "recordId",
      coalesce(p.reason, 'CREATE_CREATE') as kind, p.payload as loser, i.opened_by as author,
      ${instantText(sql`i.opened_at`)} as at
    from ledger_parts p join imports i on i.school_id = p.school_id and i.id = p.import_id
    where p.school_id = ${school}::uuid and p.outcome = 'conflict' and i.state <> 'rolledBack'
      ${importId === null ? sql`` : sql`and p.import_id = ${importId}::uuid`}
      ${id === undefined ? sql`` : sql`and (p.import_id, p.entry, p.part) > (${id}::uuid, ${entry}::integer, ${part}::integer)`}
    order by p.import_id, p.entry, p.part limit ${limit + 1}::integer`);
}

/** The records that stand, one statement a domain; what a role may not see of a domain is left out. */
async function withBothSides(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { from, rows }: { from: OpenConflict["from"]; rows: readonly Row[] },
): Promise<OpenConflict[]> {
  const standing = new Map<string, AnyRecord>();
  for (const domain of domains.all) {
    const ofDomain = rows.filter((row) => row.domain === domain.name);
    const found = await readRecords(tx, domain, new Set(ofDomain.map((row) => row.recordId)));
    for (const [id, { record }] of found) standing.set(`${domain.name}/${id}`, record);
  }
  const told: OpenConflict[] = [];
  for (const { loser: text, ...row } of rows) {
    if (!domains.has(row.domain)) continue;
    const domain = domains.get(row.domain);
    const loser = JSON.parse(text) as Record<string, unknown>;
    const stands =
      standing.get(`${row.domain}/${row.recordId}`) ??
      (row.kind === "UNIQUE_TAKEN" ? await holderOf(tx, domain, loser) : null);
    if (!isSeen(tenant, domain, stands, loser)) continue;
    told.push({ ...row, from, stands, loser, fields: differing(domain, stands, loser) });
  }
  return told;
}

/** Both sides must be the user's own, where a role sees only its own. */
function isSeen(tenant: Tenant, domain: Domain, stands: AnyRecord | null, loser: Record<string, unknown>): boolean {
  if (domain.rights[tenant.role] !== "own") return true;
  if (!stands || !mayRead(tenant, domain, stands)) return false;
  return domain.owner === null || !(domain.owner in loser) || loser[domain.owner] === tenant.studentId;
}

function differing(domain: Domain, stands: AnyRecord | null, loser: Record<string, unknown>): string[] {
  const names = ["externalId", ...domain.fieldNames, "extra"].filter((name) => name in loser);
  return stands === null ? names : names.filter((name) => JSON.stringify(stands[name]) !== JSON.stringify(loser[name]));
}

/** The record that has the unique values of one that was not let in. By the unique key's index. */
async function holderOf(tx: Tx, domain: Domain, loser: Record<string, unknown>): Promise<AnyRecord | null> {
  const table = tableOf(domain);
  for (const set of domain.unique) {
    const same = set.flatMap((name) => {
      const column = table.value(name);
      const value = loser[name] ?? null;
      return column ? [value === null ? sql`${column} is null` : sql`${column}::text = ${String(value)}`] : [];
    });
    const [holder] = (await selectRecords(tx, domain, sql.join(same, sql` and `))).values();
    if (holder) return holder.record;
  }
  return null;
}
