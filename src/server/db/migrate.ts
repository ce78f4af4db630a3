/** Brings the schema up to date, once, whoever starts first. */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { Database } from "./database.ts";
import { migrations, type SchemaMigration } from "./migrations/all.ts";

// Any number, the same in every process: "hda" in ASCII.
const lockKey = 6_841_441;

/**
 * Runs the pending steps in one transaction under a lock, and returns their names.
 * @throws SCHEMA_NEWER when the database has run a step that this program does not know
 */
export async function migrate(db: Database, steps: readonly SchemaMigration[] = migrations): Promise<string[]> {
  return db.owner(async (tx) => {
    await tx.rows(sql`select pg_advisory_xact_lock(${lockKey}::bigint)::text`);
    await tx.script(
      "create table if not exists schema_migrations (name text primary key, at timestamptz default now())",
    );
    const done = new Set((await tx.rows<{ name: string }>(sql`select name from schema_migrations`)).map((r) => r.name));
    const unknown = [...done].find((name) => !steps.some((step) => step.name === name));
    if (unknown) {
      throw new AdapterError("SCHEMA_NEWER", `The database has run ${unknown}, which this program does not know.`);
    }
    const pending = steps.filter((step) => !done.has(step.name));
    for (const step of pending) {
      await tx.script(step.sql);
      await tx.rows(sql`insert into schema_migrations (name) values (${step.name})`);
    }
    return pending.map((step) => step.name);
  });
}
