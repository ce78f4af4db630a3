/** Which chunks there are, how full each is, and which have changed since they were written. */
import type { ChunkRef } from "./stored.ts";

/** The most records in one chunk: it is parsed and written in a few milliseconds. */
export const chunkSize = 1000;

export class ChunkIndex {
  readonly #counts = new Map<string, Map<number, number>>();
  readonly #stale = new Map<string, Set<number>>();
  /** The chunk that new records of a domain go to. */
  readonly #filling = new Map<string, number>();

  load(domain: string, [chunk, , records]: ChunkRef): void {
    this.#of(domain).set(chunk, records);
    this.#filling.set(domain, Math.max(chunk, this.#filling.get(domain) ?? 0));
  }

  #of(domain: string): Map<number, number> {
    let counts = this.#counts.get(domain);
    if (!counts) {
      counts = new Map();
      this.#counts.set(domain, counts);
    }
    return counts;
  }

  /** A place for a new record. */
  place(domain: string): number {
    const counts = this.#of(domain);
    let chunk = this.#filling.get(domain) ?? 0;
    if ((counts.get(chunk) ?? 0) >= chunkSize) chunk += 1;
    this.#filling.set(domain, chunk);
    counts.set(chunk, (counts.get(chunk) ?? 0) + 1);
    return this.touch(domain, chunk);
  }

  /** Notes that a record of the chunk changed. */
  touch(domain: string, chunk: number): number {
    const stale = this.#stale.get(domain);
    if (stale) stale.add(chunk);
    else this.#stale.set(domain, new Set([chunk]));
    return chunk;
  }

  free(domain: string, chunk: number): void {
    const counts = this.#of(domain);
    counts.set(chunk, (counts.get(chunk) ?? 1) - 1);
    this.touch(domain, chunk);
  }

  /** Chunks that have room for twice as many, but for the one being filled: worth packing into others. */
  halfEmpty(domain: string): ReadonlySet<number> {
    const filling = this.#filling.get(domain) ?? 0;
    const half = new Set<number>();
    for (const [chunk, count] of this.#of(domain))
      if (count > 0 && count < chunkSize / 2 && chunk !== filling) half.add(chunk);
    return half;
  }

  stale(domain: string): ReadonlySet<number> {
    return this.#stale.get(domain) ?? new Set();
  }

  /** Notes that the chunks as they are now were written. */
  written(domain: string, chunks: Iterable<number>): void {
    for (const chunk of chunks) this.#stale.get(domain)?.delete(chunk);
  }
}
