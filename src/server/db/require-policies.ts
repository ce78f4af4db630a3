/** The last look before serving: is every table with a school in it under a forced policy? */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";

/**
 * @throws ROLE_UNSAFE naming a table without one; CONFIG_INVALID when the schema is not there
 */
export async function requireForcedPolicies(db: Database): Promise<void> {
  const tables = await db.transaction((tx) =>
    tx.rows<{ name: string; safe: boolean }>(sql`
      select c.relname::text as name, c.relrowsecurity and c.relforcerowsecurity
        and exists (select 1 from pg_policy p where p.polrelid = c.oid) as safe
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
        and (c.relname = 'schools' or exists (
          select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'school_id' and not a.attisdropped))`),
  );
  if (!tables.some((table) => table.name === "schools")) {
    throw new AdapterError("CONFIG_INVALID", "The database has no schema yet.", {
      fix: "Start once with the owner's URL (--owner-url or HDA_OWNER_URL).",
    });
  }
  const unsafe = tables.find((table) => !table.safe);
  if (unsafe) {
    throw new AdapterError("ROLE_UNSAFE", `The table ${unsafe.name} has no forced policy.`, {
      fix: "Start once with the owner's URL, so that the schema is brought up to date.",
    });
  }
}
