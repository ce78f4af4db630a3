/** Which records that a source only names the school held when the import asked; said once, and the same ever after. */
import { sql } from "drizzle-orm";
import type { Domain } from "../../../domain/define-domain.ts";
import type { Tx } from "../database.ts";
import { lockSchool } from "../school.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { idSet } from "../write-rows.ts";
import { findImport } from "./imports.ts";

interface Known {
  readonly known: Readonly<Record<string, readonly string[]>>;
}

interface About {
  readonly importId: string;
  readonly domain: Domain;
  readonly ids: readonly string[];
}

/** A joined record counts as held: its survivor stands for it. By primary key. @throws IMPORT_UNKNOWN */
export async function askKnown(tx: Tx, tenant: Tenant, { importId, domain, ids }: About): Promise<Known> {
  await lockSchool(tx, tenant.school);
  const info = await findImport(tx, tenant, importId);
  const table = tableOf(domain);
  if (info.state === "open") {
    await tx.rows(sql`
      insert into import_known (school_id, import_id, domain, id, held)
      select ${tenant.school}::uuid, ${importId}::uuid, ${domain.name}, a.value,
        exists (select from ${table.identifier} t where t.school_id = ${tenant.school}::uuid and ${table.scope} and t.id = a.value)
        or exists (select from aliases s where s.school_id = ${tenant.school}::uuid and s.domain = ${domain.name} and s.id = a.value)
      from ${idSet(new Set(ids))} a(value) on conflict do nothing`);
  }
  const rows = await tx.rows<{ id: string }>(sql`
    select id::text as id from import_known where school_id = ${tenant.school}::uuid and import_id = ${importId}::uuid
      and domain = ${domain.name} and held and id in ${idSet(ids)} order by id`);
  return { known: { [domain.name]: rows.map(({ id }) => id) } };
}

/** @throws IMPORT_UNKNOWN */
export async function readKnown(tx: Tx, tenant: Tenant, importId: string): Promise<Known> {
  await findImport(tx, tenant, importId);
  const rows = await tx.rows<{ domain: string; id: string }>(sql`
    select domain, id::text as id from import_known
    where school_id = ${tenant.school}::uuid and import_id = ${importId}::uuid and held order by domain, id`);
  const known: Record<string, string[]> = {};
  for (const { domain, id } of rows) known[domain] = [...(known[domain] ?? []), id];
  return { known };
}
