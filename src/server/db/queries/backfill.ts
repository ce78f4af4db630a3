/** Backfill: the parts of an import become rows where there were none, and each part's end is noted beside its row. */
import { sql } from "drizzle-orm";
import type { DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { BackfillAnswer, BackfillPart } from "../../../domain/migration-wire.ts";
import type { Services } from "../../services.ts";
import { columnFrom, columnRows } from "../column-rows.ts";
import type { Tx } from "../database.ts";
import { appendHistory, type Change } from "../history.ts";
import { sqlState } from "../retry-transaction.ts";
import { lockSchool } from "../school.ts";
import { type Tenant, withTenant } from "../with-tenant.ts";
import { throughJoins } from "./backfill-joins.ts";
import { type Ending, type ParsedPart, parseParts, type RecordPart } from "./backfill-parts.ts";
import { NotPlain, plainBatch, writePlain } from "./backfill-plain.ts";
import { findImport, requireOpen } from "./imports.ts";
import { insertAbsent } from "./insert-absent.ts";
import { type EndedPart, insertParts, ledgerRows } from "./note-parts.ts";

interface Backfill {
  readonly importId: string;
  readonly epoch: number;
  readonly parts: readonly BackfillPart[];
}

interface Batch {
  readonly importId: string;
  readonly epoch: number;
  readonly parsed: readonly ParsedPart[];
  readonly at: Date;
}

/** What PostgreSQL answers when something of a batch is there already, or something that it names is not. */
const keyViolations = ["23505", "23503"];

/**
 * Takes a batch: read and made ready first, then written at once; step by step where it cannot be. All of it or nothing.
 * @throws what `parseParts` throws; EPOCH_STALE, IMPORT_UNKNOWN, BAD_REQUEST when the import is closed
 */
export async function takeBackfill(
  { db, domains, now }: Pick<Services, "db" | "domains" | "now">,
  tenant: Tenant,
  { importId, epoch, parts }: Backfill,
): Promise<BackfillAnswer> {
  const parsed = await parseParts(domains, parts);
  const at = now();
  const batch = await plainBatch(domains, parsed, { author: tenant.user, importId, at });
  if (batch) {
    try {
      const seq = await withTenant(db, tenant, (tx) => writePlain(tx, tenant, domains, { importId, epoch, batch }));
      return answer(seq, parsed, batch.endings);
    } catch (error) {
      if (!(error instanceof NotPlain) && !keyViolations.includes(sqlState(error) ?? "")) throw error;
    }
  }
  return withTenant(db, tenant, (tx) => runBackfill(tx, tenant, domains, { importId, epoch, parsed, at }));
}

/**
 * Takes a batch, parents before children, in a constant number of statements for each domain in it.
 * - Absent → `migrated`; present and equal → `merged` (EQUAL); else `conflict` (CREATE_CREATE, UNIQUE_TAKEN).
 * - A record that was joined to another one → `merged` (ALIAS); a reference to it names the survivor.
 * - A reference to nobody → `quarantined` (ORPHAN), the record kept as the part's payload.
 * - A part that this import sent before keeps its outcome: after a lost answer the batch can be sent again.
 * @throws EPOCH_STALE, IMPORT_UNKNOWN, BAD_REQUEST when the import is closed; nothing of the batch is kept then
 */
async function runBackfill(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { importId, epoch, parsed, at }: Batch,
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
  const joins = await throughJoins(tx, tenant, domains, fresh);
  for (const [key, ending] of joins.endings) endings.set(key, ending);
  for (const domain of domains.all) {
    const parts = joins.parts.filter((part): part is RecordPart => part.record !== null && part.domain === domain.name);
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
  const ended = fresh.flatMap((part): EndedPart[] => {
    const ending = endings.get(part.key);
    return ending ? [[part, ending]] : [];
  });
  if (ended.length > 0) await tx.rows(insertParts(tenant, importId, ledgerRows(ended)));
  await joins.note(created);
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
  const column = columnFrom(parsed);
  const rows = await tx.rows<{ entry: number; part: number; outcome: Ending["outcome"]; reason: string | null }>(sql`
    select r.entry, r.part, p.outcome, p.reason
    from ${columnRows([column("entry", "integer", (p) => p.entry), column("part", "integer", (p) => p.part)])}
    cross join lateral (
      select outcome, reason from ledger_parts l
      where l.school_id = ${tenant.school}::uuid and l.import_id = ${importId}::uuid
        and l.entry = r.entry and l.part = r.part
      offset 0) p`);
  return new Map(
    rows.map((row) => [
      `${row.entry}.${row.part}`,
      { outcome: row.outcome, reason: row.reason, recordId: null, digest: null, payload: null },
    ]),
  );
}
