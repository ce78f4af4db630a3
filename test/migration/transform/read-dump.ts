/** A little reader for tests: a dump of JSON lists becomes entries, without the real reader. */
import { atPointer, isJsonObject } from "../../../src/domain/json.ts";
import type { LegacyEntry } from "../../../src/migration/types.ts";
import { type Layout, matchKey } from "../../../src/school/legacy/layout.ts";

export interface ReadDump {
  readonly entries: readonly LegacyEntry[];
  readonly textOf: (entry: LegacyEntry) => string;
}

/** Entries of key → value; the text of an entry is its JSON. */
export function readDump(values: Readonly<Record<string, unknown>>, layout: Layout): ReadDump {
  const entries: LegacyEntry[] = [];
  const texts = new Map<number, string>();
  for (const [key, value] of Object.entries(values)) {
    for (const { declared } of matchKey(layout, key)) {
      const list = atPointer(value, declared.at);
      const items: [string, unknown][] = Array.isArray(list)
        ? list.map((item, index) => [String(index), item])
        : isJsonObject(list)
          ? Object.entries(list)
          : [];
      for (const [position, data] of items) {
        const no = entries.length + 1;
        const text = JSON.stringify(data);
        texts.set(no, text);
        const id = isJsonObject(data) ? data.id : undefined;
        const legacyId =
          typeof id === "string" || typeof id === "number" ? String(id) : declared.mapById ? position : null;
        entries.push({
          no,
          key,
          position,
          kind: declared.kind,
          start: 0,
          end: text.length,
          legacyId,
          data,
          defect: null,
        });
      }
    }
  }
  return { entries, textOf: (entry) => texts.get(entry.no) ?? "" };
}
