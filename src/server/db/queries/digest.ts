/** Checksums of rows by domain and range of ids: how two sides are compared without sending the rows. */
import { type SQL, sql } from "drizzle-orm";
import type { Domain } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { DigestAnswer, DigestRecords } from "../../../domain/migration-wire.ts";
import type { Tx } from "../database.ts";
import { digestHex } from "../digest-hex.ts";
import { type Table, tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { findImport } from "./imports.ts";

/** Within the first eight digits an id has no hyphen, so that its text and its digits begin alike. */
export const longestPrefix = 8;
/** How many buckets one answer may hold at most; 256 of twelve domains fit. */
const mostBuckets = 4096;

export interface DigestScope {
  readonly domains: readonly Domain[];
  /** `null`: the whole id space. */
  readonly prefixes: readonly string[] | null;
  readonly importId: string | null;
}

/**
 * Count and sum for each prefix extended by `width` digits, from one statement, so that all sums are of the same `seq`.
 * Ranges use the primary key (school_id, id).
 * @throws LIMIT, IMPORT_UNKNOWN
 */
export async function sumDigests(
  tx: Tx,
  tenant: Tenant,
  scope: DigestScope & { width: number },
): Promise<DigestAnswer> {
  const { domains, prefixes, importId, width } = scope;
  const from = prefixes ?? [""];
  const length = Math.max(...from.map((prefix) => prefix.length)) + width;
  if (length > longestPrefix) throw limit(`A bucket has at most ${longestPrefix} digits.`);
  if (from.length * 16 ** Math.min(width, 4) * domains.length > mostBuckets * 16)
    throw limit("Too many buckets; ask for fewer.");
  if (importId !== null) await findImport(tx, tenant, importId);
  // Prefixes of one length share a grouping; the client asks for one length at a time.
  const lengths = [...new Set(from.map((prefix) => prefix.length))];
  const parts = domains.flatMap((domain) =>
    lengths.map((n) => {
      const table = tableOf(domain);
      const bucket = n + width === 0 ? sql`''` : sql`left(t.id::text, ${sql.raw(String(n + width))})`;
      const some = from.filter((prefix) => prefix.length === n);
      return sql`select ${domain.name}::text as domain, ${bucket} as prefix, count(*) as n, sum(t.digest) as total
        from ${table.identifier} t where ${rowsOf(table, tenant, some, importId)} group by 2`;
    }),
  );
  const buckets =
    parts.length === 0 ? sql`select null::text as domain, ''::text as prefix, 0::bigint as n, 0 as total` : join(parts);
  const rows = await tx.rows<{ seq: string; domain: string; prefix: string; n: string; total: string }>(sql`
    select coalesce((select seq from schools where id = ${tenant.school}::uuid), 0)::text as seq, b.domain, b.prefix,
      b.n::text as n, b.total::text as total
    from (select 1) one left join (${buckets}) b on b.n > 0 order by b.domain, b.prefix`);
  const found = rows.filter((row) => row.domain !== null);
  if (found.length > mostBuckets) throw limit("Too many buckets; ask for fewer.");
  return {
    seq: Number(rows[0]?.seq ?? 0),
    buckets: found.map((row) => ({
      domain: row.domain,
      prefix: row.prefix,
      count: Number(row.n),
      sum: digestHex(row.total),
    })),
    schemaVersions: Object.fromEntries(domains.map((domain) => [domain.name, domain.schemaVersion])),
  };
}

/** Id and digest of every row in the buckets, by id, from one statement. Ranges use the primary key. @throws IMPORT_UNKNOWN */
export async function listDigests(tx: Tx, tenant: Tenant, scope: DigestScope): Promise<DigestRecords> {
  const { domains, prefixes, importId } = scope;
  if (importId !== null) await findImport(tx, tenant, importId);
  const parts = domains.map((domain) => {
    const table = tableOf(domain);
    return sql`select t.id, t.digest from ${table.identifier} t where ${rowsOf(table, tenant, prefixes ?? [""], importId)}`;
  });
  const rows = await tx.rows<{ seq: string; id: string | null; digest: string }>(sql`
    select coalesce((select seq from schools where id = ${tenant.school}::uuid), 0)::text as seq,
      r.id::text as id, r.digest::text as digest
    from (select 1) one left join (${join(parts)}) r on true order by r.id`);
  return {
    seq: Number(rows[0]?.seq ?? 0),
    records: rows.flatMap((row): [string, string][] => (row.id === null ? [] : [[row.id, digestHex(row.digest)]])),
  };
}

/** Which rows of a table the tenant asks about. */
function rowsOf(table: Table, tenant: Tenant, prefixes: readonly string[], importId: string | null): SQL {
  const conditions = [sql`t.school_id = ${tenant.school}::uuid`, sql`${table.scope}`];
  if (!prefixes.includes("")) conditions.push(sql`(${sql.join(prefixes.map(inRange), sql` or `)})`);
  if (table.domain.rights[tenant.role] === "own") conditions.push(ownRows(table, tenant));
  if (importId !== null) {
    conditions.push(sql`t.id in (select p.record_id from ledger_parts p where p.school_id = ${tenant.school}::uuid
      and p.import_id = ${importId}::uuid and p.domain = ${table.domain.name} and p.outcome in ('migrated', 'merged')
      and p.digest is not null)`);
  }
  return sql.join(conditions, sql` and `);
}

function ownRows(table: Table, tenant: Tenant): SQL {
  const owner = table.domain.owner === null ? undefined : table.value(table.domain.owner);
  return owner && tenant.studentId !== null ? sql`${owner} = ${tenant.studentId}::uuid` : sql`false`;
}

const inRange = (prefix: string): SQL =>
  sql`t.id between ${asUuid(prefix, "0")}::uuid and ${asUuid(prefix, "f")}::uuid`;

function asUuid(prefix: string, fill: string): string {
  const digits = prefix.padEnd(32, fill);
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    "-",
  );
}

const join = (parts: readonly SQL[]): SQL => sql.join([...parts], sql` union all `);

const limit = (message: string): AdapterError => new AdapterError("LIMIT", message, { place: "/width" });
