import { describe, expect, test } from "vitest";
import { decodeSource } from "../../../src/migration/source/decode.ts";

const name = "dump.json";
const text = '{"students":"[{\\"name\\":\\"Željko 😀\\"}]"}';
const utf8 = new TextEncoder().encode(text);

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function utf16(value: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * value.length));
  for (let i = 0; i < value.length; i++) view.setUint16(2 * i, value.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

describe("B8: encodings", () => {
  test("UTF-8 with and without a byte-order mark, packed or not, is the same text", async () => {
    const marked = new Uint8Array([0xef, 0xbb, 0xbf, ...utf8]);
    for (const bytes of [utf8, marked, await gzip(utf8), await gzip(marked)])
      expect(await decodeSource(bytes, { name })).toBe(text);
  });

  test("UTF-16 in either order with its mark, and half surrogate pairs in it are kept", async () => {
    const long = `${text}${"x".repeat(20_000)}\ud83d`;
    for (const littleEndian of [true, false])
      expect(await decodeSource(utf16(`\ufeff${long}`, littleEndian), { name })).toBe(long);
  });

  test("what is neither is refused with the byte, never half read", async () => {
    const bad: [Uint8Array, number][] = [
      [new Uint8Array([...utf8.subarray(0, 10), 0xff, ...utf8.subarray(10)]), 10],
      [new Uint8Array([0x5b, 0xed, 0xa0, 0x80, 0x5d]), 2], // half a surrogate pair, as UTF-8 cannot hold it
      [new Uint8Array([0x5b, 0xc3]), 2],
      [utf16(text, true), 0],
      [utf16(text, false), 0],
      [new Uint8Array([0xff, 0xfe, 0, 0, 0x5b, 0, 0, 0]), 0],
      [new Uint8Array([0xff, 0xfe, 0x5b]), 3],
    ];
    for (const [bytes, byte] of bad)
      await expect(decodeSource(bytes, { name })).rejects.toMatchObject({
        code: "AMBIGUOUS_JSON",
        place: `${name}@${byte}`,
      });
  });
});

describe("gzip", () => {
  test("S13: a bomb with a lying trailer is dropped at the limit", async () => {
    const bomb = await gzip(new Uint8Array(20_000_000));
    new DataView(bomb.buffer).setUint32(bomb.length - 4, 10, true);
    await expect(decodeSource(bomb, { name, maxBytes: 1_000_000 })).rejects.toMatchObject({ code: "LIMIT" });
  });

  test("B9: a file above the limit is refused as it stands", async () => {
    await expect(decodeSource(utf8, { name, maxBytes: 10 })).rejects.toMatchObject({ code: "LIMIT" });
  });

  test("B1: cut or damaged gzip is SOURCE_CORRUPT", async () => {
    const packed = await gzip(utf8);
    const flipped = packed.slice();
    flipped[20] = (flipped[20] ?? 0) ^ 0xff;
    for (const bytes of [packed.subarray(0, packed.length - 9), packed.subarray(0, 3), flipped])
      await expect(decodeSource(bytes, { name })).rejects.toMatchObject({ code: "SOURCE_CORRUPT" });
  });
});
