/** The conflicts of an import, decided by a human: the first record stays, or the second takes its place. */
import { sql } from "drizzle-orm";
import type { DomainSet } from "../../../domain/define-domain.ts";
import { digestOf } from "../../../domain/digest.ts";
import { AdapterError } from "../../../domain/errors.ts";
import { parseRecord } from "../../../domain/record.ts";
import { noteMoves, readAliases, turned } from "../aliases.ts";
import type { Tx } from "../database.ts";
import { appendHistory, type Change } from "../history.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";
import { findImport } from "./imports.ts";
import { putRecords } from "./put-records.ts";

export interface Decision {
  readonly entry: number;
  readonly part: number;
  readonly keep: "first" | "second";
}

interface ConflictRow {
  entry: number;
  part: number;
  domain: string;
  outcome: string;
  reason: string | null;
  payload: string | null;
}

/**
 * - `first`: the part ends `excluded` (RESOLVED_FIRST); its record stays in its payload.
 * - `second`: the part's record is written; the first stays in the history. The part ends `merged` (RESOLVED_SECOND), so
 *   that a rollback does not take a row that was there before.
 * A decision sent again is left as it is.
 * @throws NOT_FOUND for a part that is no conflict, REFERENCE_MISSING, UNIQUE_TAKEN; nothing is written then
 */
export async function resolveConflicts(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { importId, decisions, at }: { importId: string; decisions: readonly Decision[]; at: Date },
): Promise<{ seq: number; resolved: number }> {
  const state = await lockSchool(tx, tenant.school);
  await findImport(tx, tenant, importId);
  const open = await openDecisions(tx, tenant, importId, decisions);
  const survivorOf = await readAliases(tx, tenant, domains);
  const changes: Change[] = [];
  const rows = open
    .filter(({ keep }) => keep === "first")
    .map(({ row }) => ({ e: row.entry, p: row.part, o: "excluded", r: "RESOLVED_FIRST", g: null as string | null }));
  for (const domain of domains.all) {
    const seconds = open
      .filter(({ keep, row }) => keep === "second" && row.domain === domain.name)
      .map(({ row }) => {
        const { record, moves } = turned(domain, parseRecord(domain, JSON.parse(row.payload ?? "null")), survivorOf);
        return { row, record, moves };
      });
    if (new Set(seconds.map(({ record }) => record.id)).size !== seconds.length) {
      throw new AdapterError("BAD_REQUEST", "Two parts are to be the same record; choose one.", { place: "/parts" });
    }
    const records = seconds.map(({ record }) => record);
    changes.push(...(await putRecords(tx, tenant, state, changes.length, { domains, domain, records, importId })));
    await noteMoves(
      tx,
      tenant,
      seconds.flatMap(({ moves }) => moves),
    );
    for (const { row, record } of seconds) {
      const digest = BigInt.asIntN(64, digestOf(domain, record)).toString();
      rows.push({ e: row.entry, p: row.part, o: "merged", r: "RESOLVED_SECOND", g: digest });
    }
  }
  await tx.rows(sql`
    update ledger_parts p set outcome = r.o, reason = r.r, digest = r.g, resolved_by = ${tenant.user},
      resolved_at = ${at.toISOString()}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(e integer, p integer, o text, r text, g bigint)
    where p.school_id = ${tenant.school}::uuid and p.import_id = ${importId}::uuid and p.entry = r.e and p.part = r.p`);
  const { seq } = await appendHistory(tx, state, changes, at);
  return { seq, resolved: rows.length };
}

/** What of the decisions is still to be done; by primary key. */
async function openDecisions(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  decisions: readonly Decision[],
): Promise<{ keep: Decision["keep"]; row: ConflictRow }[]> {
  const rows = await tx.rows<ConflictRow>(sql`
    select p.entry, p.part, p.domain, p.outcome, p.reason, p.payload
    from json_to_recordset(${JSON.stringify(decisions)}::text::json) as k(entry integer, part integer)
    join ledger_parts p on p.school_id = ${tenant.school}::uuid and p.import_id = ${importId}::uuid
      and p.entry = k.entry and p.part = k.part`);
  const byPlace = new Map(rows.map((row) => [`${row.entry}.${row.part}`, row]));
  const open = new Map<string, { keep: Decision["keep"]; row: ConflictRow }>();
  for (const { entry, part, keep } of decisions) {
    const place = `${entry}.${part}`;
    const row = byPlace.get(place);
    if (row?.reason === (keep === "first" ? "RESOLVED_FIRST" : "RESOLVED_SECOND")) continue;
    if (row?.outcome !== "conflict") {
      throw new AdapterError("NOT_FOUND", `Part ${place} is no open conflict of this import.`, { place });
    }
    if (open.has(place)) throw new AdapterError("BAD_REQUEST", `Part ${place} is decided twice.`, { place });
    open.set(place, { keep, row });
  }
  return [...open.values()];
}
