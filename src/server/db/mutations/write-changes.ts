/** Writes what a batch of mutations comes to: parents before children, and deletes last, from the children up. */
import type { DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { SchoolId } from "../../../domain/ids.ts";
import type { Tx } from "../database.ts";
import { sqlState } from "../retry-transaction.ts";
import { tableOf } from "../table.ts";
import { deleteRows, insertRows, type RowToWrite, updateRows } from "../write-rows.ts";
import { type Incoming, keyOf, type PlannedChange } from "./world.ts";

interface Net {
  readonly first: PlannedChange;
  readonly last: PlannedChange;
  readonly seq: number;
}

/** @param seq of the change before the first */
export async function writeChanges(
  tx: Tx,
  domains: DomainSet,
  school: SchoolId,
  seq: number,
  changes: readonly PlannedChange[],
): Promise<void> {
  const net = new Map<string, Net>();
  for (const [i, last] of changes.entries()) {
    const key = keyOf(last.domain.name, last.id);
    net.set(key, { first: net.get(key)?.first ?? last, last, seq: seq + i + 1 });
  }
  const touched = domains.all
    .map((domain) => ({ table: tableOf(domain), lines: [...net.values()].filter((n) => n.last.domain === domain) }))
    .filter(({ lines }) => lines.length > 0);
  const rows = (lines: readonly Net[], stored: boolean): RowToWrite[] =>
    lines.flatMap(({ first, last, seq: at }) =>
      last.after && (first.before !== null) === stored ? [{ record: last.after, version: last.version, seq: at }] : [],
    );
  for (const { table, lines } of touched) await insertRows(tx, table, rows(lines, false), school);
  for (const { table, lines } of touched) await updateRows(tx, table, rows(lines, true));
  for (const { table, lines } of touched.reverse()) {
    const gone = lines.filter(({ first, last }) => first.before !== null && last.after === null);
    await deleteRows(
      tx,
      table,
      gone.map(({ last }) => last.id),
    );
  }
}

/**
 * What an integrity error of the database says about the one mutation that met it; `null` for any other error. The same
 * words whatever row is in the way, so that nothing can be learned by trying (S5).
 */
export function asRejection(error: unknown, { kind, domain }: Incoming): AdapterError | null {
  const state = sqlState(error) ?? "";
  if (state === "23505") {
    return new AdapterError("UNIQUE_TAKEN", `Another record of ${domain} has these values.`, { cause: error });
  }
  if (state === "23503") {
    return kind === "delete"
      ? new AdapterError("REFERENCED", "Another record names this one.", { cause: error })
      : new AdapterError("REFERENCE_MISSING", "A reference names no record.", { cause: error });
  }
  if (/^(22|23|54)/.test(state)) {
    return new AdapterError("RECORD_INVALID", `The database refuses this record of ${domain}.`, { cause: error });
  }
  return null;
}
