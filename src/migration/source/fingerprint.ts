/** What tells one source from another. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Container, LegacyValue } from "../types.ts";

const blockLength = 64 * 1024;
const encoder = new TextEncoder();

/** SHA-256 over container, keys and values, in the order given; lengths stand before, so that nothing can shift. */
export function fingerprintOf(container: Container, values: readonly LegacyValue[]): string {
  const hash = sha256.create();
  const text = (value: string): void => {
    const isUtf8 = value.isWellFormed();
    hash.update(encoder.encode(`${isUtf8 ? "8" : "16"}:${value.length}:`));
    // In blocks, because a whole value would be in memory twice.
    for (let at = 0; at < value.length; ) {
      let end = Math.min(at + blockLength, value.length);
      if (end < value.length && isHigh(value.charCodeAt(end - 1))) end++;
      const block = value.slice(at, end);
      hash.update(isUtf8 ? encoder.encode(block) : utf16(block));
      at = end;
    }
  };
  text(container);
  for (const { key, raw } of values) {
    text(key);
    text(raw);
  }
  return bytesToHex(hash.digest());
}

const isHigh = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

/** Little-endian code units: the one form that holds half a surrogate pair. */
function utf16(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true);
  return bytes;
}
