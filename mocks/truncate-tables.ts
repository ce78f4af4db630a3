/** Empties a mock's database, which takes a hundredth of the time that making one does. */
import { sql } from "drizzle-orm";
import type { Database } from "../src/server/db/database.ts";

/** Every table but the one that says which steps the schema has run. */
export const truncateTables = (db: Database): Promise<void> =>
  db.owner(async (tx) => {
    const [row] = await tx.rows<{ names: string | null }>(sql`
      select string_agg(quote_ident(tablename), ', ') as names from pg_tables
      where schemaname = 'public' and tablename <> 'schema_migrations'`);
    if (row?.names) await tx.script(`truncate ${row.names} cascade`);
  });
