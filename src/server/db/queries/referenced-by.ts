/** Rows that stay and name rows that are to go. */
import { type SQL, sql } from "drizzle-orm";
import type { DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { Tx } from "../database.ts";
import { idArray } from "../id-array.ts";
import { tableOf } from "../table.ts";

/** How many of them an answer names. */
const named = 20;

/**
 * By the index of each reference, one statement a reference.
 * @throws REFERENCED naming those that stay
 */
export async function refuseReferenced(
  tx: Tx,
  domains: DomainSet,
  going: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<void> {
  const staying: { domain: string; id: string; field: string; to: string }[] = [];
  for (const child of domains.all) {
    const table = tableOf(child);
    const alsoGoing = going.get(child.name);
    const stays: SQL = alsoGoing?.size ? sql`and not t.id = any(${idArray(alsoGoing)})` : sql``;
    for (const [field, { to }] of Object.entries(child.references)) {
      const ids = going.get(to);
      const column = table.value(field);
      if (!ids?.size || !column) continue;
      const rows = await tx.rows<{ id: string }>(sql`select t.id::text as id from ${table.identifier} t
        where ${table.scope} and ${column} = any(${idArray(ids)}) ${stays} order by t.id limit ${named}::integer`);
      staying.push(...rows.map(({ id }) => ({ domain: child.name, id, field, to })));
    }
  }
  if (staying.length === 0) return;
  throw new AdapterError("REFERENCED", "Records that would stay name records that would go.", {
    facts: { records: staying.slice(0, named) },
  });
}
