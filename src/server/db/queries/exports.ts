/** Notes that everything up to a `seq` was exported. */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../../domain/errors.ts";
import type { Tx } from "../database.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";

/** @param seq what the export held; without it, everything there is now. @throws BAD_REQUEST for a `seq` still to come */
export async function noteExport(tx: Tx, tenant: Tenant, seq: number | undefined, at: Date): Promise<{ seq: number }> {
  const school = await lockSchool(tx, tenant.school);
  const exported = seq ?? school.seq;
  if (exported > school.seq) {
    throw new AdapterError("BAD_REQUEST", `The school is at seq ${school.seq}; more cannot have been exported.`, {
      place: "/seq",
    });
  }
  await tx.rows(sql`insert into exports (school_id, no, seq, at, author)
    select ${tenant.school}::uuid, coalesce(max(no), 0) + 1, ${exported}::bigint, ${at.toISOString()}::timestamptz,
      ${tenant.user} from exports where school_id = ${tenant.school}::uuid`);
  return { seq: exported };
}

/** The highest `seq` that was exported; 0 when nothing was. By primary key. */
export async function lastExport(tx: Tx, tenant: Tenant): Promise<number> {
  const [row] = await tx.rows<{ seq: string }>(
    sql`select coalesce(max(seq), 0)::text as seq from exports where school_id = ${tenant.school}::uuid`,
  );
  return Number(row?.seq ?? 0);
}
