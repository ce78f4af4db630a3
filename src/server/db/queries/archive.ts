/** The archive: the legacy values of an import, byte for byte, in chunks. */
import { sql } from "drizzle-orm";
import { fromBase64, toBase64 } from "../../../domain/base64.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { ArchiveChunk, ArchiveManifest } from "../../../domain/migration-wire.ts";
import type { Tx } from "../database.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";
import { findImport, requireOpen } from "./imports.ts";

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
// 1 MiB before base64, which is what the wire promises.
const largestChunk = 1_048_576;
const mostValues = 1_000_000;

/**
 * Keeps one chunk; sent again, it is the same chunk. With the last missing one the value's hash is checked.
 * @throws BAD_REQUEST when it contradicts what was sent before, or when the whole value has another hash or size
 */
export async function storeChunk(tx: Tx, tenant: Tenant, importId: string, chunk: ArchiveChunk): Promise<boolean> {
  const bytes = bytesOf(chunk);
  await lockSchool(tx, tenant.school);
  const info = await findImport(tx, tenant, importId);
  const at = sql`school_id = ${tenant.school}::uuid and import_id = ${importId}::uuid and value = ${chunk.value}::integer`;
  const [known] = await tx.rows<{ same: boolean; complete: boolean }>(sql`
    select complete, (key = ${JSON.stringify(chunk.key)} and encoding = ${chunk.encoding} and size = ${chunk.size}::bigint
      and chunks = ${chunk.chunks}::integer and sha256 = decode(${chunk.sha256}, 'hex')) as same
    from archive_values where ${at}`);
  if (known && !known.same) throw refused(chunk, "was announced before with another key, size or hash");
  if (known?.complete) {
    await requireSame(tx, tenant, importId, chunk, bytes);
    return true;
  }
  requireOpen(info);
  if (!known) {
    await tx.rows(sql`insert into archive_values (school_id, import_id, value, key, encoding, sha256, size, chunks, complete)
      values (${tenant.school}::uuid, ${importId}::uuid, ${chunk.value}::integer, ${JSON.stringify(chunk.key)},
        ${chunk.encoding}, decode(${chunk.sha256}, 'hex'), ${chunk.size}::bigint, ${chunk.chunks}::integer, false)`);
  }
  await tx.rows(sql`insert into archive_chunks (school_id, import_id, value, chunk, data)
    values (${tenant.school}::uuid, ${importId}::uuid, ${chunk.value}::integer, ${chunk.chunk}::integer,
      decode(${chunk.data}, 'base64'))
    on conflict (school_id, import_id, value, chunk) do update set data = excluded.data`);
  return completed(tx, tenant, importId, chunk);
}

function bytesOf(chunk: ArchiveChunk): Uint8Array {
  if (chunk.value > mostValues) throw new AdapterError("LIMIT", `An archive holds at most ${mostValues} values.`);
  if (chunk.chunk >= chunk.chunks) throw refused(chunk, `has ${chunk.chunks} chunks, and this is one more`);
  if (!base64.test(chunk.data)) throw refused(chunk, "is not in base64");
  const bytes = fromBase64(chunk.data);
  if (toBase64(bytes) !== chunk.data) throw refused(chunk, "is not in base64");
  if (bytes.length > largestChunk) {
    throw new AdapterError("LIMIT", `A chunk holds at most ${largestChunk} bytes.`, { place: `/value/${chunk.value}` });
  }
  return bytes;
}

async function requireSame(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  chunk: ArchiveChunk,
  bytes: Uint8Array,
): Promise<void> {
  const stored = await readChunk(tx, tenant, importId, chunk.value, chunk.chunk);
  if (stored !== toBase64(bytes)) throw refused(chunk, "was stored with other bytes");
}

/** Asks for the hash once, when all chunks are there. */
async function completed(tx: Tx, tenant: Tenant, importId: string, chunk: ArchiveChunk): Promise<boolean> {
  const at = sql`school_id = ${tenant.school}::uuid and import_id = ${importId}::uuid and value = ${chunk.value}::integer`;
  const [have] = await tx.rows<{ chunks: number }>(
    sql`select count(*)::integer as chunks from archive_chunks where ${at}`,
  );
  if (have?.chunks !== chunk.chunks) return false;
  const [whole] = await tx.rows<{ right: boolean }>(sql`
    select sha256(string_agg(data, ''::bytea order by chunk)) = decode(${chunk.sha256}, 'hex')
      and sum(length(data)) = ${chunk.size}::bigint as "right" from archive_chunks where ${at}`);
  if (!whole?.right) throw refused(chunk, "has another hash or size than announced; send its chunks again");
  await tx.rows(sql`update archive_values set complete = true where ${at}`);
  return true;
}

const refused = (chunk: ArchiveChunk, what: string): AdapterError =>
  new AdapterError("BAD_REQUEST", `Value ${chunk.value} of the archive ${what}.`, { place: `/value/${chunk.value}` });

interface ValueRow {
  value: number;
  key: string;
  encoding: "utf8" | "json";
  sha256: string;
  size: string;
  chunks: number;
  complete: boolean;
}

/** What the archive of an import holds. By primary key. @throws IMPORT_UNKNOWN */
export async function readManifest(tx: Tx, tenant: Tenant, importId: string): Promise<ArchiveManifest> {
  await findImport(tx, tenant, importId);
  const rows = await tx.rows<ValueRow>(sql`
    select value, key, encoding, encode(sha256, 'hex') as sha256, size::text as size, chunks, complete from archive_values
    where school_id = ${tenant.school}::uuid and import_id = ${importId}::uuid order by value`);
  return { values: rows.map((row) => ({ ...row, key: JSON.parse(row.key) as string, size: Number(row.size) })) };
}

/** One chunk in base64. By primary key. @throws IMPORT_UNKNOWN, NOT_FOUND */
export async function readChunk(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  value: number,
  chunk: number,
): Promise<string> {
  await findImport(tx, tenant, importId);
  const [row] = await tx.rows<{ data: string }>(sql`
    select translate(encode(data, 'base64'), E'\n', '') as data from archive_chunks where school_id = ${tenant.school}::uuid
      and import_id = ${importId}::uuid and value = ${value}::integer and chunk = ${chunk}::integer`);
  if (!row) throw new AdapterError("NOT_FOUND", "The archive has no such chunk.");
  return row.data;
}
