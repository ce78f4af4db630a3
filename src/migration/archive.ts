/** The legacy bytes on the server: sent in chunks with their hash, and read back. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { fromBase64, toBase64 } from "../domain/base64.ts";
import { AdapterError } from "../domain/errors.ts";
import type { Remote } from "./remote.ts";
import type { LegacySource, LegacyValue } from "./types.ts";

const chunkBytes = 1024 * 1024;
const encoder = new TextEncoder();

export interface Encoded {
  readonly encoding: "utf8" | "json";
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** A text as bytes and their hash; text that UTF-8 cannot hold (half a surrogate pair) goes as a JSON string. */
export function encodeText(text: string): Encoded {
  const encoding = text.isWellFormed() ? "utf8" : "json";
  const bytes = encoder.encode(encoding === "utf8" ? text : JSON.stringify(text));
  return { encoding, bytes, sha256: bytesToHex(sha256(bytes)) };
}

/** Sends what the server does not have yet of every value, byte for byte. */
export async function archive(
  remote: Remote,
  { importId, source, onValue }: { importId: string; source: LegacySource; onValue: (done: number) => void },
): Promise<void> {
  const { values } = await remote.manifest(importId);
  const there = new Map(values.filter((v) => v.complete).map((v) => [v.value, v]));
  for (const [value, { key, raw }] of source.values.entries()) {
    const encoded = encodeText(raw);
    const kept = there.get(value);
    if (kept?.sha256 !== encoded.sha256 || kept.key !== key) await sendValue(remote, { importId, value, key, encoded });
    onValue(value + 1);
  }
}

async function sendValue(
  remote: Remote,
  { importId, value, key, encoded }: { importId: string; value: number; key: string; encoded: Encoded },
): Promise<void> {
  const { encoding, bytes, sha256: hash } = encoded;
  const chunks = Math.max(1, Math.ceil(bytes.length / chunkBytes));
  for (let chunk = 0; chunk < chunks; chunk++) {
    const data = toBase64(bytes.subarray(chunk * chunkBytes, (chunk + 1) * chunkBytes));
    await remote.archive(importId, { value, key, encoding, sha256: hash, size: bytes.length, chunk, chunks, data });
  }
}

/**
 * The source as the server keeps it.
 * @throws SERVER_ANSWER when a value does not have the hash under which it was archived
 */
export async function readArchive(remote: Remote, importId: string): Promise<LegacySource> {
  const info = await remote.info(importId);
  const values: LegacyValue[] = [];
  const listed = [...(await remote.manifest(importId)).values].sort((a, b) => a.value - b.value);
  for (const { value, key, encoding, sha256: hash, size, chunks } of listed) {
    const bytes = new Uint8Array(size);
    let at = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const data = fromBase64(await remote.chunk(importId, value, chunk));
      if (at + data.length > size) throw damaged(key);
      bytes.set(data, at);
      at += data.length;
    }
    if (bytesToHex(sha256(bytes)) !== hash) throw damaged(key);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    values.push({ key, raw: encoding === "utf8" ? text : String(JSON.parse(text)) });
  }
  return { name: info.source, container: info.container, values, fingerprint: info.fingerprint };
}

const damaged = (key: string): AdapterError =>
  new AdapterError("SERVER_ANSWER", `The archive of ${key} is not what was archived.`, { place: key });
