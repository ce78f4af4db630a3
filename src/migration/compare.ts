/** The contribution proof: is on the server what this import brought, or what named changes made of it since? */
import { type SurvivorOf, turnRecord } from "../domain/aliases.ts";
import type { AnyRecord, DomainSet } from "../domain/define-domain.ts";
import { type DigestSum, digestOf, digestText, emptySum, parseDigest, sameSum } from "../domain/digest.ts";
import type { RecordId } from "../domain/ids.ts";
import { bisect, type Differing, slices, sumsOf } from "./bisect.ts";
import { countMismatch, type Explained, fieldDifferences, judge } from "./differences.ts";
import { type Expected, ExpectedDomain } from "./expected.ts";
import type { ChangedSince, Difference, Verification } from "./options.ts";
import type { Remote } from "./remote.ts";

export interface Comparison {
  readonly remote: Remote;
  readonly domains: DomainSet;
  readonly importId: string;
  readonly expected: Expected;
  /** Parts that the transform itself set aside; so many, and no more, are quarantined without having been a record. */
  readonly quarantined: number;
  /** The expected records with these ids. */
  readonly recall: (wanted: ReadonlyMap<string, ReadonlySet<string>>) => ReadonlyMap<string, AnyRecord>;
  readonly deep: boolean;
  readonly showValues: boolean;
}

const idsPerExplain = 500;

interface Mismatch {
  readonly domain: string;
  readonly explained: Explained;
  readonly actual: bigint | undefined;
}

/** What the comparison finds, before it is put into words. */
class Findings {
  readonly differences: Difference[] = [];
  readonly changedSince: ChangedSince[] = [];
  readonly mismatches: Mismatch[] = [];
}

/**
 * Compares in both directions. Equal sides cost one request, however many records there are.
 * @throws what `Remote` throws
 */
export async function compare(comparison: Comparison): Promise<Verification> {
  const { remote, expected, importId, deep } = comparison;
  const before = remote.traffic();
  const { seq, actual, names } = await totals(comparison);
  const sums = new Map(names.map((name) => [name, expected.get(name)?.sum("") ?? emptySum] as const));
  let unequal = names.filter((name) => !sameSum(sums.get(name) ?? emptySum, actual.get(name) ?? emptySum));
  if (unequal.length > 0 && (await setAside(comparison))) {
    for (const name of names) sums.set(name, expected.get(name)?.sum("") ?? emptySum);
    unequal = names.filter((name) => !sameSum(sums.get(name) ?? emptySum, actual.get(name) ?? emptySum));
  }
  const findings = new Findings();
  const sides = (list: readonly string[]) =>
    list.map((name) => ({
      name,
      expected: expected.get(name) ?? new ExpectedDomain(),
      actual: actual.get(name) ?? emptySum,
    }));
  if (deep) for (const side of sides(names)) await readAll(comparison, side, findings);
  else if (unequal.length > 0) {
    for (const [name, ids] of await bisect(remote, sides(unequal))) await explainAll(comparison, name, ids, findings);
  }
  await nameFields(comparison, findings);
  for (const name of names) {
    const counts = { expected: sums.get(name)?.count ?? 0, actual: actual.get(name)?.count ?? 0 };
    const mismatch = countMismatch(name, counts, findings.differences);
    if (mismatch) findings.differences.push(mismatch);
  }
  const after = remote.traffic();
  return {
    importId,
    equal: findings.differences.length === 0,
    deep,
    seq,
    domains: Object.fromEntries(names.map((name) => [name, described(sums.get(name), actual.get(name))])),
    differences: findings.differences,
    changedSince: findings.changedSince,
    requests: after.requests - before.requests,
    bytes: after.bytes - before.bytes,
  };
}

const described = (expected: DigestSum = emptySum, actual: DigestSum = emptySum) => ({
  expected: expected.count,
  actual: actual.count,
  expectedSum: digestText(expected.sum),
  actualSum: digestText(actual.sum),
});

/** What the server holds of every domain, and the names on either side, parents first. */
async function totals({ remote, domains, expected }: Comparison) {
  const answer = await remote.digest({ width: 0 });
  const actual = new Map([...sumsOf(answer)].map(([place, sum]) => [place.split("/")[0] ?? place, sum] as const));
  const names = domains.all.map((d) => d.name).filter((name) => expected.has(name) || actual.has(name));
  return { seq: answer.seq, actual, names };
}

/**
 * Takes records out of the expectation for which the ledger says that they did not become a row (a conflict, a missing
 * reference, an erasure). Only asked when sums differ.
 * @returns whether any was taken out
 */
async function setAside({ remote, importId, expected, domains, quarantined }: Comparison): Promise<boolean> {
  const { parts } = await remote.ledger(importId);
  const gone = new Map<string, Set<string>>();
  for (const outcome of ["conflict", "quarantined", "erased"] as const) {
    const known = outcome === "quarantined" ? quarantined : 0;
    if ((parts.byOutcome[outcome] ?? 0) <= known) continue;
    let after: string | undefined;
    do {
      const page = await remote.parts(importId, { outcome, after, limit: 1000 });
      for (const part of page.parts) {
        const record = part.payload as AnyRecord | null;
        const id = typeof record?.id === "string" && "extra" in record ? record.id : null;
        if (!id || !record || !domains.has(part.domain)) continue;
        // Of two entries with one id the first became the row; only the second's part is set aside.
        if (expected.get(part.domain)?.digest(id) !== digestOf(domains.get(part.domain), record)) continue;
        gone.set(part.domain, (gone.get(part.domain) ?? new Set()).add(id));
      }
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
  for (const [domain, ids] of gone) expected.get(domain)?.remove(ids);
  return gone.size > 0;
}

async function explainAll(comparison: Comparison, domain: string, ids: readonly Differing[], findings: Findings) {
  for (const some of slices(ids, idsPerExplain)) {
    const wanted = new Map(some.map((d) => [d.id, d.expected]));
    const { records } = await comparison.remote.explain(domain, [...wanted.keys()]);
    for (const explained of records)
      record(comparison, { domain, explained, expected: wanted.get(explained.id) }, findings);
  }
}

/** Reads every row on either side, by ranges of ids, and computes its digest here. */
async function readAll(
  comparison: Comparison,
  side: { name: string; expected: ExpectedDomain; actual: DigestSum },
  findings: Findings,
): Promise<void> {
  const rows = Math.max(side.expected.size, side.actual.count);
  const width = Math.ceil(Math.log2(Math.max(1, rows / idsPerExplain)) / 4);
  for (let bucket = 0; bucket < 16 ** width; bucket++) {
    const prefix = width === 0 ? "" : bucket.toString(16).padStart(width, "0");
    const ids = new Map<string, Differing>();
    for (const [id, expected] of side.expected.within(prefix)) ids.set(id, { id, expected, actual: undefined });
    for (const [id, digest] of (await comparison.remote.digestRecords(side.name, [prefix])).records) {
      ids.set(id, { id, expected: ids.get(id)?.expected, actual: parseDigest(digest) });
    }
    await explainAll(comparison, side.name, [...ids.values()], findings);
  }
}

function record(
  comparison: Comparison,
  candidate: { domain: string; explained: Explained; expected: bigint | undefined },
  findings: Findings,
): void {
  const { domain, explained, expected } = candidate;
  const actual = digestFound(comparison, candidate);
  const finding = judge(domain, comparison.importId, { expected, explained, actual });
  const externalId = (explained.record?.externalId as string | null | undefined) ?? null;
  const place = { domain, id: explained.id, externalId };
  switch (finding.kind) {
    case "equal":
    case "foreign":
      return;
    case "changed":
      findings.changedSince.push(finding.change);
      return;
    case "missing":
      findings.differences.push({ kind: "missing_record", ...place });
      return;
    case "extra":
      findings.differences.push({ kind: "extra_record", ...place });
      return;
    case "mismatch":
      findings.mismatches.push({ domain, explained, actual });
      return;
    case "altered":
      findings.differences.push({
        kind: "data_mismatch",
        ...place,
        fields: [
          { field: "(record)", expected: `digest ${explained.change?.digest}`, actual: `digest ${explained.digest}` },
        ],
      });
  }
}

function digestFound({ deep, domains }: Comparison, { domain, explained }: { domain: string; explained: Explained }) {
  if (explained.record === null || explained.digest === null) return undefined;
  return deep ? digestOf(domains.get(domain), explained.record as AnyRecord) : parseDigest(explained.digest);
}

/**
 * Recalls the expected records of what differs, for their fields and their legacy ids. A row that is as imported but for
 * references to people whom a human joined since is no difference.
 */
async function nameFields({ domains, recall, showValues, remote }: Comparison, findings: Findings): Promise<void> {
  const wanted = new Map<string, Set<string>>();
  const want = (domain: string, id: string) => wanted.set(domain, (wanted.get(domain) ?? new Set()).add(id));
  for (const { domain, explained } of findings.mismatches) want(domain, explained.id);
  for (const d of findings.differences) if (d.kind === "missing_record") want(d.domain, d.id);
  if (wanted.size === 0) return;
  const records = recall(wanted);
  for (const [at, d] of findings.differences.entries()) {
    const externalId = d.kind === "missing_record" ? records.get(`${d.domain}/${d.id}`)?.externalId : undefined;
    if (d.kind === "missing_record" && externalId) findings.differences[at] = { ...d, externalId };
  }
  const mayBeTurned = findings.mismatches.some((m) => Object.keys(domains.get(m.domain).references).length > 0);
  const survivorOf = mayBeTurned ? await joinsOf(remote) : null;
  for (const { domain: name, explained, actual } of findings.mismatches) {
    const domain = domains.get(name);
    const expected = records.get(`${name}/${explained.id}`);
    const { change } = explained;
    if (survivorOf && expected && change && digestOf(domain, turnRecord(domain, expected, survivorOf)) === actual) {
      const { author, at, seq } = change;
      findings.changedSince.push({ domain: name, id: explained.id, op: "join", author, at, seq });
      continue;
    }
    const found = explained.record ?? {};
    const fields = expected ? fieldDifferences(domain, { expected, actual: found, show: showValues }) : [];
    const place = { domain: name, id: explained.id, externalId: expected?.externalId ?? null };
    findings.differences.push({ kind: "data_mismatch", ...place, fields });
  }
}

/** @returns `null` where nobody was joined */
async function joinsOf(remote: Remote): Promise<SurvivorOf | null> {
  const aliases = await remote.aliases();
  const survivors = new Map(aliases.map(({ domain, id, survivor }) => [`${domain}/${id}`, survivor as RecordId]));
  return aliases.length === 0 ? null : (domain, id) => survivors.get(`${domain}/${id}`);
}
