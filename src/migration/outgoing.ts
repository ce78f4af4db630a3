/** The parts of a source as they are sent: made once, while they are surveyed, or again where keeping them takes too much. */
import type { BackfillPart } from "../domain/migration-wire.ts";
import type { Item } from "./batches.ts";
import type { Reading } from "./reading.ts";
import type { LegacyEntry, Part } from "./types.ts";

/** A part in JSON, and the number of its entry. */
export interface OutgoingPart {
  readonly entry: number;
  readonly json: string;
}

export interface Outgoing {
  /** The parts of a domain that stand in entries after `from`, in their order. */
  of(domain: {
    readonly name: string;
    readonly entries: readonly LegacyEntry[];
    readonly from: number;
  }): Iterable<Item<OutgoingPart>>;
}

/** In UTF-16 units, of all parts of a source. */
const mostKept = 200_000_000;

/** Fills an `Outgoing`, entry by entry. */
export function collectOutgoing(
  reading: Reading,
  { most = mostKept }: { most?: number } = {},
): { readonly outgoing: Outgoing; add(entry: LegacyEntry, parts: readonly Part[]): void } {
  const kept = new Map<string, OutgoingPart[]>();
  let units = 0;
  return {
    add(entry, parts) {
      if (units > most) return;
      for (const part of parts) {
        const out = outgoing(entry, part);
        units += out.json.length;
        const list = kept.get(part.domain) ?? [];
        kept.set(part.domain, list);
        list.push(out);
      }
      if (units > most) kept.clear();
    },
    outgoing: {
      of: ({ name, entries, from }) =>
        items(
          units > most
            ? madeAgain(
                reading,
                name,
                entries.filter((entry) => entry.no > from),
              )
            : (kept.get(name) ?? []),
          from,
        ),
    },
  };
}

function* madeAgain(reading: Reading, name: string, entries: readonly LegacyEntry[]): Generator<OutgoingPart> {
  for (const entry of entries)
    for (const part of reading.of(entry).parts) if (part.domain === name) yield outgoing(entry, part);
}

function* items(parts: Iterable<OutgoingPart>, from: number): Generator<Item<OutgoingPart>> {
  // In UTF-16 units: an estimate is enough, because a batch that is too large is halved.
  for (const value of parts) if (value.entry > from) yield { value, bytes: value.json.length + 1 };
}

const outgoing = (entry: LegacyEntry, part: Part): OutgoingPart => ({
  entry: entry.no,
  json: JSON.stringify(wirePart(entry, part)),
});

function wirePart(entry: LegacyEntry, part: Part): BackfillPart {
  const place = { entry: entry.no, part: part.no, domain: part.domain, path: part.path };
  if (part.record) return { ...place, record: part.record };
  const { outcome, recordId, reason, payload } = part;
  return { ...place, outcome, recordId, reason, payload };
}
