/**
 * The head of a backup file: `magic | length | JSON | SHA-256 of all before`. It is checked before it is believed, and
 * every chunk is bound to it.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import * as z from "zod/mini";
import { AdapterError } from "../../domain/errors.ts";
import { type Bytes, concat, equalBytes, uint32, utf8 } from "./bytes.ts";

export const backupFormat = 1;
/** PBKDF2-SHA-256: fewer are too cheap to guess, more would only keep the reader busy. */
export const minRounds = 600_000;
export const maxRounds = 10_000_000;
/** Bytes of packed content in one chunk. */
export const chunkSize = 1 << 20;

const magic = utf8("HDABKUP\n");
const hashLength = 32;
const maxHeader = 4096;

const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`)));

const encryption = z.strictObject({
  cipher: z.literal("AES-256-GCM"),
  kdf: z.literal("PBKDF2-SHA-256"),
  rounds: z.int().check(z.gte(minRounds), z.lte(maxRounds)),
  salt: hex(32),
  /** The first eight bytes of each chunk's nonce; the last four count the chunks. */
  nonce: hex(8),
});

const headerSchema = z.strictObject({
  format: z.literal(backupFormat),
  kind: z.enum(["source", "records"]),
  school: z.string(),
  createdAt: z.string(),
  packing: z.literal("gzip"),
  /** Bytes of packed content over all chunks. */
  size: z.int().check(z.gte(1)),
  chunkSize: z.literal(chunkSize),
  chunks: z.int().check(z.gte(1), z.lte(0xffff_ffff)),
  encryption: z.nullable(encryption),
});

export type BackupHeader = z.infer<typeof headerSchema>;
export type Encryption = z.infer<typeof encryption>;

export const damaged = (what: string, fix?: string): AdapterError =>
  new AdapterError("BACKUP_AUTH", what, fix === undefined ? {} : { fix });

export const chunksOf = (size: number): number => Math.ceil(size / chunkSize);

/** The head as bytes, and its hash, to which every chunk is bound. */
export function writeHeader(header: BackupHeader): { bytes: Bytes; hash: Uint8Array } {
  const json = utf8(JSON.stringify(header));
  const before = concat([magic, uint32(json.length), json]);
  const hash = sha256(before);
  return { bytes: concat([before, hash]), hash };
}

/**
 * The head of a file, checked; nothing was derived or decrypted for it.
 * @throws BACKUP_AUTH (damaged, or weaker keys asked for), SCHEMA_NEWER
 */
export function readHeader(file: Uint8Array): { header: BackupHeader; hash: Uint8Array; body: number } {
  const start = magic.length + 4;
  if (file.length < start + hashLength || !equalBytes(file.subarray(0, magic.length), magic))
    throw damaged("This is not a backup of this program, or its beginning is damaged.");
  const length = new DataView(file.buffer, file.byteOffset).getUint32(magic.length);
  const end = start + length;
  if (length > maxHeader || end + hashLength > file.length) throw damaged("The head of the backup is damaged.");
  const hash = file.slice(end, end + hashLength);
  if (!equalBytes(sha256(file.subarray(0, end)), hash)) throw damaged("The head of the backup is damaged.");
  const header = parseHeader(new TextDecoder().decode(file.subarray(start, end)));
  return { header, hash, body: end + hashLength };
}

function parseHeader(text: string): BackupHeader {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AdapterError("BACKUP_AUTH", "The head of the backup is not JSON.", { cause });
  }
  const version = z.object({ format: z.int() }).safeParse(value);
  if (version.success && version.data.format > backupFormat) {
    throw new AdapterError("SCHEMA_NEWER", `The backup has format ${version.data.format}; ${backupFormat} is known.`);
  }
  const parsed = headerSchema.safeParse(value);
  if (!parsed.success) {
    const place = parsed.error.issues[0]?.path.map(String).join(".") ?? "";
    throw new AdapterError("BACKUP_AUTH", `The head of the backup asks for something refused, at ${place || "/"}.`, {
      place,
      facts: { minRounds, maxRounds },
    });
  }
  if (parsed.data.chunks !== chunksOf(parsed.data.size)) throw damaged("The head of the backup contradicts itself.");
  return parsed.data;
}
