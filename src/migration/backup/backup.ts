/** Backup files: made, read, and proven by reading them back. */
import { sha256 } from "@noble/hashes/sha2.js";
import { AdapterError, isAdapterError } from "../../domain/errors.ts";
import type { SchoolId } from "../../domain/ids.ts";
import { type Bytes, concat, hexOf, sha256Hex, utf8 } from "./bytes.ts";
import { openChunks, sealChunks } from "./chunks.ts";
import { type BackupContent, readContent, valuesOf, writeContent } from "./content.ts";
import { gunzip, gzip } from "./gzip.ts";
import {
  type BackupHeader,
  backupFormat,
  chunkSize,
  chunksOf,
  damaged,
  minRounds,
  readHeader,
  writeHeader,
} from "./header.ts";

/** The most that a backup may hold unpacked, in bytes: JavaScript holds no longer text. */
export const maxBackupBytes = 400 * 1024 * 1024;

export interface CreateBackup {
  readonly content: BackupContent;
  readonly school: SchoolId;
  /** An instant, `YYYY-MM-DDTHH:mm:ss.sssZ`. */
  readonly createdAt: string;
  /** Without one the file is not encrypted, and only damage is seen, not forgery. */
  readonly password?: string | undefined;
  /** Bytes from a source fit for keys. */
  readonly random: (length: number) => Uint8Array;
}

export interface ReadBackup {
  readonly school: SchoolId;
  readonly password?: string | undefined;
  /** The most bytes that it may unpack to; `maxBackupBytes` unless told. */
  readonly limit?: number;
}

/** What is known of a backup that was read back and compared. */
export interface BackupReceipt {
  readonly kind: BackupContent["kind"];
  /** Of the file. */
  readonly sha256: string;
  /** Of the file. */
  readonly bytes: number;
  readonly values: number;
  readonly encrypted: boolean;
  readonly restoredEqual: true;
}

/**
 * The backup as a file.
 * @throws LIMIT when the content is larger than a backup may be; CONFIG_INVALID for an empty password
 */
export async function createBackup({ content, school, createdAt, password, random }: CreateBackup): Promise<Bytes> {
  if (password === "") throw new AdapterError("CONFIG_INVALID", "The password of a backup may not be empty.");
  const plain = utf8(writeContent(content));
  if (plain.length > maxBackupBytes)
    throw new AdapterError("LIMIT", `A backup holds at most ${maxBackupBytes} bytes; this is ${plain.length}.`);
  const packed = await gzip(plain);
  const header: BackupHeader = {
    format: backupFormat,
    kind: content.kind,
    school,
    createdAt,
    packing: "gzip",
    size: packed.length,
    chunkSize,
    chunks: chunksOf(packed.length),
    encryption: password === undefined ? null : encryptionOf(packed, random),
  };
  const { bytes, hash } = writeHeader(header);
  return concat([bytes, ...(await sealChunks(packed, { header, hash, password }))]);
}

/**
 * The content has a part in the salt: even if the randomness repeated itself, other content would get another key, so
 * that no nonce meets the same key twice.
 */
const encryptionOf = (packed: Bytes, random: CreateBackup["random"]): BackupHeader["encryption"] => ({
  cipher: "AES-256-GCM",
  kdf: "PBKDF2-SHA-256",
  rounds: minRounds,
  salt: hexOf(sha256(concat([random(32), sha256(packed)]))),
  nonce: hexOf(random(8)),
});

/**
 * What a backup holds, after every check; nothing is written anywhere.
 * @throws BACKUP_AUTH (wrong password, damaged, cut off, another school, weaker keys asked for), SCHEMA_NEWER, LIMIT
 */
export async function readBackup(file: Uint8Array, { school, password, limit }: ReadBackup): Promise<BackupContent> {
  const { header, hash, body } = readHeader(file);
  if (header.school !== school) throw damaged("The backup belongs to another school.");
  if (header.encryption && password === undefined) throw damaged("The backup is encrypted.", "Give its password.");
  // A file without a key in the place of one with a key would be believed by someone who trusts the password.
  if (!header.encryption && password !== undefined)
    throw damaged("The backup is not encrypted, but a password was given.", "Leave the password out if that is meant.");
  const packed = await openChunks(file.subarray(body), { header, hash, password });
  return readContent(header.kind, await unpack(packed, limit ?? maxBackupBytes));
}

async function unpack(packed: Bytes, limit: number): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await gunzip(packed, limit));
  } catch (cause) {
    if (isAdapterError(cause)) throw cause;
    throw new AdapterError("BACKUP_AUTH", "The content of the backup cannot be unpacked.", { cause });
  }
}

/**
 * Reads a backup back into a scratch store and compares it with what was to be backed up: only then it counts.
 * @throws BACKUP_UNPROVEN when the two differ; and whatever `readBackup` throws
 */
export async function proveBackup(file: Uint8Array, content: BackupContent, how: ReadBackup): Promise<BackupReceipt> {
  const restored = await readBackup(file, how);
  const [is, should] = [scratchStore(restored), scratchStore(content)];
  if (restored.kind !== content.kind || is.size !== should.size)
    throw new AdapterError("BACKUP_UNPROVEN", "The backup restores to another number of values.");
  for (const [place, raw] of should) {
    if (is.get(place) !== raw)
      throw new AdapterError("BACKUP_UNPROVEN", "A value of the backup restores to something else.", { place });
  }
  return {
    kind: content.kind,
    sha256: sha256Hex(file),
    bytes: file.length,
    values: valuesOf(content).length,
    encrypted: how.password !== undefined,
    restoredEqual: true,
  };
}

/** Everything that a content consists of, by place; the place holds the order, too. */
function scratchStore(content: BackupContent): Map<string, string> {
  const store = new Map(valuesOf(content).map(({ key, raw }, index) => [`${index}/${key}`, raw]));
  if (content.kind === "source") {
    const { name, container, fingerprint } = content.source;
    store.set("", JSON.stringify([name, container, fingerprint]));
  }
  return store;
}
