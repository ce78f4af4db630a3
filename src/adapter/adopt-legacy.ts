/** First start: archives what the old app had stored, then copies its records into the store; the old keys stay as they are. */
import type { AnyRecord, DomainSet } from "../domain/define-domain.ts";
import { ownNamespace, type SchoolId, sharedNamespace } from "../domain/ids.ts";
import type { RecordStore, Write } from "../local/record-store.ts";
import { markSaved } from "../local/saved-marks.ts";
import type { Storage } from "../local/storage.ts";
import type { LegacySource } from "../migration/types.ts";
import type { LegacyValues } from "../platform/legacy-values.ts";
import type { Clock } from "../platform/platform.ts";
import { archiveHere, readNote, writeNote } from "./legacy-archive.ts";

export interface LegacyOptions {
  /**
   * True when the school's browsers held one data set: the same record then gets the same id in each of them. False: each
   * browser's records are its own.
   */
  readonly shared: boolean;
  /** What the old app stored, in an IndexedDB of its own for instance; localStorage and sessionStorage without it. */
  readonly values?: () => readonly LegacyValues[] | Promise<readonly LegacyValues[]>;
}

/** What came of one source. */
export interface Adoption {
  readonly name: string;
  readonly fingerprint: string;
  /** Records that are in the store now and were not before. */
  readonly adopted: number;
  /** False: this device works with the server already, and the migration's backfill brings the records. */
  readonly copied: boolean;
  /** What could not be read or accepted; it stays in the archive. */
  readonly quarantined: readonly { readonly place: string; readonly reason: string }[];
}

export interface Adopting {
  readonly store: RecordStore;
  readonly storage: Storage;
  readonly domains: DomainSet;
  readonly school: SchoolId;
  readonly clock: Clock;
}

/** Commits of an adoption: small enough for the page to breathe between them. */
const perCommit = 500;

/**
 * - The archive is on disk before the first record is; a source that was adopted is not adopted again.
 * - A record that is in the store is never written over.
 * @throws SCHEMA_NEWER for data of a newer version of the old app, LIMIT, and what the store throws; what was archived stays
 */
export async function adoptLegacy(
  adopting: Adopting,
  sources: readonly LegacyValues[],
  shared: boolean,
): Promise<readonly Adoption[]> {
  if (sources.length === 0) return [];
  const { sourceFromStorage } = await import("../migration/source/open-source.ts");
  const done: Adoption[] = [];
  for (const { name, values } of sources) done.push(await adopt(adopting, sourceFromStorage(values, { name }), shared));
  return done;
}

async function adopt(adopting: Adopting, source: LegacySource, shared: boolean): Promise<Adoption> {
  const { store, storage, clock } = adopting;
  const { name, fingerprint } = source;
  const note = (await readNote(storage, fingerprint)) ?? {
    name,
    at: new Date(clock.now()).toISOString(),
    values: source.values.length,
    adopted: false,
  };
  if (note.adopted) return { name, fingerprint, adopted: 0, copied: true, quarantined: [] };
  await archiveHere(storage, source, note);
  const { records, quarantined, emptied } = await recordsOf(adopting, source, shared);
  const { stage, cursor } = store.position;
  if (stage !== "off" || cursor !== null) return { name, fingerprint, adopted: 0, copied: false, quarantined };
  const writes = records.filter(({ domain, record }) => store.get(domain, record.id) === null);
  for (let from = 0; from < writes.length; from += perCommit) await store.commit(writes.slice(from, from + perCommit));
  if (emptied.length > 0) await markSaved(storage, emptied);
  await writeNote(storage, fingerprint, { ...note, adopted: true });
  return { name, fingerprint, adopted: writes.length, copied: true, quarantined };
}

type Create = Extract<Write, { kind: "create" }>;

interface Found {
  /** Parents first; each id once. */
  readonly records: readonly Create[];
  readonly quarantined: Adoption["quarantined"];
  /** Domains whose list is there and empty: the user emptied it, where a missing key was never saved (B13). */
  readonly emptied: readonly string[];
}

/** What a source turns into, by the migration's own reading: the same ids as a later import gives. */
async function recordsOf(
  { domains, school }: Pick<Adopting, "domains" | "school">,
  source: LegacySource,
  shared: boolean,
): Promise<Found> {
  const [{ readSource }, { readEntries }, { domainOf }, { knownLayout }] = await Promise.all([
    import("../migration/read-source.ts"),
    import("../migration/source/read-entries.ts"),
    import("../migration/transform/context.ts"),
    import("../school/legacy/known-layout.ts"),
  ]);
  const namespace = shared ? sharedNamespace(school) : ownNamespace(school, source.fingerprint);
  const reading = await readSource()(source, { namespace, domains });
  if (reading.refusal) throw reading.refusal;
  const byDomain = new Map(domains.all.map(({ name }) => [name, new Map<string, AnyRecord>()]));
  const quarantined: Adoption["quarantined"][number][] = [];
  for (const entry of reading.entries) {
    for (const part of reading.of(entry).parts) {
      const place = `${entry.key}[${entry.position}]${part.path}`;
      if (part.record === null) {
        if (part.outcome === "quarantined") quarantined.push({ place, reason: part.reason });
        continue;
      }
      const records = byDomain.get(part.domain);
      if (records?.has(part.record.id)) quarantined.push({ place, reason: "ID_AMBIGUOUS" });
      else records?.set(part.record.id, part.record);
    }
  }
  const records = [...byDomain].flatMap(([domain, found]) =>
    [...found.values()].map((record): Create => ({ kind: "create", domain, record })),
  );
  const emptied = new Set(readEntries(source, knownLayout).inventory.flatMap((key) => key.emptied.map(domainOf)));
  return { records, quarantined, emptied: [...emptied].filter((name) => domains.has(name)) };
}

/** An export of the old app, or a dump of its keys, as records by domain: for `importData` of the mock data service. */
export const legacyReader =
  (about: Pick<Adopting, "domains" | "school">, shared: boolean) =>
  async (text: string): Promise<Readonly<Record<string, readonly AnyRecord[]>>> => {
    const { sourceFromText } = await import("../migration/source/open-source.ts");
    const { records, emptied } = await recordsOf(about, sourceFromText(text, { name: "export" }), shared);
    const found: Record<string, AnyRecord[]> = Object.fromEntries(emptied.map((name) => [name, []]));
    for (const { domain, record } of records) {
      const list = found[domain] ?? [];
      list.push(record);
      found[domain] = list;
    }
    return found;
  };
