/**
 * Canonical form and digest. The form is a JSON array of texts in schema order without server fields, so that
 * PostgreSQL writes the very same text from the row as stored: `array_to_json(ARRAY[…]::text[])`.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import type { AnyRecord, Domain } from "./define-domain.ts";

/** The canonical text of a record: domain, id, external id, fields in schema order, `extra`. */
export function canonicalText(domain: Domain, record: AnyRecord): string {
  const texts: (string | null)[] = [domain.name, record.id, record.externalId];
  for (const name of domain.fieldNames) {
    const value = record[name];
    if (value === null || value === undefined) texts.push(null);
    else if (typeof value === "string") texts.push(value);
    else if (typeof value === "object") texts.push(JSON.stringify(value));
    else texts.push(String(value));
  }
  texts.push(JSON.stringify(record.extra));
  return JSON.stringify(texts);
}

const encoder = new TextEncoder();

/** SHA-256 of the canonical text in UTF-8; 32 bytes. */
export const canonicalHash = (domain: Domain, record: AnyRecord): Uint8Array =>
  sha256(encoder.encode(canonicalText(domain, record)));

/** The digest of a record: the first eight bytes of its hash, big-endian, as an unsigned number. */
export function digestOf(domain: Domain, record: AnyRecord): bigint {
  const hash = canonicalHash(domain, record);
  return new DataView(hash.buffer, hash.byteOffset, 8).getBigUint64(0);
}

/** A digest as it travels: 16 hexadecimal digits. */
export const digestText = (digest: bigint): string => BigInt.asUintN(64, digest).toString(16).padStart(16, "0");

/** @throws SyntaxError when the text is not hexadecimal */
export const parseDigest = (text: string): bigint => BigInt(`0x${text}`);

/**
 * The checksum of a set of records, whatever their order: their number and the sum of their digests modulo 2^64.
 * A sum, because with XOR a record held twice would cancel itself.
 */
export interface DigestSum {
  readonly count: number;
  readonly sum: bigint;
}

export const emptySum: DigestSum = { count: 0, sum: 0n };

export const addDigest = (total: DigestSum, digest: bigint): DigestSum => ({
  count: total.count + 1,
  sum: BigInt.asUintN(64, total.sum + digest),
});

export const sameSum = (a: DigestSum, b: DigestSum): boolean => a.count === b.count && a.sum === b.sum;
