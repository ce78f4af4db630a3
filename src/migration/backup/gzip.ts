/** gzip by the platform's own streams, with a cap on what really comes out. */
import { AdapterError } from "../../domain/errors.ts";
import { type Bytes, concat } from "./bytes.ts";

const streamOf = (bytes: Bytes): ReadableStream<Bytes> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });

export async function gzip(bytes: Bytes): Promise<Bytes> {
  const packed = streamOf(bytes).pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/**
 * What was packed. The cap holds for the bytes that come out, whatever a header says: a bomb is dropped at the cap.
 * @throws LIMIT past `limit` bytes; whatever the platform throws for bytes that are not gzip
 */
export async function gunzip(bytes: Bytes, limit: number): Promise<Bytes> {
  const reader = streamOf(bytes).pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(parts);
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw new AdapterError("LIMIT", `Unpacked, the backup is larger than ${limit} bytes.`, { facts: { limit } });
    }
    parts.push(value);
  }
}
