import { type RecordId, recordIdOf } from "../../../domain/ids.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../domain/json.ts";
import { emptyRecord, parseRecord } from "../../../domain/record.ts";
import { domainNamed } from "../context.ts";
import { idText } from "../convert.ts";
import type { EntryBuilder } from "../entry-builder.ts";
import { itemOf, type RecordBuilder } from "../record-builder.ts";
import { type ListedStudent, listedStudents, type StudentList } from "../student-list.ts";
import { mainRecord } from "./main-record.ts";

const plain = [
  "status",
  "maxStudents",
  "subject",
  "level",
  "price",
  "duration",
  "description",
  "requirements",
] as const;
const rest = ["objectives", "materials", "color", "schedule", "createdAt", "updatedAt"] as const;

/** A class, and an enrolment for each student that it lists. */
export function buildClass(entry: EntryBuilder): void {
  const record = mainRecord(entry);
  const list = listedStudents(record.source);
  record.field("name");
  teacherOf(entry, record);
  roomOf(entry, record);
  record.reference("termId", "termId", "terms");
  record.fields(...plain, ...rest);
  if (list) record.source.take(list.list.key);
  countOf(record, list);
  // The list may hold more than ids; that goes into the record before it is finished.
  const students = (list?.students ?? []).map((listed) => ({ listed, known: restOfListed(record, listed) }));
  record.finish();
  const made = new Set<string>();
  for (const { listed, known } of students) if (known) enrol(entry, record, listed, made);
}

function teacherOf(entry: EntryBuilder, record: RecordBuilder): void {
  const found = record.source.take("teacher");
  if (!found) {
    const target = record.reference("teacherId", "teacherId", "teachers");
    record.nameBeside("teacherId", "teacherName", "teachers", target);
    return;
  }
  if (!isJsonObject(found.value)) {
    record.refer("teacherId", found, "teachers");
    return;
  }
  if (Object.keys(found.value).length === 0) {
    record.exclude(found.path, "EMPTY");
    return;
  }
  const { id, name, ...others } = found.value;
  const target = id === undefined ? null : record.refer("teacherId", itemOf(found, "id", id), "teachers");
  if (name !== undefined) record.copy(itemOf(found, "name", name), "teachers", target);
  for (const [key, value] of Object.entries(others)) record.keep(itemOf(found, key, value));
  const own = target && entry.context.index.find("teachers", idText(id) ?? "")?.entry.data;
  if (isJsonObject(own)) compareTeacher(entry, record, own, others.subject);
}

/** Notes where the class and its teacher disagree; nothing is changed by it. */
function compareTeacher(entry: EntryBuilder, record: RecordBuilder, own: JsonObject, subject: unknown): void {
  if (Array.isArray(own.classIds) && !own.classIds.some((one) => String(one) === record.identity.externalId))
    entry.context.log.add(
      {
        severity: "note",
        code: "STALE_LINK",
        domain: "classes",
        message: "A class names a teacher whose own list lacks the class; the class is believed.",
      },
      entry.place,
    );
  if (typeof subject === "string" && typeof own.subject === "string" && own.subject !== subject)
    entry.context.log.add(
      {
        severity: "note",
        code: "CONTRADICTION",
        domain: "classes",
        message: "A class gives its teacher another subject than the teacher has; both are kept.",
      },
      entry.place,
    );
}

function roomOf(entry: EntryBuilder, record: RecordBuilder): void {
  const room = record.source.peek("room");
  const target = record.reference("classroomId", "roomId", "classrooms");
  record.field("room");
  if (target && typeof room?.value === "string" && room.value !== "" && target.name !== room.value)
    entry.context.log.add(
      {
        severity: "note",
        code: "CONTRADICTION",
        domain: "classes",
        message: "A class names one room by id and another by name; both are kept.",
      },
      entry.place,
    );
}

function countOf(record: RecordBuilder, list: StudentList | null): void {
  const count = record.source.take("students");
  if (!count) return;
  if (list && count.value === list.students.length) {
    record.exclude(count.path, "COUNT", list.list.path);
    return;
  }
  record.keep(count);
}

/** Keeps what a listed student's object says besides the id; false when there is no id to enrol by. */
function restOfListed(record: RecordBuilder, listed: ListedStudent): boolean {
  if (listed.legacyId === null) {
    record.keep(listed.item);
    return false;
  }
  if (isJsonObject(listed.item.value))
    for (const [key, value] of Object.entries(listed.item.value))
      if (key !== listed.idAt.key) record.keep(itemOf(listed.item, key, value));
  return true;
}

function enrol(entry: EntryBuilder, group: RecordBuilder, listed: ListedStudent, made: Set<string>): void {
  const { context } = entry;
  const { path, value } = listed.idAt;
  const legacyId = listed.legacyId ?? "";
  const student = context.index.find("students", legacyId);
  const outside = student ? undefined : context.index.outside("students", legacyId);
  if (outside && enrolledOutside(entry, group, { id: outside.id, path, value: value as Json })) return;
  const id = student?.id ?? outside?.id;
  if (id === undefined) {
    entry.orphan("enrollments", path, value as Json);
    return;
  }
  enrolStudent(entry, group, { id, path }, made);
}

/** True when the school holds this enrolment already: the student of another import named the class. */
function enrolledOutside(
  entry: EntryBuilder,
  group: RecordBuilder,
  { id: student, path, value }: { readonly id: RecordId; readonly path: string; readonly value: Json },
): boolean {
  const id = recordIdOf(entry.context.namespace, "enrollments", `${student}/${group.identity.id}`);
  if (!entry.context.index.isOutside("enrollments", id)) return false;
  entry.mergedOutside("enrollments", path, id, value);
  return true;
}

function enrolStudent(
  entry: EntryBuilder,
  group: RecordBuilder,
  { id: studentId, path }: { readonly id: RecordId; readonly path: string },
  made: Set<string>,
): void {
  const { context } = entry;
  const owner = context.index.enrolled(studentId, group.identity.id);
  const id = owner?.id ?? recordIdOf(context.namespace, "enrollments", `${studentId}/${group.identity.id}`);
  entry.claims.push({ path, to: "column", domain: "enrollments", id, field: "studentId" });
  if (made.has(id) || (owner && owner.entry.no !== entry.entry.no)) {
    entry.merged("enrollments", path, id);
    return;
  }
  made.add(id);
  const domain = domainNamed(context, "enrollments");
  const values = { studentId, classId: group.identity.id, oneSided: false };
  entry.record("enrollments", path, parseRecord(domain, { ...emptyRecord(domain, id, null), ...values }));
  if (group.source.data.id !== undefined)
    entry.claims.push({ path: "/id", to: "column", domain: "enrollments", id, field: "classId" });
}
