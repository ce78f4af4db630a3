/** The reader of the known (or a declared) layout: entries, their transformation, their accounting and their audit. */
import { AdapterError } from "../domain/errors.ts";
import type { RecordId } from "../domain/ids.ts";
import { knownLayout } from "../school/legacy/known-layout.ts";
import type { Layout } from "../school/legacy/layout.ts";
import { assertAccounted } from "./accounting/account-for.ts";
import { recordBook } from "./accounting/record-book.ts";
import { audit } from "./audit/audit.ts";
import type { ReadSource } from "./reading.ts";
import { readEntries } from "./source/read-entries.ts";
import { transform } from "./transform/transform.ts";
import type { LegacyEntry } from "./types.ts";

/** Reads sources of a layout; of every known layout unless told. */
export const readSource =
  (layout: Layout = knownLayout): ReadSource =>
  (source, { namespace, domains }) => {
    const { entries, findings: noticed } = readEntries(source, layout);
    const raw = new Map(source.values.map((value) => [value.key, value.raw]));
    const textOf = (entry: LegacyEntry): string => (raw.get(entry.key) ?? "").slice(entry.start, entry.end);
    const transformation = transform(entries, { namespace, layout, domains, textOf });
    const derivedId = (space: string, legacyId: string): string => transformation.idOf(space, legacyId);
    let book: ((domain: string, id: RecordId) => ReturnType<ReturnType<typeof recordBook>>) | null = null;
    const newer = noticed.find(({ code }) => code === "SCHEMA_NEWER");
    return {
      entries,
      refusal: newer && new AdapterError("SCHEMA_NEWER", newer.message, { place: newer.examples[0] }),
      of: transformation.of,
      account(transformed) {
        book ??= recordBook(transformation, domains);
        assertAccounted(textOf(transformed.entry), transformed, {
          domains,
          lookupRecord: book,
          derivedId,
          none: layout.none,
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
