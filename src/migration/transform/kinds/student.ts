import { type RecordId, recordIdOf } from "../../../domain/ids.ts";
import { isJsonObject } from "../../../domain/json.ts";
import { emptyRecord, parseRecord } from "../../../domain/record.ts";
import { domainNamed } from "../context.ts";
import { idText } from "../convert.ts";
import type { EntryBuilder } from "../entry-builder.ts";
import { itemOf, type RecordBuilder } from "../record-builder.ts";
import { type Found, isEmpty } from "../source-object.ts";
import { mainRecord } from "./main-record.ts";
import { personName } from "./person.ts";

/** A student, and an enrolment in each class that the student names. */
export function buildStudent(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  personName(record);
  const group = record.source.take("classId");
  for (const column of record.identity.domain.fieldNames) if (column !== "name") record.field(column);
  record.finish();
  if (!group) return;
  if (!Array.isArray(group.value) || group.value.length === 0) enrol(entry, record, group);
  else group.value.forEach((value: unknown, index) => void enrol(entry, record, itemOf(group, index, value)));
}

function enrol(entry: EntryBuilder, student: RecordBuilder, found: Found): void {
  const { context } = entry;
  if (isEmpty(found.value)) {
    student.exclude(found.path, "EMPTY");
    return;
  }
  if (typeof found.value === "string" && context.layout.none.has(found.value)) {
    student.exclude(found.path, "NONE");
    return;
  }
  const text = typeof found.value === "object" ? null : idText(found.value);
  if (text === null) {
    entry.quarantine("enrollments", found.path, "ORPHAN", found.value as never);
    return;
  }
  const { index } = context;
  const target = index.find("classes", text) ?? index.named("classes", text);
  if (!target) {
    enrolOutside(entry, student, found, text);
    return;
  }
  const listed = context.index.enrolled(student.identity.id, target.id);
  const pair = `${student.identity.id}/${target.id}`;
  const id = listed?.id ?? recordIdOf(context.namespace, "enrollments", pair);
  entry.claims.push({ path: found.path, to: "column", domain: "enrollments", id, field: "classId" });
  if (listed) {
    entry.merged("enrollments", found.path, listed.id);
    return;
  }
  if (isJsonObject(target.entry.data) && Array.isArray(target.entry.data.studentIds))
    context.log.add(
      {
        severity: "note",
        code: "CONTRADICTION",
        domain: "enrollments",
        message: "A student names a class that does not list the student; the enrolment is made and marked one-sided.",
      },
      `${entry.place}: ${text}`,
    );
  enrolAs(entry, student, found.path, { id, classId: target.id });
}

/** A class of another import: it may list the student, and then that enrolment is this one. */
function enrolOutside(entry: EntryBuilder, student: RecordBuilder, found: Found, text: string): void {
  const { index, namespace } = entry.context;
  const classId = index.derive("classes", text);
  const id = recordIdOf(namespace, "enrollments", `${student.identity.id}/${classId}`);
  const isEnrolled = index.isOutside("enrollments", id);
  if (!index.isOutside("classes", classId)) {
    entry.orphan("enrollments", found.path, text);
    return;
  }
  if (isEnrolled) {
    entry.mergedOutside("enrollments", found.path, id, found.value as never);
    return;
  }
  entry.claims.push({ path: found.path, to: "column", domain: "enrollments", id, field: "classId" });
  enrolAs(entry, student, found.path, { id, classId });
}

function enrolAs(
  entry: EntryBuilder,
  student: RecordBuilder,
  path: string,
  { id, classId }: { readonly id: RecordId; readonly classId: RecordId },
): void {
  const domain = domainNamed(entry.context, "enrollments");
  entry.record(
    "enrollments",
    path,
    parseRecord(domain, {
      ...emptyRecord(domain, id, null),
      studentId: student.identity.id,
      classId,
      oneSided: true,
    }),
  );
  if (student.source.data.id !== undefined)
    entry.claims.push({ path: "/id", to: "column", domain: "enrollments", id, field: "studentId" });
}
