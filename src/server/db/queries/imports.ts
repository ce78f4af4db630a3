/** Imports: one row for each attempt to move one source into one school. */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../../domain/errors.ts";
import { isUuid, ownNamespace, sharedNamespace, uuidV5 } from "../../../domain/ids.ts";
import type { ImportInfo, OpenImport } from "../../../domain/migration-wire.ts";
import type { Tx } from "../database.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";

const columns = sql.raw(`id::text as "importId", namespace::text, state, attempt, source, container, fingerprint,
  to_char(opened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "openedAt"`);

const unknown = (): AdapterError => new AdapterError("IMPORT_UNKNOWN", "This school has no such import.");

/** The import, whatever its state. By primary key. @throws IMPORT_UNKNOWN, the same for another school's id as for a made-up one */
export async function findImport(tx: Tx, tenant: Tenant, importId: string): Promise<ImportInfo> {
  if (!isUuid(importId)) throw unknown();
  const [found] = await tx.rows<ImportInfo>(
    sql`select ${columns} from imports where school_id = ${tenant.school}::uuid and id = ${importId}::uuid`,
  );
  if (!found) throw unknown();
  return found;
}

/** Every import of the school, the newest last. */
export const listImports = (tx: Tx, tenant: Tenant): Promise<ImportInfo[]> =>
  tx.rows<ImportInfo>(
    sql`select ${columns} from imports where school_id = ${tenant.school}::uuid order by opened_at, attempt, id`,
  );

/** The latest import of this source that was not rolled back, else a new one. By the unique key of fingerprint and namespace. */
export async function openImport(tx: Tx, tenant: Tenant, source: OpenImport, at: Date): Promise<ImportInfo> {
  // Two commands that open the same source at once get the same import.
  await lockSchool(tx, tenant.school);
  const namespace =
    source.namespace === "shared" ? sharedNamespace(tenant.school) : ownNamespace(tenant.school, source.fingerprint);
  const [last] = await tx.rows<ImportInfo>(
    sql`select ${columns} from imports where school_id = ${tenant.school}::uuid
      and fingerprint = ${source.fingerprint} and namespace = ${namespace}::uuid order by attempt desc limit 1`,
  );
  if (last && last.state !== "rolledBack") return last;
  const attempt = (last?.attempt ?? 0) + 1;
  const importId = uuidV5(tenant.school, `import:${namespace}:${source.fingerprint}:${attempt}`);
  const [opened] = await tx.rows<ImportInfo>(
    sql`insert into imports (school_id, id, fingerprint, namespace, attempt, source, container, state, opened_at, opened_by)
      values (${tenant.school}::uuid, ${importId}::uuid, ${source.fingerprint}, ${namespace}::uuid, ${attempt}::integer,
        ${source.source}, ${source.container}, 'open', ${at.toISOString()}::timestamptz, ${tenant.user})
      returning ${columns}`,
  );
  if (!opened) throw unknown();
  return opened;
}

/** @throws BAD_REQUEST when nothing new may be added to the import any more */
export function requireOpen(info: ImportInfo): void {
  if (info.state === "open") return;
  const what = info.state === "sealed" ? "is sealed" : "was rolled back";
  throw new AdapterError("BAD_REQUEST", `The import ${what}; nothing can be added to it.`, {
    fix: "Open the source again: a source that was rolled back gets a new import.",
    facts: { importId: info.importId, state: info.state },
  });
}
