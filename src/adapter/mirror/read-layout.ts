/** What stands in the old layout, as records under the ids that they have here. */
import type { AnyRecord, DomainSet } from "../../domain/define-domain.ts";
import type { Namespace } from "../../domain/ids.ts";
import type { RecordStore } from "../../local/record-store.ts";
import { readSource } from "../../migration/read-source.ts";
import { sourceFromStorage } from "../../migration/source/open-source.ts";
import type { LegacySource, TransformedEntry } from "../../migration/types.ts";
import { inOurIds } from "./our-ids.ts";

export interface LayoutOptions {
  readonly store: RecordStore;
  readonly domains: DomainSet;
  readonly place: string;
  readonly namespace: Namespace;
  /** Lets the page draw and answer between two slices of the reading. */
  readonly breathe: () => Promise<void>;
}

/** Elements that are read in one go: a few milliseconds. */
const slice = 200;

/** A record with where it stands. */
export interface Standing {
  readonly domain: string;
  readonly record: AnyRecord;
  readonly path: string;
  /** The key, and the element in it. */
  readonly key: string;
  readonly element: string;
}

export interface Layout {
  readonly source: LegacySource;
  readonly list: readonly TransformedEntry[];
  /** By domain and id. */
  readonly records: ReadonlyMap<string, Standing>;
  /** Elements, and keys, that hold something that could not be read: what is missing there is not gone. */
  readonly unread: {
    readonly keys: ReadonlySet<string>;
    /** With everything inside them. */
    readonly elements: ReadonlySet<string>;
    /** But for the elements themselves. */
    readonly inside: ReadonlySet<string>;
  };
  /** Keys whose whole value cannot be read. */
  readonly corrupt: ReadonlySet<string>;
  /** How many elements a key holds. */
  readonly entries: ReadonlyMap<string, number>;
}

/** @throws SCHEMA_NEWER for data of a newer version of the old app, LIMIT */
export async function readLayout(values: ReadonlyMap<string, string>, options: LayoutOptions): Promise<Layout> {
  const { domains, namespace, place, breathe } = options;
  const source = sourceFromStorage(values, { name: place });
  const reading = await readSource()(source, { namespace, domains });
  if (reading.refusal) throw reading.refusal;
  const read: TransformedEntry[] = [];
  for (const entry of reading.entries) {
    read.push(reading.of(entry));
    if (read.length % slice === 0) await breathe();
  }
  const list = inOurIds(read, options);
  const records = new Map<string, Standing>();
  const unread = { keys: new Set<string>(), elements: new Set<string>(), inside: new Set<string>() };
  const corrupt = new Set<string>();
  const entries = new Map<string, number>();
  for (const { entry, parts } of list) {
    const { key, kind, legacyId, defect, position } = entry;
    entries.set(key, (entries.get(key) ?? 0) + 1);
    const element = `${kind}/${legacyId}`;
    if (defect && position === "") corrupt.add(key);
    if (defect && legacyId === null) unread.keys.add(key);
    for (const { domain, path, ...part } of parts) {
      if (part.record) records.set(`${domain}/${part.record.id}`, { domain, record: part.record, path, key, element });
      else if (part.outcome === "quarantined" && path === "") unread.elements.add(element);
      // What is tied to nobody any more is gone with whom it was tied to.
      else if (part.outcome === "quarantined" && part.reason !== "ORPHAN") unread.inside.add(element);
    }
  }
  return { source, list, records, unread, corrupt, entries };
}
