/** What stands once above several records is true of each of them. */
import type { Claim } from "../../types.ts";
import type { RecordBuilder } from "../record-builder.ts";

/**
 * Says a claim of the thing above of one record: its columns of every record, what is kept of the first.
 * @param keeper the member of the first record's `extra` that keeps the rest; `false` for the others
 */
export function retell(claim: Claim, record: RecordBuilder, keeper: string | false): void {
  const { claims } = record.entry;
  const { id } = record.identity;
  if (claim.to === "column") claims.push({ ...claim, id });
  else if (keeper === false) return;
  else if (claim.to === "extra") claims.push({ ...claim, id, at: `/${keeper}${claim.at}` });
  else claims.push(claim);
}
