/** A little school for tests of the transform: entries in, everything that they turned into out. */
import { domainSet } from "../../../src/domain/define-domain.ts";
import { ownNamespace, recordIdOf, schoolIdOf } from "../../../src/domain/ids.ts";
import { accountFor, type Unaccounted } from "../../../src/migration/accounting/account-for.ts";
import { recordBook } from "../../../src/migration/accounting/record-book.ts";
import { transform } from "../../../src/migration/transform/transform.ts";
import type { LegacyEntry, Part, TransformedEntry } from "../../../src/migration/types.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { knownLayout } from "../../../src/school/legacy/known-layout.ts";
import type { Layout } from "../../../src/school/legacy/layout.ts";
import { type ReadDump, readDump } from "./read-dump.ts";

export const domains = domainSet(schoolDomains);
export const namespace = ownNamespace(schoolIdOf("test"), "0".repeat(64));
export const idIn = (domain: string, legacyId: string) => recordIdOf(namespace, domain, legacyId);

export interface Run {
  readonly all: readonly TransformedEntry[];
  readonly parts: readonly Part[];
  readonly records: (domain: string) => readonly Record<string, unknown>[];
  /** Parts without a record, as `outcome REASON path`. */
  readonly others: readonly string[];
  readonly codes: readonly string[];
  readonly unaccounted: readonly Unaccounted[];
}

export function account(dump: ReadDump, all: readonly TransformedEntry[], layout: Layout = knownLayout, set = domains) {
  const lookupRecord = recordBook(all, set);
  return all.flatMap((one) =>
    accountFor(dump.textOf(one.entry), one, { domains: set, lookupRecord, derivedId: idIn, none: layout.none }),
  );
}

export function runDump(
  dump: ReadDump,
  {
    layout = knownLayout,
    set = domains,
    isDemo,
  }: { layout?: Layout; set?: typeof domains; isDemo?: (entry: LegacyEntry) => boolean } = {},
): Run {
  const transformed = transform(dump.entries, { namespace, layout, domains: set, textOf: dump.textOf, isDemo });
  const all = [...transformed];
  const parts = all.flatMap((one) => one.parts);
  return {
    all,
    parts,
    records: (domain) => parts.flatMap((p) => (p.record && p.domain === domain ? [p.record] : [])),
    others: parts.flatMap((p) => (p.record ? [] : [`${p.outcome} ${p.reason} ${p.path}`])),
    codes: transformed.findings().map((f) => `${f.severity} ${f.code} ${f.count}`),
    unaccounted: account(dump, all, layout, set),
  };
}

export const run = (values: Record<string, unknown>): Run => runDump(readDump(values, knownLayout));
