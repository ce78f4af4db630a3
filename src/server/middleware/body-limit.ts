/** Reads a body up to a limit that counts the real bytes: chunked, and unpacked where it came packed. */
import { createMiddleware } from "hono/factory";
import { AdapterError } from "../../domain/errors.ts";
import type { Env } from "../env.ts";

const encodings: Readonly<Record<string, CompressionFormat | null>> = {
  "": null,
  identity: null,
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

/**
 * @param limit in bytes after unpacking
 * @throws LIMIT when there is more, without reading the rest; BAD_REQUEST for a packing that is unknown or broken
 */
export const bodyLimit = (limit: number) =>
  createMiddleware<Env>(async (c, next) => {
    const stream = c.req.raw.body;
    if (!stream) {
      c.set("body", new Uint8Array());
      return next();
    }
    if (Number(c.req.header("content-length") ?? 0) > limit) throw tooLong(limit);
    const encoding = (c.req.header("content-encoding") ?? "").trim().toLowerCase();
    if (!Object.hasOwn(encodings, encoding)) {
      throw new AdapterError("BAD_REQUEST", "The Content-Encoding is not known; gzip and deflate are.", {
        place: "Content-Encoding",
      });
    }
    const format = encodings[encoding];
    c.set("body", await readAll(format ? unpacked(stream, format) : stream, limit));
    return next();
  });

const unpacked = (stream: ReadableStream<Uint8Array>, format: CompressionFormat): ReadableStream<Uint8Array> =>
  stream.pipeThrough(new DecompressionStream(format) as ReadableWritablePair<Uint8Array, Uint8Array>);

async function readAll(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const reader = stream.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new AdapterError("BAD_REQUEST", "The body could not be read to its end.", { place: "/", cause });
    });
    if (done) break;
    size += value.byteLength;
    if (size > limit) {
      // Not awaited: the other end may never stop sending.
      void reader.cancel().catch(() => {});
      throw tooLong(limit);
    }
    parts.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

const tooLong = (limit: number): AdapterError =>
  new AdapterError("LIMIT", `The body is longer than ${limit} bytes.`, {
    fix: "Send it in smaller batches.",
    facts: { limit },
  });
