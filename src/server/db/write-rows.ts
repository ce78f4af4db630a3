/** Rows of a domain read and written as sets: one statement, however many records there are. */
import { type SQL, sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../domain/define-domain.ts";
import type { RecordId, SchoolId } from "../../domain/ids.ts";
import { columnFrom } from "./column-rows.ts";
import type { Tx } from "./database.ts";
import { idArray } from "./id-array.ts";
import { type Table, tableOf } from "./table.ts";

/** A record with what the server keeps beside it. */
export interface RowToWrite {
  readonly record: AnyRecord;
  readonly version: number;
  readonly seq: number;
}
export interface StoredRecord extends RowToWrite {
  /** Of the row as stored; unsigned. */
  readonly digest: bigint;
}

const rowSet = (table: Table, rows: readonly RowToWrite[]): SQL =>
  table.rowSet(
    rows.map((row) => row.record),
    [columnFrom(rows)("version", "integer", (row) => row.version), columnFrom(rows)("seq", "bigint", (row) => row.seq)],
  );

/** A list of ids as rows of one column, `value`; PostgreSQL sees how many there are. */
export const idSet = (ids: Iterable<string>): SQL => sql`(select value from unnest(${idArray(ids)}) as value)`;

/** Inserts; the primary key, unique keys and references are checked by the database. */
export async function insertRows(tx: Tx, table: Table, rows: readonly RowToWrite[], school: SchoolId): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows(sql`
    insert into ${table.identifier} (school_id, version, seq, ${table.insertColumns})
    select ${school}::uuid, r.version, r.seq, ${table.insertValues} from ${rowSet(table, rows)}`);
}

/** Replaces the records with these ids. */
export async function updateRows(tx: Tx, table: Table, rows: readonly RowToWrite[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.rows(sql`
    update ${table.identifier} t set ${table.assignments}, version = r.version, seq = r.seq
    from ${rowSet(table, rows)} where t.id = r.id and ${table.scope}`);
}

export async function deleteRows(tx: Tx, table: Table, ids: readonly RecordId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.rows(sql`delete from ${table.identifier} t where t.id = any(${idArray(ids)}) and ${table.scope}`);
}

interface Read {
  readonly id: RecordId;
  readonly record: string;
  readonly version: number;
  readonly seq: string;
  readonly digest: string;
}

/** The records of a domain for which `condition` on `t` holds, by id. */
export async function selectRecords(tx: Tx, domain: Domain, condition: SQL): Promise<Map<RecordId, StoredRecord>> {
  const table = tableOf(domain);
  const rows = await tx.rows<Read>(sql`
    select t.id::text as id, ${table.recordJson} as record, t.version, t.seq::text as seq, t.digest::text as digest
    from ${table.identifier} t where ${table.scope} and ${condition} order by t.id`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        record: JSON.parse(row.record) as AnyRecord,
        version: row.version,
        seq: Number(row.seq),
        digest: BigInt.asUintN(64, BigInt(row.digest)),
      },
    ]),
  );
}

/** The records that there are of these ids; by primary key. */
export async function readRecords(
  tx: Tx,
  domain: Domain,
  ids: Iterable<RecordId>,
): Promise<Map<RecordId, StoredRecord>> {
  const wanted = [...ids];
  return wanted.length === 0 ? new Map() : selectRecords(tx, domain, sql`t.id = any(${idArray(wanted)})`);
}

/** Those of the ids that exist in the domain. */
export async function existingIds(tx: Tx, domain: Domain, ids: Iterable<string>): Promise<Set<string>> {
  const table = tableOf(domain);
  const wanted = [...ids];
  if (wanted.length === 0) return new Set();
  const rows = await tx.rows<{ id: string }>(
    sql`select t.id::text as id from ${table.identifier} t where t.id = any(${idArray(wanted)}) and ${table.scope}`,
  );
  return new Set(rows.map((row) => row.id));
}

export interface MissingReference {
  readonly domain: string;
  readonly recordId: RecordId;
  readonly field: string;
  readonly to: string;
  readonly id: string;
}

/** The references to nobody: neither stored in this school nor among the records given. One statement a domain. */
export async function missingReferences(
  tx: Tx,
  domains: DomainSet,
  records: readonly { readonly domain: string; readonly record: AnyRecord }[],
): Promise<MissingReference[]> {
  const given = new Map<string, Set<string>>();
  const named = new Map<string, (readonly [field: string, to: string])[]>();
  const references: MissingReference[] = [];
  for (const { domain, record } of records) {
    const own = given.get(domain) ?? new Set();
    given.set(domain, own.add(record.id));
    const fields = named.get(domain) ?? Object.entries(domains.get(domain).references).map(([f, { to }]) => [f, to]);
    named.set(domain, fields);
    for (const [field, to] of fields) {
      const id = record[field];
      if (typeof id === "string") references.push({ domain, recordId: record.id, field, to, id });
    }
  }
  const asked = references.filter(({ to, id }) => !given.get(to)?.has(id));
  const missing: MissingReference[] = [];
  for (const to of new Set(asked.map((reference) => reference.to))) {
    const ofDomain = asked.filter((reference) => reference.to === to);
    const there = await existingIds(tx, domains.get(to), new Set(ofDomain.map((reference) => reference.id)));
    missing.push(...ofDomain.filter((reference) => !there.has(reference.id)));
  }
  return missing;
}
