/** First start: archives what the old app had stored, then copies its records into the store; the old keys stay as they are. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { SchoolId } from "../domain/ids.ts";
import type { OldDatabase } from "../local/old-databases.ts";
import type { RecordStore } from "../local/record-store.ts";
import { markSaved } from "../local/saved-marks.ts";
import type { Storage } from "../local/storage.ts";
import type { LegacySource } from "../migration/types.ts";
import type { LegacyValues } from "../platform/legacy-values.ts";
import type { Clock } from "../platform/platform.ts";
import { type ArchiveNote, archiveHere, noteAdopted, readArchived, readNote, readPlace } from "./legacy-archive.ts";
import { type LegacyRecords, legacyRecords, namespaceFor } from "./legacy-records.ts";
import { isMirrored } from "./mirror/is-mirrored.ts";
import type { MirrorSettings } from "./mirror/mirror-settings.ts";

export interface LegacyOptions {
  /**
   * True when the school's browsers held one data set: the same record then gets the same id in each of them. False: each
   * browser's records are its own.
   */
  readonly shared: boolean;
  /**
   * The databases of the old app in IndexedDB, through localforage or not; read until they are adopted. Without it: all that
   * this browser names, but our own. An empty list: none.
   */
  readonly databases?: readonly OldDatabase[];
  /** What the old app stored, where it is neither in localStorage, sessionStorage nor IndexedDB; nothing else is read then. */
  readonly values?: () => readonly LegacyValues[] | Promise<readonly LegacyValues[]>;
  /**
   * Keeps the old layout in localStorage current, so that the previous version of the app still starts with all that was
   * written since, and takes over what that version writes. It never fails or delays a write; what does not fit into
   * localStorage is saved as a file, and `status().legacy` says so.
   */
  readonly mirrorLegacy?: boolean | MirrorSettings;
}

/** What came of one source. */
export interface Adoption {
  readonly name: string;
  readonly fingerprint: string;
  /** Records that are in the store now and were not before. */
  readonly adopted: number;
  /** False: this device works with the server already, and the migration's backfill brings the records. */
  readonly copied: boolean;
  /** What could not be read or accepted; it stays in the archive, or where it was. */
  readonly quarantined: LegacyRecords["quarantined"];
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
 * - What the old app wrote after its place was adopted is archived too; of its records only those that it did not hold
 *   before are adopted, so that nothing that was deleted since comes back. A place that is mirrored is the mirror's.
 * @throws SCHEMA_NEWER for data of a newer version of the old app, LIMIT, and what the store throws; what was archived stays
 */
export async function adoptLegacy(
  adopting: Adopting,
  sources: readonly LegacyValues[],
  shared: boolean,
): Promise<readonly Adoption[]> {
  if (sources.length === 0) return [];
  const { sourceFromMembers, sourceFromStorage } = await import("../migration/source/open-source.ts");
  const done: Adoption[] = [];
  for (const { name, values, json = false, unread = [] } of sources) {
    const source = json ? sourceFromMembers(values, { name }) : sourceFromStorage(values, { name });
    const adoption = await adopt(adopting, source, shared);
    done.push({ ...adoption, quarantined: [...adoption.quarantined, ...unread] });
  }
  return done;
}

async function adopt(adopting: Adopting, source: LegacySource, shared: boolean): Promise<Adoption> {
  const { store, storage, domains, school, clock } = adopting;
  const { name, fingerprint } = source;
  const none = { name, fingerprint, adopted: 0, copied: true, quarantined: [] };
  if (source.values.length === 0 || (await isMirrored(storage, name))) return none;
  const before = await readNote(storage, fingerprint);
  const note: ArchiveNote = before ?? {
    name,
    at: new Date(clock.now()).toISOString(),
    values: source.values.length,
    container: source.container,
    namespace: shared ? "shared" : "own",
    adopted: false,
    server: null,
  };
  if (note.adopted) return none;
  const place = (await readPlace(storage, name)) ?? {
    namespace: namespaceFor(school, shared, fingerprint),
    fingerprint: null,
  };
  if (before === null) await archiveHere(storage, source, { note, place });
  const how = { domains, namespace: place.namespace };
  const { records, quarantined, emptied } = await legacyRecords(source, how);
  const { stage, cursor } = store.position;
  if (stage !== "off" || cursor !== null) return { ...none, copied: false, quarantined };
  const earlier = place.fingerprint === null ? null : await readArchived(storage, place.fingerprint);
  const known = new Set(earlier ? (await legacyRecords(earlier, how)).records.map(nameOf) : []);
  const writes = records.filter((one) => store.get(one.domain, one.record.id) === null && !known.has(nameOf(one)));
  for (let from = 0; from < writes.length; from += perCommit) await store.commit(writes.slice(from, from + perCommit));
  if (emptied.length > 0) await markSaved(storage, emptied);
  await noteAdopted(storage, source, { note, place });
  return { ...none, adopted: writes.length, quarantined };
}

const nameOf = ({ domain, record }: LegacyRecords["records"][number]): string => `${domain}/${record.id}`;
