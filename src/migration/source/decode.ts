/** From the bytes of a file to its text: unpacked, its encoding told, nothing replaced silently. */
import { AdapterError } from "../../domain/errors.ts";
import { defaultLimits } from "./limits.ts";

type Bytes = Uint8Array<ArrayBufferLike>;

export interface DecodeOptions {
  /** For messages. */
  readonly name: string;
  /** Bytes, packed and unpacked. */
  readonly maxBytes?: number;
}

/**
 * The text in a file: gzip or not (told by its first bytes), UTF-8, or UTF-16 with a byte-order mark. Half surrogate
 * pairs of UTF-16 stay as they are, so that the scanner can name the text that holds them.
 * @throws LIMIT before more than `maxBytes` are unpacked; SOURCE_CORRUPT for damaged gzip; AMBIGUOUS_JSON for bytes that
 * are no such text
 */
export async function decodeSource(bytes: Bytes, { name, maxBytes }: DecodeOptions): Promise<string> {
  const limit = maxBytes ?? defaultLimits.sourceBytes;
  if (bytes.length > limit) throw tooLarge(name, limit);
  return decodeText(bytes[0] === 0x1f && bytes[1] === 0x8b ? await unpack(bytes, name, limit) : bytes, name);
}

const tooLarge = (name: string, limit: number): AdapterError =>
  new AdapterError("LIMIT", `${name} is larger than ${limit} bytes.`, { place: name, facts: { limit } });

async function unpack(packed: Bytes, name: string, limit: number): Promise<Bytes> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(packed as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
  const reader = source.pipeThrough(new DecompressionStream("gzip")).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      // What comes out counts; the length in the trailer may lie.
      if (size > limit) throw tooLarge(name, limit);
      chunks.push(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => undefined); // it has failed already
    if (error instanceof AdapterError) throw error;
    throw new AdapterError("SOURCE_CORRUPT", `${name} is a damaged or cut gzip file (after ${size} unpacked bytes).`, {
      place: name,
      fix: "Copy the file again.",
      cause: error,
    });
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function decodeText(bytes: Bytes, name: string): string {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) {
    if (c === 0 && d === 0) throw ambiguous(name, 0, "it is UTF-32");
    return decodeUtf16(bytes, name, true);
  }
  if (a === 0xfe && b === 0xff) return decodeUtf16(bytes, name, false);
  if (a === 0 || (b === 0 && bytes.length > 1))
    throw ambiguous(name, 0, "it looks like UTF-16 without a byte-order mark");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes); // takes a byte-order mark away
  } catch {
    throw ambiguous(name, firstInvalid(bytes), "the bytes are not UTF-8");
  }
}

const ambiguous = (name: string, offset: number, why: string): AdapterError =>
  new AdapterError("AMBIGUOUS_JSON", `${name} cannot be read as text: ${why} (byte ${offset}).`, {
    place: `${name}@${offset}`,
    fix: "Save the file as UTF-8.",
  });

/** The first byte of which the bytes up to and with it are no UTF-8. */
function firstInvalid(bytes: Bytes): number {
  let [good, bad] = [0, bytes.length];
  while (good < bad) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle + 1), { stream: true });
      good = middle + 1;
    } catch {
      bad = middle;
    }
  }
  return good;
}

// By hand: TextDecoder would refuse a half surrogate pair, or put U+FFFD in its place.
function decodeUtf16(bytes: Bytes, name: string, littleEndian: boolean): string {
  if (bytes.length % 2 !== 0) throw ambiguous(name, bytes.length, "UTF-16 has an even number of bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const pieces: string[] = [];
  const block = 8192;
  for (let at = 2; at < bytes.length; at += 2 * block) {
    const units: number[] = [];
    for (let i = at; i < Math.min(at + 2 * block, bytes.length); i += 2) units.push(view.getUint16(i, littleEndian));
    pieces.push(String.fromCharCode(...units));
  }
  return pieces.join("");
}
