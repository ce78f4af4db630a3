/** Backfill: the parts of an import become rows where there were none, and each part's end is noted beside its row. */
import { type SQL, sql } from "drizzle-orm";
import type { DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { BackfillAnswer, BackfillPart } from "../../../domain/migration-wire.ts";
import type { Tx } from "../database.ts";
import { appendHistory, type Change } from "../history.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";
import { type Ending, type ParsedPart, parseParts, type RecordPart } from "./backfill-parts.ts";
import { findImport, requireOpen } from "./imports.ts";
import { insertAbsent } from "./insert-absent.ts";

export interface Backfill {
  readonly importId: string;
  readonly epoch: number;
  readonly parts: readonly BackfillPart[];
}

/** Reads the batch outside the transaction, so that the school is locked for the database's work alone. */
export const prepareBackfill = (domains: DomainSet, backfill: Backfill): readonly ParsedPart[] =>
  parseParts(domains, backfill.parts);

/**
 * Takes a batch, parents before children, in a constant number of statements for each domain in it.
 * - Absent → `migrated`; present and equal → `merged` (EQUAL); else `conflict` (CREATE_CREATE, UNIQUE_TAKEN).
 * - A reference to nobody → `quarantined` (ORPHAN), the record kept as the part's payload.
 * - A part that this import sent before keeps its outcome: after a lost answer the batch can be sent again.
 * @throws EPOCH_STALE, IMPORT_UNKNOWN, BAD_REQUEST when the import is closed; nothing of the batch is kept then
 */
export async function runBackfill(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { importId, epoch, parsed, at }: { importId: string; epoch: number; parsed: readonly ParsedPart[]; at: Date },
): Promise<BackfillAnswer> {
  const school = await lockSchool(tx, tenant.school);
  const info = await findImport(tx, tenant, importId);
  if (school.epoch !== epoch) {
    throw new AdapterError("EPOCH_STALE", `The school is at epoch ${school.epoch}, the batch at ${epoch}.`, {
      facts: { epoch: school.epoch },
    });
  }
  const endings = await noted(tx, tenant, importId, parsed);
  const fresh = parsed.filter((part) => !endings.has(part.key));
  if (fresh.length > 0) requireOpen(info);
  const created: Change[] = [];
  for (const domain of domains.all) {
    const parts = fresh.filter((part): part is RecordPart => part.record !== null && part.domain === domain.name);
    if (parts.length === 0) continue;
    const result = await insertAbsent(tx, tenant, {
      domains,
      domain,
      parts,
      firstSeq: school.seq + created.length + 1,
    });
    for (const [key, ending] of result.endings) endings.set(key, ending);
    for (const { recordId, digest } of result.inserted) {
      created.push({
        domain: domain.name,
        recordId,
        op: "create",
        before: null,
        digestAfter: digest,
        author: tenant.user,
        clientId: null,
        mutationId: null,
        importId,
      });
    }
  }
  for (const part of fresh) if (part.record === null) endings.set(part.key, part.ending);
  await noteParts(tx, tenant, importId, fresh, endings);
  const { seq } = await appendHistory(tx, school, created, at);
  return answer(seq, parsed, endings);
}

function answer(seq: number, parsed: readonly ParsedPart[], endings: ReadonlyMap<string, Ending>): BackfillAnswer {
  const outcomes: Record<string, number> = {};
  const others: BackfillAnswer["others"] = [];
  for (const part of parsed) {
    const ending = endings.get(part.key);
    if (!ending) throw new AdapterError("LEDGER_UNBALANCED", `Part ${part.key} of the batch has no outcome.`);
    outcomes[ending.outcome] = (outcomes[ending.outcome] ?? 0) + 1;
    if (part.record !== null && ending.outcome !== "migrated")
      others.push({ entry: part.entry, part: part.part, outcome: ending.outcome, reason: ending.reason ?? "" });
  }
  return { seq, outcomes, others };
}

const intArray = (numbers: readonly number[]): SQL => sql`${`{${numbers.join()}}`}::integer[]`;

/**
 * The endings of parts that this import sent before; by primary key, a look-up a part. Without the lateral a planner
 * that has no statistics yet (a first import) expects one row of the import and compares every part with every row.
 */
async function noted(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  parsed: readonly ParsedPart[],
): Promise<Map<string, Ending>> {
  const rows = await tx.rows<{ entry: number; part: number; outcome: Ending["outcome"]; reason: string | null }>(sql`
    select k.entry, k.part, p.outcome, p.reason
    from unnest(${intArray(parsed.map((p) => p.entry))}, ${intArray(parsed.map((p) => p.part))}) as k(entry, part)
    cross join lateral (
      select outcome, reason from ledger_parts l
      where l.school_id = ${tenant.school}::uuid and l.import_id = ${importId}::uuid
        and l.entry = k.entry and l.part = k.part
      offset 0) p`);
  return new Map(
    rows.map((row) => [
      `${row.entry}.${row.part}`,
      { outcome: row.outcome, reason: row.reason, recordId: null, digest: null, payload: null },
    ]),
  );
}

/** One statement: the second of the two tables of the ledger. */
async function noteParts(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  parts: readonly ParsedPart[],
  endings: ReadonlyMap<string, Ending>,
): Promise<void> {
  if (parts.length === 0) return;
  const rows = parts.map((part) => {
    const ending = endings.get(part.key);
    return {
      e: part.entry,
      p: part.part,
      d: part.domain,
      h: JSON.stringify(part.path),
      i: ending?.recordId ?? null,
      o: ending?.outcome,
      r: ending?.reason ?? null,
      g: ending?.digest ?? null,
      y: ending?.payload ?? null,
    };
  });
  await tx.rows(sql`
    insert into ledger_parts (school_id, import_id, entry, part, domain, path, record_id, outcome, reason, digest, payload)
    select ${tenant.school}::uuid, ${importId}::uuid, r.e, r.p, r.d, r.h, r.i, r.o, r.r, r.g, r.y
    from json_to_recordset(${JSON.stringify(rows)}::text::json)
      as r(e integer, p integer, d text, h text, i uuid, o text, r text, g bigint, y text)`);
}
