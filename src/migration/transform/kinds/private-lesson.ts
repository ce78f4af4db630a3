import type { RecordId } from "../../../domain/ids.ts";
import { domainNamed } from "../context.ts";
import { type EmbeddedPlace, embeddedIn } from "../embedded.ts";
import type { EntryBuilder } from "../entry-builder.ts";
import { itemOf, RecordBuilder } from "../record-builder.ts";
import { SourceObject } from "../source-object.ts";
import { mainRecord } from "./main-record.ts";
import { referTo } from "./plain.ts";

const plain = ["subject", "date", "startTime", "endTime", "status", "notes", "createdAt", "updatedAt"] as const;

/** A private lesson, and the obligation and payments inside it as rows of their own. */
export function buildPrivateLesson(entry: EntryBuilder): void {
  const lesson = mainRecord(entry);
  const places = embeddedIn(lesson.source);
  referTo(lesson, "studentId", "students", "studentName");
  referTo(lesson, "teacherId", "teachers", "teacherName");
  referTo(lesson, "classroomId", "classrooms", "classroomName");
  lesson.fields(...plain);
  for (const name of ["paymentObligation", "paymentRecords"]) {
    const found = lesson.source.take(name);
    if (!found || places.some((place) => place.path === found.path)) continue;
    if (!Array.isArray(found.value) || found.value.length === 0) lesson.keep(found);
    else
      found.value.forEach((value: unknown, index) => {
        const item = itemOf(found, index, value);
        if (!places.some((place) => place.path === item.path)) lesson.keep(item);
      });
  }
  lesson.finish();
  let obligation: { id: RecordId; path: string | null } | null = null;
  for (const place of places) {
    const record = embeddedRecord(entry, lesson, place);
    if (place.domain === "paymentObligations") {
      record.fields("type", "amount", "dueDate", "period", "status", "notes", "createdAt", "updatedAt");
      obligation = { id: record.identity.id, path: place.rawId === null ? null : `${place.path}/id` };
    } else {
      record.field("date", record.source.peek("paymentDate") ? "paymentDate" : "date");
      record.fields("amount", "method", "reference", "notes", "createdBy", "createdAt", "updatedAt");
      if (obligation) tell(record, "obligationId", obligation.id, obligation.path);
    }
    record.finish(place.path);
  }
}

/** Sets a column, and claims the leaf that says so where there is one. */
function tell(record: RecordBuilder, column: string, value: string, path: string | null): void {
  if (path === null) record.values[column] = value;
  else record.also(column, value, path);
}

function embeddedRecord(entry: EntryBuilder, lesson: RecordBuilder, place: EmbeddedPlace): RecordBuilder {
  const { context } = entry;
  const kind = place.domain === "payments" ? "payment" : "obligation";
  const identity = context.index.embedded(entry.entry, place.path);
  const source = new SourceObject(context, kind, place.data, place.path);
  const record = new RecordBuilder(entry, source, {
    domain: domainNamed(context, place.domain),
    id: identity?.id ?? lesson.identity.id,
    externalId: identity?.externalId ?? null,
  });
  record.key();
  tell(record, "privateLessonId", lesson.identity.id, lesson.identity.externalId === null ? null : "/id");
  const student = lesson.values.studentId;
  const from = lesson.claimOf("studentId");
  if (typeof student === "string") tell(record, "studentId", student, from);
  return record;
}
