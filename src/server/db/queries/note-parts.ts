/** The second of the two tables of the ledger: where the parts of a batch ended. */
import { type SQL, sql } from "drizzle-orm";
import { columnFrom, columnRows } from "../column-rows.ts";
import type { Tenant } from "../with-tenant.ts";
import type { Ending, ParsedPart } from "./backfill-parts.ts";

/** A part with its place and its end. */
export type EndedPart = readonly [ParsedPart, Ending];

/** The parts as rows of a statement. Making it takes longer than most of what happens under the school's lock. */
export function ledgerRows(ended: readonly EndedPart[]): SQL {
  const column = columnFrom(ended);
  return columnRows([
    column("entry", "integer", ([part]) => part.entry),
    column("part", "integer", ([part]) => part.part),
    column("domain", "text", ([part]) => part.domain),
    column("path", "text", ([part]) => JSON.stringify(part.path)),
    column("record_id", "uuid", ([, ending]) => ending.recordId),
    column("outcome", "text", ([, ending]) => ending.outcome),
    column("reason", "text", ([, ending]) => ending.reason),
    column("digest", "bigint", ([, ending]) => ending.digest),
    column("payload", "text", ([, ending]) => ending.payload),
  ]);
}

/** The statement that notes them. */
export const insertParts = ({ school }: Tenant, importId: string, rows: SQL): SQL => sql`
  insert into ledger_parts (school_id, import_id, entry, part, domain, path, record_id, outcome, reason, digest, payload)
  select ${school}::uuid, ${importId}::uuid, r.entry, r.part, r.domain, r.path, r.record_id, r.outcome, r.reason,
    r.digest, r.payload from ${rows}`;
