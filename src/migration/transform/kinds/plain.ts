/** Kinds that become one record each, field by field. */
import { type EntryBuilder, EntryRefused } from "../entry-builder.ts";
import type { RecordBuilder } from "../record-builder.ts";
import { fieldOfKey, mainRecord } from "./main-record.ts";

/** A reference that an entry holds: by id, by the storage key, or by the name beside it. */
export function referTo(record: RecordBuilder, column: string, domain: string, name: string | null): void {
  const target = record.reference(column, column, domain);
  if (!target && record.values[column] === null) {
    const fromKey = fieldOfKey(record.entry, column);
    const { index } = record.entry.context;
    const known = fromKey === null ? undefined : (index.find(domain, fromKey) ?? index.outside(domain, fromKey));
    if (known) record.values[column] = known.id;
  }
  if (name !== null) record.nameBeside(column, name, domain, target);
}

/** Everything that has the name of a column, references aside. */
function ownFields(record: RecordBuilder): void {
  const { domain } = record.identity;
  for (const column of domain.fieldNames) if (!domain.references[column]) record.field(column);
}

/** A classroom or a term: no references. */
export function buildPlain(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  ownFields(record);
  record.finish();
}

export function buildAssessment(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  referTo(record, "classId", "classes", "className");
  referTo(record, "termId", "terms", null);
  ownFields(record);
  record.finish();
}

/** An obligation, or a payment: the references of both; a field that the domain lacks is skipped. */
export function buildObligation(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  referTo(record, "studentId", "students", "studentName");
  referTo(record, "privateLessonId", "privateLessons", null);
  ownFields(record);
  record.finish();
}

export function buildPayment(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  referTo(record, "obligationId", "paymentObligations", null);
  referTo(record, "studentId", "students", "studentName");
  referTo(record, "privateLessonId", "privateLessons", null);
  ownFields(record);
  record.finish();
}

/** An enrolment stored as a record of its own; without its student or class it is none. */
export function buildEnrollment(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  referTo(record, "studentId", "students", "studentName");
  referTo(record, "classId", "classes", "className");
  if (record.values.studentId === null || record.values.classId === null) throw new EntryRefused("ORPHAN");
  record.fields("beginDate", "endDate");
  record.values.oneSided = false;
  const oneSided = record.source.peek("oneSided");
  if (typeof oneSided?.value === "boolean") record.field("oneSided");
  record.finish();
}
