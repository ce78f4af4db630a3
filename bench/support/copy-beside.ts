/** The limit of a load: COPY of the rows that one school has, into the same tables, for another school. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Sql } from "postgres";
import { snakeCase } from "../../src/domain/sql-names.ts";
import { schoolDomains } from "../../src/school/domains.ts";

/** Milliseconds for each table: the twelve of the records, then `history`, `ledger_parts` and `ledger_entries`. */
export async function copyBeside(sql: Sql, school: string): Promise<ReadonlyMap<string, number>> {
  const other = randomUUID();
  const took = new Map<string, number>();
  const tables = [...schoolDomains.map(({ name }) => snakeCase(name)), "imports", "history", "ledger_parts"];
  for (const table of [...tables, "ledger_entries"]) took.set(table, await copyTable(sql, table, { school, other }));
  took.delete("imports"); // one row, which the ledger names
  return took;
}

async function copyTable(
  sql: Sql,
  table: string,
  { school, other }: { school: string; other: string },
): Promise<number> {
  const columns = await sql<{ name: string }[]>`select quote_ident(attname) as name from pg_attribute
    where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attgenerated = '' and attname <> 'school_id'
    order by attnum`;
  const names = columns.map((c) => c.name).join(", ");
  const chunks: Buffer[] = [];
  const out = await sql
    .unsafe(`copy (select '${other}'::uuid, ${names} from ${table} where school_id = '${school}') to stdout`)
    .readable();
  for await (const chunk of out) chunks.push(chunk as Buffer);
  const began = performance.now();
  await pipeline(Readable.from(chunks), await sql.unsafe(`copy ${table} (school_id, ${names}) from stdin`).writable());
  return performance.now() - began;
}
