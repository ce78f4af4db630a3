/** The reader of the known (or a declared) layout: entries, their transformation, their accounting and their audit. */
import { AdapterError } from "../domain/errors.ts";
import type { RecordId } from "../domain/ids.ts";
import { knownLayout } from "../school/legacy/known-layout.ts";
import type { Layout } from "../school/legacy/layout.ts";
import { assertAccounted } from "./accounting/account-for.ts";
import { recordBook } from "./accounting/record-book.ts";
import { audit } from "./audit/audit.ts";
import type { ReadSource } from "./reading.ts";
import { demoFinding, demoRecords } from "./source/demo-records.ts";
import { readEntries } from "./source/read-entries.ts";
import { transform } from "./transform/transform.ts";
import type { Finding, LegacyEntry, LegacySource } from "./types.ts";

export interface DemoRecords {
  /** Dumps of the records that the old app came with. */
  readonly sources: readonly LegacySource[];
  /** Leave what equals them out (`excluded`, DEMO); else the audit only asks. */
  readonly exclude: boolean;
}

/** Reads sources of a layout; of every known layout unless told. */
export const readSource =
  (layout: Layout = knownLayout, demo?: DemoRecords): ReadSource =>
  (source, { namespace, domains, isKnown, isDemo: excluded }) => {
    const { entries, findings: read } = readEntries(source, layout);
    const equalsDemo = demo && demoRecords(demo.sources, layout);
    const isDemo = excluded ?? (demo?.exclude ? equalsDemo : undefined);
    const demos = isDemo || !equalsDemo ? [] : demoFinding(entries.filter(equalsDemo));
    const noticed = [...read, ...demos, ...(source.mirrored ? [mirroredFinding(source.name)] : [])];
    const raw = new Map(source.values.map((value) => [value.key, value.raw]));
    const textOf = (entry: LegacyEntry): string => (raw.get(entry.key) ?? "").slice(entry.start, entry.end);
    const transformation = transform(entries, { namespace, layout, domains, textOf, isKnown, isDemo });
    const derivedId = (space: string, legacyId: string): string => transformation.idOf(space, legacyId);
    let book: ((domain: string, id: RecordId) => ReturnType<ReturnType<typeof recordBook>>) | null = null;
    const newer = noticed.find(({ code }) => code === "SCHEMA_NEWER");
    return {
      entries,
      refusal: newer && new AdapterError("SCHEMA_NEWER", newer.message, { place: newer.examples[0] }),
      of: transformation.of,
      outside: transformation.outside,
      account(transformed) {
        book ??= recordBook(transformation, domains);
        assertAccounted(textOf(transformed.entry), transformed, {
          domains,
          lookupRecord: book,
          derivedId,
          isKnown,
          none: layout.none,
          dayZero: layout.dayZero,
        });
      },
      audit() {
        book = null; // asked for last; the records need not be kept through the upload
        return audit({
          source,
          transformed: transformation,
          findings: () => [...noticed, ...transformation.findings()],
          domains,
          layout,
        });
      },
    };
  };

const mirroredFinding = (name: string): Finding => ({
  severity: "ask",
  code: "SOURCE_MIRRORED",
  domain: null,
  message:
    "The new app kept this storage current, so that what was made there stands in it as well and would become records a second time. Import what the app archived at its first start, or a dump from before.",
  count: 1,
  examples: [name],
});
