/** Kinds that become one record each, field by field. */
import { type EntryBuilder, EntryRefused } from "../entry-builder.ts";
import type { RecordBuilder } from "../record-builder.ts";
import { fieldOfKey, mainRecord } from "./main-record.ts";

/** A reference that an entry holds: by id, by the storage key, or by the name beside it. */
export function referTo(record: RecordBuilder, column: string, domain: string, name: string | null): void {
  const target = record.reference(column, column, domain);
  if (!target && record.values[column] === null) {
    const fromKey = fieldOfKey(record.entry, column);
    const known = fromKey === null ? undefined : record.entry.context.index.find(domain, fromKey);
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

/** A grade: what can be a number is one, anything else is text. */
export function buildGrade(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  referTo(record, "assessmentId", "assessments", null);
  referTo(record, "studentId", "students", "studentName");
  const value = record.source.take("value");
  if (value) record.put(isDecimal(value.value) ? "score" : "scoreText", value);
  record.fields("comments", "dateRecorded");
  record.finish();
}

const isDecimal = (value: unknown): boolean =>
  typeof value === "number" ||
  (typeof value === "string" && /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d{0,29})(?:\.\d{1,20})?$/.test(value));

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
