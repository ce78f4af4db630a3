/** The two tables of the ledger: entries and parts, their balance, and their pages. */
import { type SQL, sql } from "drizzle-orm";
import { AdapterError } from "../../../domain/errors.ts";
import type { ImportInfo, LedgerEntryWire, LedgerParts, LedgerSummary } from "../../../domain/migration-wire.ts";
import { columnFrom, columnRows } from "../column-rows.ts";
import type { Tx } from "../database.ts";
import { digestHex } from "../digest-hex.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";
import { findImport, requireOpen } from "./imports.ts";

/** From worst to best: the rank of an outcome. An entry's outcome is the worst of its parts'. */
const ranks = sql.raw("array['quarantined', 'conflict', 'erased', 'excluded', 'merged', 'migrated']");

const of = (tenant: Tenant, importId: string, alias = "p"): SQL =>
  sql`${sql.raw(alias)}.school_id = ${tenant.school}::uuid and ${sql.raw(alias)}.import_id = ${importId}::uuid`;

/**
 * Declares entries; those sent before are left as they are.
 * @throws BAD_REQUEST when one was declared otherwise before, or when the import is closed and one is new
 */
export async function declareEntries(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  entries: readonly LedgerEntryWire[],
): Promise<{ added: number; known: number }> {
  await lockSchool(tx, tenant.school);
  const info = await findImport(tx, tenant, importId);
  const column = columnFrom(entries);
  const sent = columnRows([
    column("no", "integer", (e) => e.no),
    column("key", "text", (e) => JSON.stringify(e.key)),
    column("position", "text", (e) => JSON.stringify(e.position)),
    column("kind", "text", (e) => e.kind),
    column("legacy_id", "text", (e) => (e.legacyId === null ? null : JSON.stringify(e.legacyId))),
    column("start_at", "bigint", (e) => e.start),
    column("end_at", "bigint", (e) => e.end),
    column("sha256", "text", (e) => e.sha256),
    column("parts", "integer", (e) => e.parts),
  ]);
  const [counted] = await tx.rows<{ added: number }>(sql`
    with added as (
      insert into ledger_entries (school_id, import_id, no, key, position, kind, legacy_id, start_at, end_at, sha256, parts)
      select ${tenant.school}::uuid, ${importId}::uuid, r.no, r.key, r.position, r.kind, r.legacy_id, r.start_at, r.end_at,
        decode(r.sha256, 'hex'), r.parts from ${sent} on conflict do nothing returning 1)
    select count(*)::integer as added from added`);
  const added = counted?.added ?? 0;
  if (added > 0) requireOpen(info);
  if (added < entries.length) {
    const [other] = await tx.rows<{ no: number }>(sql`
      select r.no from ${sent} join ledger_entries l on ${of(tenant, importId, "l")} and l.no = r.no
      where (l.key, l.position, l.kind, l.start_at, l.end_at, l.sha256, l.parts, l.legacy_id) is distinct from
        (r.key, r.position, r.kind, r.start_at, r.end_at, decode(r.sha256, 'hex'), r.parts, r.legacy_id)
      order by r.no limit 1`);
    if (other) {
      throw new AdapterError("BAD_REQUEST", `Entry ${other.no} was declared before with other content.`, {
        place: `/entries/${other.no}`,
      });
    }
  }
  return { added, known: entries.length - added };
}

/**
 * One row an entry: what was declared, what is there, and the rank of its worst part. One pass over both tables and no
 * join, because an embedded database has no statistics by which to choose one.
 */
const perEntry = (tenant: Tenant, importId: string): SQL => sql`
  select no, bool_or(is_entry) as is_entry, coalesce(sum(declared), 0) as declared, coalesce(sum(n), 0) as present,
    max(part) as last, min(rank) as worst
  from (
    select e.no, true as is_entry, e.parts as declared, 0 as n, null::integer as part, null::integer as rank
    from ledger_entries e where ${of(tenant, importId, "e")}
    union all
    select p.entry, false, 0, 1, p.part, array_position(${ranks}, p.outcome)
    from ledger_parts p where ${of(tenant, importId)}) both_tables
  group by no`;

interface Totals {
  entries: string;
  parts: string;
  declared: string;
  unbalanced: string;
  homeless: string;
  incomplete: string;
  last: number | null;
  declaredEntries: string | null;
  declaredParts: string | null;
}

async function totals(tx: Tx, tenant: Tenant, importId: string): Promise<Totals> {
  const [row] = await tx.rows<Totals>(sql`with entry as (${perEntry(tenant, importId)})
    select (select count(*) from entry where is_entry)::text as entries,
      (select max(no) from entry where is_entry) as last,
      (select coalesce(sum(declared), 0) from entry)::text as declared,
      (select count(*) from entry where is_entry and (present <> declared or last <> declared))::text as unbalanced,
      (select coalesce(sum(present), 0) from entry)::text as parts,
      (select coalesce(sum(present), 0) from entry where not is_entry)::text as homeless,
      (select count(*) from archive_values v where ${of(tenant, importId, "v")} and not v.complete)::text as incomplete,
      i.declared_entries::text as "declaredEntries", i.declared_parts::text as "declaredParts"
    from imports i where i.school_id = ${tenant.school}::uuid and i.id = ${importId}::uuid`);
  if (!row) throw new AdapterError("IMPORT_UNKNOWN", "This school has no such import.");
  return row;
}

const isBalanced = (t: Totals): boolean =>
  t.unbalanced === "0" && t.homeless === "0" && t.declared === t.parts && Number(t.entries) === (t.last ?? 0);

/**
 * Closes an import that is whole.
 * @throws LEDGER_UNBALANCED with the numbers when anything declared is missing or anything undeclared is there
 */
export async function sealImport(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  said: { entries: number; parts: number },
): Promise<ImportInfo> {
  await lockSchool(tx, tenant.school);
  const info = await findImport(tx, tenant, importId);
  if (info.state === "rolledBack") requireOpen(info);
  const t = await totals(tx, tenant, importId);
  const right = Number(t.entries) === said.entries && Number(t.parts) === said.parts;
  if (!right || !isBalanced(t) || t.incomplete !== "0") {
    throw new AdapterError(
      "LEDGER_UNBALANCED",
      `The ledger does not balance: ${t.entries} of ${said.entries} entries and ${t.parts} of ${said.parts} parts are here.`,
      {
        facts: {
          entries: { declared: said.entries, present: Number(t.entries) },
          parts: { declared: said.parts, present: Number(t.parts) },
          entriesWithOtherParts: Number(t.unbalanced),
          partsWithoutEntry: Number(t.homeless),
          incompleteValues: Number(t.incomplete),
        },
      },
    );
  }
  await tx.rows(sql`update imports set state = 'sealed', declared_entries = ${said.entries}::bigint,
    declared_parts = ${said.parts}::bigint where school_id = ${tenant.school}::uuid and id = ${importId}::uuid`);
  return { ...info, state: "sealed" };
}

const counted = (
  rows: readonly { outcome: string; n: string }[],
): { total: number; byOutcome: Record<string, number> } => ({
  total: rows.reduce((sum, row) => sum + Number(row.n), 0),
  byOutcome: Object.fromEntries(rows.map((row) => [row.outcome, Number(row.n)])),
});

/** Both tables by outcome, whether they balance, and how many records stand for the import. @throws IMPORT_UNKNOWN */
export async function summarise(tx: Tx, tenant: Tenant, importId: string): Promise<LedgerSummary> {
  const info = await findImport(tx, tenant, importId);
  const t = await totals(tx, tenant, importId);
  const entries = await tx.rows<{ outcome: string; n: string }>(sql`
    select (${ranks})[worst] as outcome, count(*)::text as n from (${perEntry(tenant, importId)}) e
    where is_entry and worst is not null group by worst order by worst`);
  const parts = await tx.rows<{ outcome: string; n: string }>(sql`
    select p.outcome, count(*)::text as n from ledger_parts p where ${of(tenant, importId)} group by p.outcome`);
  const domains = await tx.rows<{ domain: string; n: string }>(sql`
    select p.domain, count(distinct p.record_id)::text as n from ledger_parts p where ${of(tenant, importId)}
      and p.outcome in ('migrated', 'merged') and p.digest is not null group by p.domain order by p.domain`);
  const said = t.declaredEntries === null || (t.declaredEntries === t.entries && t.declaredParts === t.parts);
  return {
    importId: info.importId,
    state: info.state,
    entries: { ...counted(entries), total: Number(t.entries) },
    parts: counted(parts),
    balanced: said && isBalanced(t),
    domains: Object.fromEntries(domains.map((row) => [row.domain, { records: Number(row.n) }])),
  };
}

export interface PageOf<After> {
  readonly outcome: string | null;
  readonly after: After | null;
  readonly limit: number;
}

type PartRow = Omit<LedgerParts["parts"][number], "digest" | "payload"> & {
  digest: string | null;
  payload: string | null;
};

/** Parts in the order of the source. By primary key, or with an outcome other than migrated by the partial index. */
export async function pageParts(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  { outcome, after, limit }: PageOf<readonly [number, number]>,
): Promise<LedgerParts> {
  await findImport(tx, tenant, importId);
  const rows = await tx.rows<PartRow>(sql`
    select p.entry, p.part, coalesce(e.key, '""') as key, coalesce(e.position, '""') as position, e.legacy_id as "legacyId",
      p.domain, p.path, p.record_id::text as "recordId", p.outcome, p.reason, p.payload, p.digest::text as digest
    from ledger_parts p left join ledger_entries e on ${of(tenant, importId, "e")} and e.no = p.entry
    where ${of(tenant, importId)}
      ${outcome === null ? sql`` : sql`and p.outcome = ${outcome}`}
      ${after === null ? sql`` : sql`and (p.entry, p.part) > (${after[0]}::integer, ${after[1]}::integer)`}
    order by p.entry, p.part limit ${limit + 1}::integer`);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    parts: page.map((row) => ({
      ...row,
      key: JSON.parse(row.key) as string,
      position: JSON.parse(row.position) as string,
      path: JSON.parse(row.path) as string,
      legacyId: row.legacyId === null ? null : (JSON.parse(row.legacyId) as string),
      payload: row.payload === null ? null : (JSON.parse(row.payload) as unknown),
      digest: row.digest === null ? null : digestHex(row.digest),
    })),
    next: rows.length > limit && last ? `${last.entry}.${last.part}` : null,
  };
}

interface EntryRow {
  no: number;
  key: string;
  position: string;
  kind: string;
  legacyId: string | null;
  start: string;
  end: string;
  sha256: string;
  parts: number;
  outcome: string | null;
}

/** Entries with their outcomes, in the order of the source. Both tables by primary key. */
export async function pageEntries(tx: Tx, tenant: Tenant, importId: string, { outcome, after, limit }: PageOf<number>) {
  await findImport(tx, tenant, importId);
  const rows = await tx.rows<EntryRow>(sql`
    select * from (select e.no, e.key, e.position, e.kind, e.legacy_id as "legacyId", e.start_at::text as start,
        e.end_at::text as "end", encode(e.sha256, 'hex') as sha256, e.parts,
        (select (${ranks})[min(array_position(${ranks}, p.outcome))] from ledger_parts p
          where ${of(tenant, importId)} and p.entry = e.no) as outcome
      from ledger_entries e where ${of(tenant, importId, "e")} and e.no > ${after ?? 0}::integer) e
    ${outcome === null ? sql`` : sql`where e.outcome = ${outcome}`} order by e.no limit ${limit + 1}::integer`);
  const page = rows.slice(0, limit).map((row) => ({
    ...row,
    key: JSON.parse(row.key) as string,
    position: JSON.parse(row.position) as string,
    legacyId: row.legacyId === null ? null : (JSON.parse(row.legacyId) as string),
    start: Number(row.start),
    end: Number(row.end),
  }));
  return { entries: page, next: rows.length > limit ? String(page.at(-1)?.no) : null };
}
