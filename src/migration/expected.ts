/** What the server should hold of an import: ids and digests by domain, kept small, summed by id range. */
import { addDigest, type DigestSum, emptySum } from "../domain/digest.ts";

/**
 * The expected rows of one domain. It is filled once, then asked; ids are kept sorted, so that a range of ids is a
 * slice.
 */
export class ExpectedDomain {
  #ids: string[] = [];
  #digests = new BigUint64Array(256);
  #sorted = true;

  /** The first record that has an id stands for it, as on the server. */
  add(id: string, digest: bigint): void {
    if (this.#ids.length === this.#digests.length) {
      const larger = new BigUint64Array(this.#digests.length * 2);
      larger.set(this.#digests);
      this.#digests = larger;
    }
    this.#digests[this.#ids.length] = digest;
    this.#ids.push(id);
    this.#sorted = false;
  }

  /** Takes ids out; the server keeps their parts as conflicts or in quarantine and has no row for them. */
  remove(gone: ReadonlySet<string>): void {
    if (gone.size === 0) return;
    this.#sort();
    this.#keep(this.#ids.map((_, at) => at).filter((at) => !gone.has(this.#ids[at] ?? "")));
  }

  get size(): number {
    this.#sort();
    return this.#ids.length;
  }

  digest(id: string): bigint | undefined {
    this.#sort();
    const at = this.#firstFrom(id);
    return this.#ids[at] === id ? this.#digests[at] : undefined;
  }

  /** The checksum of the ids that begin with these hexadecimal digits (at most 8); `""` is all of them. */
  sum(prefix: string): DigestSum {
    let total = emptySum;
    const [from, to] = this.#range(prefix);
    for (let at = from; at < to; at++) total = addDigest(total, this.#digests[at] ?? 0n);
    return total;
  }

  /** Ids and digests of that range, ids ascending. */
  *within(prefix: string): Generator<readonly [string, bigint]> {
    const [from, to] = this.#range(prefix);
    for (let at = from; at < to; at++) yield [this.#ids[at] ?? "", this.#digests[at] ?? 0n];
  }

  #range(prefix: string): [number, number] {
    this.#sort();
    // "g" stands behind every hexadecimal digit.
    return [this.#firstFrom(prefix), this.#firstFrom(`${prefix}g`)];
  }

  #firstFrom(text: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? "") < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #sort(): void {
    if (this.#sorted) return;
    this.#sorted = true;
    const ids = this.#ids;
    const order = ids.map((_, at) => at);
    order.sort((a, b) => compare(ids[a] ?? "", ids[b] ?? "") || a - b);
    this.#keep(order.filter((at, rank) => rank === 0 || ids[at] !== ids[order[rank - 1] ?? 0]));
  }

  #keep(order: readonly number[]): void {
    const digests = new BigUint64Array(order.length);
    for (const [rank, at] of order.entries()) digests[rank] = this.#digests[at] ?? 0n;
    this.#ids = order.map((at) => this.#ids[at] ?? "");
    this.#digests = digests;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The expected rows of every domain that the import has rows of. */
export type Expected = ReadonlyMap<string, ExpectedDomain>;

/** Fills an `Expected`, record by record. */
export function collectExpected(): {
  add(domain: string, id: string, digest: bigint): void;
  readonly expected: Expected;
} {
  const expected = new Map<string, ExpectedDomain>();
  return {
    expected,
    add(domain, id, digest) {
      const rows = expected.get(domain) ?? new ExpectedDomain();
      expected.set(domain, rows);
      rows.add(id, digest);
    },
  };
}
