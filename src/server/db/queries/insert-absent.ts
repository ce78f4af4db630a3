/** Insert-if-absent for one domain of a backfill, and what became of every record. */
import { sql } from "drizzle-orm";
import type { Domain, DomainSet } from "../../../domain/define-domain.ts";
import { digestOf } from "../../../domain/digest.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { Tx } from "../database.ts";
import { idArray } from "../id-array.ts";
import { type Table, tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { missingReferences } from "../write-rows.ts";
import type { Ending, RecordPart } from "./backfill-parts.ts";

export interface AbsentResult {
  /** In the order of their `seq`. */
  readonly inserted: readonly { readonly recordId: RecordId; readonly digest: bigint }[];
  /** By the key of the part. */
  readonly endings: ReadonlyMap<string, Ending>;
}

interface Task {
  readonly domains: DomainSet;
  readonly domain: Domain;
  readonly parts: readonly RecordPart[];
  /** The `seq` of the first row that is inserted. */
  readonly firstSeq: number;
}

/** References, insert, and a look at what was there before: a statement each. The school must be locked. */
export async function insertAbsent(tx: Tx, tenant: Tenant, task: Task): Promise<AbsentResult> {
  const { domain, parts, firstSeq } = task;
  const table = tableOf(domain);
  const endings = new Map<string, Ending>();
  const whole = await withoutOrphans(tx, task, endings);
  // Of several parts with one id the first is the record; the others are compared with it.
  const candidates = new Map<string, RecordPart>();
  for (const part of whole) if (!candidates.has(part.record.id)) candidates.set(part.record.id, part);
  const digests = await insert(tx, tenant, table, [...candidates.values()], firstSeq);
  const inserted: { recordId: RecordId; digest: bigint }[] = [];
  const rest: RecordPart[] = [];
  for (const part of whole) {
    const digest = candidates.get(part.record.id) === part ? digests.get(part.record.id) : undefined;
    if (digest === undefined) {
      rest.push(part);
      continue;
    }
    inserted.push({ recordId: part.record.id, digest: BigInt(digest) });
    endings.set(part.key, { outcome: "migrated", reason: null, recordId: part.record.id, digest, payload: null });
  }
  if (digests.size > 0 && digests.size < candidates.size) await renumber(tx, tenant, table, inserted, firstSeq);
  if (rest.length > 0) await classify(tx, tenant, table, rest, endings);
  if (endings.size !== parts.length) throw new Error("A part of the batch was lost.");
  return { inserted, endings };
}

/** Sets aside what refers to nobody; in a domain that refers to itself, also what refers to that. */
async function withoutOrphans(tx: Tx, task: Task, endings: Map<string, Ending>): Promise<readonly RecordPart[]> {
  let whole = task.parts;
  for (;;) {
    const missing = await missingReferences(tx, task.domains, whole);
    if (missing.length === 0) return whole;
    const orphans = new Map(missing.map((m) => [m.recordId, m.field]));
    for (const part of whole) {
      const field = orphans.get(part.record.id);
      if (field !== undefined) endings.set(part.key, setAside(part, "quarantined", "ORPHAN"));
    }
    whole = whole.filter((part) => !orphans.has(part.record.id));
    if (!Object.values(task.domain.references).some(({ to }) => to === task.domain.name)) return whole;
  }
}

/** The digests of the rows that were inserted, by id. `on conflict` without a target covers the unique keys, too. */
async function insert(
  tx: Tx,
  tenant: Tenant,
  table: Table,
  parts: readonly RecordPart[],
  firstSeq: number,
): Promise<Map<string, string>> {
  if (parts.length === 0) return new Map();
  const rows = table.rowSet(parts.map((part) => part.record));
  const inserted = await tx.rows<{ id: string; digest: string }>(sql`
    insert into ${table.identifier} (school_id, version, seq, ${table.insertColumns})
    select ${tenant.school}::uuid, 1, ${firstSeq}::bigint + r.n - 1, ${table.insertValues} from ${rows}
    on conflict do nothing returning id::text as id, digest::text as digest`);
  return new Map(inserted.map((row) => [row.id, row.digest]));
}

/** Where some were not inserted, the others close the gaps, because a row's `seq` is its change's place in the history. */
async function renumber(
  tx: Tx,
  tenant: Tenant,
  table: Table,
  inserted: readonly { readonly recordId: RecordId }[],
  firstSeq: number,
): Promise<void> {
  const rows = JSON.stringify(inserted.map(({ recordId }, index) => ({ id: recordId, seq: firstSeq + index })));
  await tx.rows(sql`update ${table.identifier} t set seq = r.seq
    from json_to_recordset(${rows}::text::json) as r(id uuid, seq bigint)
    where t.school_id = ${tenant.school}::uuid and t.id = r.id and ${table.scope} and t.seq <> r.seq`);
}

async function classify(
  tx: Tx,
  tenant: Tenant,
  table: Table,
  parts: readonly RecordPart[],
  endings: Map<string, Ending>,
): Promise<void> {
  const rows = await tx.rows<{ id: string; digest: string }>(sql`
    select t.id::text as id, t.digest::text as digest from ${table.identifier} t where ${table.scope}
      and t.school_id = ${tenant.school}::uuid and t.id = any(${idArray(parts.map((part) => part.record.id))})`);
  const stored = new Map(rows.map((row) => [row.id, row.digest]));
  for (const part of parts) {
    const digest = stored.get(part.record.id);
    const own = BigInt.asIntN(64, digestOf(table.domain, part.record)).toString();
    if (digest === own) {
      endings.set(part.key, { outcome: "merged", reason: "EQUAL", recordId: part.record.id, digest, payload: null });
    } else {
      endings.set(part.key, setAside(part, "conflict", digest === undefined ? "UNIQUE_TAKEN" : "CREATE_CREATE"));
    }
  }
}

const setAside = (part: RecordPart, outcome: "conflict" | "quarantined", reason: string): Ending => ({
  outcome,
  reason,
  recordId: part.record.id,
  digest: null,
  payload: JSON.stringify(part.sent ?? part.record),
});
