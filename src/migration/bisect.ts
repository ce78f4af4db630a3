/** Finds the ids at which two sides differ without sending the rows: sums of ever narrower ranges of ids, then lists. */
import { type DigestSum, emptySum, parseDigest, sameSum } from "../domain/digest.ts";
import type { DigestAnswer } from "../domain/migration-wire.ts";
import type { ExpectedDomain } from "./expected.ts";
import type { Remote } from "./remote.ts";

/** An id of which the sides hold different digests; `undefined`: that side has no such record. */
export interface Differing {
  readonly id: string;
  readonly expected: bigint | undefined;
  readonly actual: bigint | undefined;
}

/** The expected and the found rows of a domain whose sums differ. */
export interface UnequalDomain {
  readonly name: string;
  readonly expected: ExpectedDomain;
  readonly actual: DigestSum;
}

// A bucket costs about 76 bytes on the wire and a listed record 59: at this many records in each of 16 sub-buckets'
// parent, one more split no longer pays.
const listedAtOnce = 24;
// Deeper than 8 digits a UUID has hyphens; at 6 a bucket of 16 million records is down to one.
const deepest = 6;
// The server gives at most 4,096 buckets at once, and proxies stand addresses of 8 KB.
const prefixesPerRequest = 250;

export const sumsOf = (answer: DigestAnswer): Map<string, DigestSum> =>
  new Map(answer.buckets.map((b) => [`${b.domain}/${b.prefix}`, { count: b.count, sum: parseDigest(b.sum) }]));

const digits = [..."0123456789abcdef"];
const extended = (prefix: string): string[] => digits.map((digit) => prefix + digit);

/** The ids that differ, by domain. Costs a few requests for each domain, whatever the number of its records. */
export async function bisect(remote: Remote, unequal: readonly UnequalDomain[]): Promise<Map<string, Differing[]>> {
  const large = unequal.filter((domain) => !isSmall(domain, 0));
  const first = large.length > 0 ? sumsOf(await remote.digest({ domains: large.map((d) => d.name), width: 1 })) : null;
  const result = new Map<string, Differing[]>();
  for (const domain of unequal) {
    const start = first && large.includes(domain) ? differingBuckets(domain, extended(""), first) : [""];
    result.set(domain.name, await narrow(remote, domain, start));
  }
  return result;
}

async function narrow(remote: Remote, domain: UnequalDomain, start: readonly string[]): Promise<Differing[]> {
  let buckets = start;
  for (let depth = start[0]?.length ?? 0; depth < deepest && !isSmall(domain, depth); depth++) {
    // Where most of it differs, sums only add to the cost of the list.
    if (depth >= 2 && buckets.length > 16 ** depth / 2) break;
    const next: string[] = [];
    for (const some of slices(buckets, prefixesPerRequest)) {
      const sums = sumsOf(await remote.digest({ domains: [domain.name], prefixes: some, width: 1 }));
      next.push(...differingBuckets(domain, some.flatMap(extended), sums));
    }
    buckets = next;
  }
  return list(remote, domain, buckets);
}

const isSmall = ({ expected, actual }: UnequalDomain, depth: number): boolean =>
  Math.max(expected.size, actual.count) / 16 ** depth <= listedAtOnce;

const differingBuckets = (domain: UnequalDomain, prefixes: readonly string[], sums: Map<string, DigestSum>): string[] =>
  prefixes.filter((p) => !sameSum(domain.expected.sum(p), sums.get(`${domain.name}/${p}`) ?? emptySum));

async function list(
  remote: Remote,
  { name, expected }: UnequalDomain,
  prefixes: readonly string[],
): Promise<Differing[]> {
  const found: Differing[] = [];
  for (const some of slices(prefixes, prefixesPerRequest)) {
    const { records } = await remote.digestRecords(name, some);
    const actual = new Map(records.map(([id, digest]) => [id, parseDigest(digest)]));
    for (const prefix of some) {
      for (const [id, digest] of expected.within(prefix)) {
        const other = actual.get(id);
        if (other !== digest) found.push({ id, expected: digest, actual: other });
        actual.delete(id);
      }
    }
    for (const [id, digest] of actual) found.push({ id, expected: undefined, actual: digest });
  }
  return found;
}

export function* slices<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
