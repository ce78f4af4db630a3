/** Makes a PostgreSQL database ready: the schema as its owner, and a role for the server that owns nothing. */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import { openPostgres } from "./database.ts";
import { migrate } from "./migrate.ts";
import { appRole } from "./tenant-table.ts";

const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/**
 * Brings the schema up to date and gives the role of `runtimeUrl` its rights, making the role when it is not there.
 * @param ownerUrl a role that owns (or will own) the schema and may create roles
 * @param runtimeUrl the URL that the server will use, with user and password
 * @throws CONFIG_INVALID when both URLs name the same role; SCHEMA_NEWER
 */
export async function provision(ownerUrl: string, runtimeUrl: string): Promise<string[]> {
  const runtime = new URL(runtimeUrl);
  const [role, password] = [decodeURIComponent(runtime.username), decodeURIComponent(runtime.password)];
  if (role === "" || role === decodeURIComponent(new URL(ownerUrl).username)) {
    throw new AdapterError("CONFIG_INVALID", "The server needs a database role of its own, not the owner's.", {
      fix: "Name another user in the URL of the server; it is made if it is not there.",
    });
  }
  const owner = await openPostgres(ownerUrl, { owner: true, max: 1 });
  try {
    const done = await migrate(owner);
    await owner.owner(async (tx) => {
      const name = quoteIdentifier(role);
      const found = await tx.rows(sql`select 1 from pg_roles where rolname = ${role}`);
      if (found.length === 0) {
        const [literal] = await tx.rows<{ text: string }>(sql`select quote_literal(${password}::text) as text`);
        await tx.script(
          `create role ${name} login nosuperuser nobypassrls nocreatedb nocreaterole password ${literal?.text}`,
        );
      }
      await tx.script(`grant ${appRole} to ${name}`);
    });
    return done;
  } finally {
    await owner.close();
  }
}
