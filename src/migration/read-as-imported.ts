/** Reads a source as its import did: what was left out then is left out, and what the school held then is known. */
import type { RecordId } from "../domain/ids.ts";
import type { HowToRead, IsKnown, Reading, ReadSource } from "./reading.ts";
import type { Remote } from "./remote.ts";
import type { LegacySource } from "./types.ts";

export interface AsImported {
  readonly remote: Remote;
  readonly importId: string;
  readonly source: LegacySource;
  readonly read: ReadSource;
  readonly how: Pick<HowToRead, "namespace" | "domains">;
}

/** @throws what the server or the reading throws */
export async function readAsImported({ remote, importId, source, read, how }: AsImported): Promise<Reading> {
  const held = await remote.known(importId);
  const isKnown = Object.keys(held).length > 0 ? knownBy(held) : undefined;
  const isDemo = (await demoEntriesOf(remote, importId)) ?? (() => false);
  return read(source, { ...how, isKnown, isDemo });
}

const perRequest = 5000;

/** What of that which a source only names the school holds; `null`: nothing of it. */
export async function askOutside(remote: Remote, importId: string, reading: Reading): Promise<IsKnown | null> {
  const held: Record<string, string[]> = {};
  for (const [domain, ids] of reading.outside?.() ?? []) {
    const all = [...ids];
    for (let from = 0; from < all.length; from += perRequest) {
      const known = await remote.askKnown(importId, domain, all.slice(from, from + perRequest));
      if (known.length > 0) held[domain] = [...(held[domain] ?? []), ...known];
    }
  }
  return Object.keys(held).length > 0 ? knownBy(held) : null;
}

function knownBy(held: Readonly<Record<string, readonly string[]>>): IsKnown {
  const sets = new Map(Object.entries(held).map(([domain, ids]) => [domain, new Set(ids)]));
  return (domain, id: RecordId) => sets.get(domain)?.has(id) ?? false;
}

/** The entries that an import left out as demo records; `undefined`: none. */
export async function demoEntriesOf(remote: Remote, importId: string): Promise<HowToRead["isDemo"]> {
  const { parts } = await remote.ledger(importId);
  const excluded = new Set<number>();
  let after: string | undefined;
  do {
    if (!parts.byOutcome.excluded) break;
    const page = await remote.parts(importId, { outcome: "excluded", after, limit: 1000 });
    for (const { entry, reason } of page.parts) if (reason === "DEMO") excluded.add(entry);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return excluded.size > 0 ? ({ no }) => excluded.has(no) : undefined;
}
