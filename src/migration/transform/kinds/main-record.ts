/** The record that an entry itself becomes. */
import { isJsonObject, type JsonObject } from "../../../domain/json.ts";
import type { EntryKind } from "../../../domain/legacy.ts";
import { matchKey } from "../../../school/legacy/layout.ts";
import { domainNamed, domainOf } from "../context.ts";
import type { EntryBuilder } from "../entry-builder.ts";
import { RecordBuilder } from "../record-builder.ts";
import { SourceObject } from "../source-object.ts";

/** The entry as an object; the index has refused every other. */
export const objectOf = (entry: EntryBuilder): JsonObject => (isJsonObject(entry.entry.data) ? entry.entry.data : {});

/** `kind` is what it is read as: a flat mark may stand where registers are. */
export function mainRecord(entry: EntryBuilder, kind: EntryKind = entry.entry.kind): RecordBuilder {
  const { context } = entry;
  const source = new SourceObject(context, kind, objectOf(entry), "");
  const record = new RecordBuilder(entry, source, {
    domain: domainNamed(context, domainOf(entry.entry.kind)),
    id: context.index.idOf(entry.entry),
    externalId: entry.entry.legacyId || null,
  });
  record.key();
  return record;
}

/** What the storage key itself says (`register/{classId}/…`), for fields that the entry does not have. */
export function fieldOfKey(entry: EntryBuilder, name: string): string | null {
  const match = matchKey(entry.context.layout, entry.entry.key).find((m) => Object.hasOwn(m.fields, name));
  return match?.fields[name] ?? null;
}
