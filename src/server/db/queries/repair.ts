/** Repair: what a verification found is mended, each mend a change in the history with the row as it was. */
import type { DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import { parseRecordId } from "../../../domain/ids.ts";
import { parseRecord } from "../../../domain/record.ts";
import type { Tx } from "../database.ts";
import { appendHistory, removalOf } from "../history.ts";
import { lockSchool } from "../school.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { deleteRows, readRecords } from "../write-rows.ts";
import { putRecords } from "./put-records.ts";
import { refuseReferenced } from "./referenced-by.ts";

export interface Repair {
  readonly domain: string;
  readonly put: readonly Readonly<Record<string, unknown>>[];
  readonly remove: readonly string[];
  readonly at: Date;
}

/** @throws what `parseRecord` throws, BAD_REQUEST, REFERENCE_MISSING, REFERENCED, UNIQUE_TAKEN; nothing is written then */
export async function repairRecords(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  repair: Repair,
): Promise<{ seq: number; put: number; removed: number }> {
  const domain = domains.get(repair.domain);
  const records = repair.put.map((value) => parseRecord(domain, value));
  const ids = new Set(records.map((record) => record.id));
  const remove = [...new Set(repair.remove.map(parseRecordId))];
  if (ids.size !== records.length || remove.some((id) => ids.has(id))) {
    throw new AdapterError("BAD_REQUEST", "A record stands in the repair twice.", { place: "/put" });
  }
  const state = await lockSchool(tx, tenant.school);
  const gone = await readRecords(tx, domain, remove);
  await refuseReferenced(tx, domains, new Map([[domain.name, new Set(gone.keys())]]));
  // Removed first, so that a row in the way of a unique key makes room.
  await deleteRows(tx, tableOf(domain), [...gone.keys()]);
  const removals = [...gone.values()].map((stored) =>
    removalOf(domain.name, stored, { author: tenant.user, importId: null }),
  );
  const puts = await putRecords(tx, tenant, state, removals.length, { domains, domain, records, importId: null });
  const { seq } = await appendHistory(tx, state, [...removals, ...puts], repair.at);
  return { seq, put: puts.length, removed: removals.length };
}
