/** Proofs: stored as given with their hash, and signed with the school's key, so that anyone can check them later. */
import { sql } from "drizzle-orm";
import { fromBase64, toBase64 } from "../../../domain/base64.ts";
import { AdapterError } from "../../../domain/errors.ts";
import { isStorableText } from "../../../domain/json.ts";
import { sha256Hex } from "../../sha256.ts";
import type { Tx } from "../database.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";
import { findImport } from "./imports.ts";

/** `signature` is Ed25519 over the bytes of `body` in UTF-8; it is checked with `publicKey`. */
export interface StoredProof {
  readonly no: number;
  /** The proof as JSON text: exactly what was hashed and signed. */
  readonly body: string;
  readonly sha256: string;
  /** base64 */
  readonly signature: string;
  readonly algorithm: "Ed25519";
  /** SPKI in PEM. */
  readonly publicKey: string;
  readonly signedAt: string;
  readonly signedBy: string;
}

/** Keeps and signs a proof; the same text again is the same proof. @throws IMPORT_UNKNOWN, TEXT_UNSUPPORTED */
export async function storeProof(
  tx: Tx,
  tenant: Tenant,
  importId: string,
  { proof, at }: { proof: unknown; at: Date },
): Promise<StoredProof> {
  const body = JSON.stringify(proof);
  if (!isStorableText(body)) throw new AdapterError("TEXT_UNSUPPORTED", "The proof holds text that cannot be stored.");
  await lockSchool(tx, tenant.school);
  await findImport(tx, tenant, importId);
  const known = await readProof(tx, tenant, importId);
  if (known?.body === body) return known;
  const { privateKey } = await signingKey(tx, tenant);
  const key = await crypto.subtle.importKey("pkcs8", fromPem(privateKey), "Ed25519", false, ["sign"]);
  const bytes = new TextEncoder().encode(body);
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes));
  await tx.rows(sql`
    insert into proofs (school_id, import_id, no, body, sha256, signature, signed_at, signed_by)
    values (${tenant.school}::uuid, ${importId}::uuid, ${(known?.no ?? 0) + 1}::integer, ${body},
      decode(${sha256Hex(bytes)}, 'hex'),
      decode(${toBase64(signature)}, 'base64'), ${at.toISOString()}::timestamptz, ${tenant.user})`);
  const stored = await readProof(tx, tenant, importId);
  if (!stored) throw new AdapterError("INTERNAL", "The proof was not stored.");
  return stored;
}

/** The last proof of an import; by primary key. @throws IMPORT_UNKNOWN */
export async function readProof(tx: Tx, tenant: Tenant, importId: string): Promise<StoredProof | null> {
  await findImport(tx, tenant, importId);
  const [row] = await tx.rows<Omit<StoredProof, "algorithm">>(sql`
    select p.no, p.body, encode(p.sha256, 'hex') as sha256,
      translate(encode(p.signature, 'base64'), E'\n', '') as signature, k.public_key as "publicKey",
      to_char(p.signed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "signedAt", p.signed_by as "signedBy"
    from proofs p join signing_keys k on k.school_id = p.school_id
    where p.school_id = ${tenant.school}::uuid and p.import_id = ${importId}::uuid order by p.no desc limit 1`);
  return row ? { ...row, algorithm: "Ed25519" } : null;
}

/** The school's key, made at its first use; the school must be locked, so that it is made once. */
async function signingKey(tx: Tx, tenant: Tenant): Promise<{ privateKey: string }> {
  const [known] = await tx.rows<{ privateKey: string }>(
    sql`select private_key as "privateKey" from signing_keys where school_id = ${tenant.school}::uuid`,
  );
  if (known) return known;
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const privateKey = toPem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const publicKey = toPem("PUBLIC KEY", await crypto.subtle.exportKey("spki", pair.publicKey));
  await tx.rows(sql`insert into signing_keys (school_id, public_key, private_key)
    values (${tenant.school}::uuid, ${publicKey}, ${privateKey})`);
  return { privateKey };
}

/** Lines of 64 characters between the two marks, as Node's own crypto writes them. */
const toPem = (label: string, bytes: ArrayBuffer): string =>
  `-----BEGIN ${label}-----\n${toBase64(new Uint8Array(bytes)).replace(/.{1,64}/g, "$&\n")}-----END ${label}-----\n`;

const fromPem = (pem: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(fromBase64(pem.replace(/-----[A-Z ]+-----|\s/g, "")));
