/** What the old app's bytes turn into, by the migration's own reading: the same ids as a later import gives. */
import type { AnyRecord, DomainSet } from "../domain/define-domain.ts";
import { type Namespace, ownNamespace, type SchoolId, sharedNamespace } from "../domain/ids.ts";
import type { Write } from "../local/record-store.ts";
import type { LegacySource } from "../migration/types.ts";

export type Create = Extract<Write, { kind: "create" }>;

export interface LegacyRecords {
  /** Parents first; each id once. */
  readonly records: readonly Create[];
  readonly quarantined: readonly { readonly place: string; readonly reason: string }[];
  /** Domains whose list is there and empty: the user emptied it, where a missing key was never saved (B13). */
  readonly emptied: readonly string[];
}

/** @throws SCHEMA_NEWER for data of a newer version of the old app, LIMIT */
export async function legacyRecords(
  source: LegacySource,
  { domains, namespace }: { readonly domains: DomainSet; readonly namespace: Namespace },
): Promise<LegacyRecords> {
  const [{ readSource }, { readEntries }, { domainOf }, { knownLayout }] = await Promise.all([
    import("../migration/read-source.ts"),
    import("../migration/source/read-entries.ts"),
    import("../migration/transform/context.ts"),
    import("../school/legacy/known-layout.ts"),
  ]);
  const reading = await readSource()(source, { namespace, domains });
  if (reading.refusal) throw reading.refusal;
  const byDomain = new Map(domains.all.map(({ name }) => [name, new Map<string, AnyRecord>()]));
  const quarantined: { place: string; reason: string }[] = [];
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

/** @param shared true when the school's browsers held one data set */
export const namespaceFor = (school: SchoolId, shared: boolean, fingerprint: string): Namespace =>
  shared ? sharedNamespace(school) : ownNamespace(school, fingerprint);

/** An export of the old app, or a dump of its keys, as records by domain: for `importData` of the mock data service. */
export const legacyReader =
  ({ domains, school }: { readonly domains: DomainSet; readonly school: SchoolId }, shared: boolean) =>
  async (text: string): Promise<Readonly<Record<string, readonly AnyRecord[]>>> => {
    const { sourceFromText } = await import("../migration/source/open-source.ts");
    const source = sourceFromText(text, { name: "export" });
    const namespace = namespaceFor(school, shared, source.fingerprint);
    const { records, emptied } = await legacyRecords(source, { domains, namespace });
    const found: Record<string, AnyRecord[]> = Object.fromEntries(emptied.map((name) => [name, []]));
    for (const { domain, record } of records) {
      const list = found[domain] ?? [];
      list.push(record);
      found[domain] = list;
    }
    return found;
  };
