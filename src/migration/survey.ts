/** One pass over all entries before anything is written: accounts for every leaf, and counts what will be sent. */
import type { AnyRecord, DomainSet } from "../domain/define-domain.ts";
import { digestOf } from "../domain/digest.ts";
import { AdapterError } from "../domain/errors.ts";
import { collectExpected, type Expected } from "./expected.ts";
import type { LedgerReport } from "./options.ts";
import type { Reading } from "./reading.ts";
import { type LegacyEntry, type Outcome, outcomes, type Part, type TransformedEntry } from "./types.ts";

export interface Survey {
  /** Rows that the server should hold. */
  readonly expected: Expected;
  /** Parts of each entry, by its place in the list. */
  readonly partsOf: Uint32Array;
  readonly parts: number;
  /** Entries with parts of a domain, ascending. */
  readonly byDomain: ReadonlyMap<string, readonly LegacyEntry[]>;
  /** Parts that the transform sets aside. */
  readonly quarantined: number;
  /** Reason → number of parts that are no record. */
  readonly exceptions: Readonly<Record<string, number>>;
  /** If the server accepts every record. */
  readonly ledger: LedgerReport;
}

export const noOutcomes = (): Record<Outcome, number> =>
  Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;

/** After each entry: how many are done, and what it turned into. */
export type OnEntry = (done: number, transformed: TransformedEntry) => void;

/**
 * @throws LEAF_UNACCOUNTED when a leaf of the source is nowhere; LEDGER_UNBALANCED when an entry turns into nothing;
 * INTERRUPTED
 */
export function survey(
  reading: Reading,
  { domains, signal, onEntry }: { domains: DomainSet; signal?: AbortSignal; onEntry?: OnEntry },
): Survey {
  const { entries } = reading;
  const { expected, add } = collectExpected();
  const partsOf = new Uint32Array(entries.length);
  const byDomain = new Map<string, LegacyEntry[]>();
  const exceptions: Record<string, number> = {};
  const [byOutcome, partsByOutcome] = [noOutcomes(), noOutcomes()];
  let parts = 0;
  for (const [at, entry] of entries.entries()) {
    if (signal?.aborted) throw new AdapterError("INTERRUPTED", "Stopped on request; nothing was written.");
    const transformed = reading.of(entry);
    reading.account(transformed);
    const own = transformed.parts;
    if (own.length === 0)
      throw new AdapterError("LEDGER_UNBALANCED", `Entry ${entry.no} turned into nothing.`, { place: entry.key });
    partsOf[at] = own.length;
    parts += own.length;
    for (const part of own) {
      const list = byDomain.get(part.domain) ?? [];
      byDomain.set(part.domain, list);
      if (list.at(-1) !== entry) list.push(entry);
      partsByOutcome[outcomeOf(part)]++;
      if (part.record) add(part.domain, part.record.id, digestOf(domains.get(part.domain), part.record));
      else exceptions[part.reason] = (exceptions[part.reason] ?? 0) + 1;
    }
    byOutcome[worst(own.map(outcomeOf))]++;
    onEntry?.(at + 1, transformed);
  }
  const ledger = { entries: entries.length, parts, balanced: true, byOutcome, partsByOutcome };
  return { expected, partsOf, parts, byDomain, quarantined: partsByOutcome.quarantined, exceptions, ledger };
}

const outcomeOf = (part: Part): Outcome => (part.record ? "migrated" : part.outcome);
const worst = (list: readonly Outcome[]): Outcome => outcomes.find((outcome) => list.includes(outcome)) ?? "migrated";

/** Transforms again what is asked for: `domain/id` → record. Expected records are not kept, only their digests. */
export function recallFrom(reading: Reading, byDomain: Survey["byDomain"]) {
  return (wanted: ReadonlyMap<string, ReadonlySet<string>>): Map<string, AnyRecord> => {
    const found = new Map<string, AnyRecord>();
    for (const [domain, ids] of wanted) {
      let missing = ids.size;
      for (const entry of byDomain.get(domain) ?? []) {
        if (missing === 0) break;
        for (const part of reading.of(entry).parts) {
          const place = `${domain}/${part.record?.id}`;
          if (part.domain !== domain || !part.record || !ids.has(part.record.id) || found.has(place)) continue;
          found.set(place, part.record);
          missing--;
        }
      }
    }
    return found;
  };
}
