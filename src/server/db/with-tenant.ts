/** The only way to the rows: a transaction in which the school is set, so that the policies let through nothing else. */
import { sql } from "drizzle-orm";
import type { Role } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { RecordId, SchoolId } from "../../domain/ids.ts";
import type { Database, Tx } from "./database.ts";

/** Who asks, as the token says. */
export interface Tenant {
  readonly school: SchoolId;
  readonly user: string;
  readonly role: Role;
  /** The student that the user is; records of role `student` are read by it. */
  readonly studentId: RecordId | null;
}

/**
 * Runs `run` in one transaction that sees one school.
 * @throws TENANT_MISSING without a tenant; nothing was asked of the database
 */
export async function withTenant<T>(db: Database, tenant: Tenant | undefined, run: (tx: Tx) => Promise<T>): Promise<T> {
  if (!tenant?.school) throw new AdapterError("TENANT_MISSING", "A query was made without a school.");
  return db.transaction(async (tx) => {
    // true: for this transaction alone, so that a pooled connection goes back without it.
    await tx.rows(sql`select set_config('app.school', ${tenant.school}, true),
      set_config('statement_timeout', '120000', true), set_config('lock_timeout', '30000', true)`);
    return run(tx);
  });
}
