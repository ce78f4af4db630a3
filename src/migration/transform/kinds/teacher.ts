import { idText } from "../convert.ts";
import type { EntryBuilder } from "../entry-builder.ts";
import { itemOf, type RecordBuilder } from "../record-builder.ts";
import type { Found } from "../source-object.ts";
import { mainRecord } from "./main-record.ts";
import { personName } from "./person.ts";
import { taughtBy } from "./taught-by.ts";

/** A teacher. `classIds` is the reverse of what the classes say; where they do not say it, it is kept. */
export function buildTeacher(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  personName(record);
  const classIds = record.source.take("classIds");
  for (const column of record.identity.domain.fieldNames) if (column !== "name") record.field(column);
  if (classIds && Array.isArray(classIds.value) && classIds.value.length > 0)
    classIds.value.forEach((value: unknown, index) => void reverse(entry, record, itemOf(classIds, index, value)));
  else if (classIds) record.keep(classIds);
  record.finish();
}

function reverse(entry: EntryBuilder, record: RecordBuilder, found: Found): void {
  const { context } = entry;
  const legacyId = typeof found.value === "object" ? null : idText(found.value);
  const group = legacyId === null ? undefined : context.index.find("classes", legacyId);
  const teacher = group ? taughtBy(context, group.entry) : null;
  if (group && teacher && context.index.find("teachers", teacher)?.id === record.identity.id) {
    entry.claims.push({
      path: found.path,
      to: "excluded",
      reason: "REVERSE",
      copyOf: { domain: "classes", id: group.id, field: "teacherId" },
    });
    return;
  }
  record.keep(found);
  context.log.add(
    {
      severity: "note",
      code: group ? "CONTRADICTION" : "STALE_LINK",
      domain: "teachers",
      message: group
        ? "A teacher lists a class that names another teacher; the class is believed, the list is kept in extra."
        : "A teacher lists a class that is not there; the list is kept in extra.",
    },
    `${entry.place}${found.path}`,
  );
}
