/** The limit of a load: COPY of the rows that one school has, into the same tables, for another school. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Sql } from "postgres";
import { snakeCase } from "../../src/domain/sql-names.ts";
import { schoolDomains } from "../../src/school/domains.ts";

/** Milliseconds for the records alone, and with their history and ledger. */
export async function copyBeside(sql: Sql, school: string): Promise<{ readonly rows: number; readonly all: number }> {
  const other = randomUUID();
  const rows: number[] = [];
  for (const domain of schoolDomains) rows.push(await copyTable(sql, snakeCase(domain.name), { school, other }));
  await copyTable(sql, "imports", { school, other });
  const rest: number[] = [];
  for (const table of ["history", "ledger_entries", "ledger_parts"])
    rest.push(await copyTable(sql, table, { school, other }));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return { rows: sum(rows), all: sum(rows) + sum(rest) };
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
