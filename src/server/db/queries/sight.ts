/** The condition on `t` that leaves the rows that a user may see; by primary key or the index of the owner's reference. */
import { type SQL, sql } from "drizzle-orm";
import type { Sight } from "../../authorise.ts";
import type { Table } from "../table.ts";

export function seenBy(sight: Sight, table: Table): SQL {
  if (sight.kind === "all") return sql`true`;
  const owner = table.domain.owner === null ? undefined : table.value(table.domain.owner);
  return owner && sight.studentId !== null ? sql`${owner} = ${sight.studentId}::uuid` : sql`false`;
}
