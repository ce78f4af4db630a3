import { recordIdOf } from "../../../domain/ids.ts";
import { isJsonObject, pointerStep } from "../../../domain/json.ts";
import type { Claim } from "../../types.ts";
import { domainNamed } from "../context.ts";
import { idText } from "../convert.ts";
import { type EntryBuilder, EntryRefused } from "../entry-builder.ts";
import { RecordBuilder } from "../record-builder.ts";
import { type Found, isEmpty, SourceObject } from "../source-object.ts";
import { fieldOfKey, mainRecord, objectOf } from "./main-record.ts";
import { referTo } from "./plain.ts";
import { retell } from "./retell.ts";

/** A register: one attendance record for each mark. A flat mark, found where registers are, is one of its own. */
export function buildSession(entry: EntryBuilder): void {
  const data = objectOf(entry);
  const source = new SourceObject(entry.context, "session", data, "");
  const marks = source.take("studentRecords");
  if (!marks && isMark(entry)) {
    buildMark(entry);
    return;
  }
  const items = marks ? itemsOf(marks) : [];
  if (items.length === 0 || !marks) throw new EntryRefused("EMPTY_SESSION");
  const session = sessionTemplate(entry, source);
  const claims = entry.claims.splice(0);
  const made = new Map<string, string>();
  const kept = duplicateMarks(items);
  let first = true;
  for (const item of items) {
    const student = kept.get(item.path);
    if (student === "ambiguous") {
      entry.quarantine("attendance", item.path, "ID_AMBIGUOUS", item.value as never);
      continue;
    }
    if (!isJsonObject(item.value) && !item.byKey) {
      entry.quarantine("attendance", item.path, "RECORD_INVALID", item.value as never);
      continue;
    }
    buildOne(entry, session, claims, item, made, first);
    first = false;
  }
  if (first) throw new EntryRefused("ID_AMBIGUOUS");
}

function isMark(entry: EntryBuilder): boolean {
  const mark = new SourceObject(entry.context, "mark", objectOf(entry), "");
  return mark.peek("studentId") !== null || mark.peek("studentName") !== null;
}

interface Item extends Found {
  /** The student is the key of a map. */
  readonly byKey: boolean;
}

/** Marks as a list of objects, or as a map from student to mark. */
function itemsOf(marks: Found): Item[] {
  if (Array.isArray(marks.value))
    return marks.value.map((value: unknown, index) => ({
      key: String(index),
      path: `${marks.path}/${index}`,
      value,
      byKey: false,
    }));
  if (!isJsonObject(marks.value)) return [];
  return Object.entries(marks.value).map(([key, value]) => ({
    key,
    path: marks.path + pointerStep(key),
    value,
    byKey: true,
  }));
}

/** What stands on the register itself, as values that every mark gets. */
function sessionTemplate(entry: EntryBuilder, source: SourceObject): RecordBuilder {
  const { context } = entry;
  const id = context.index.idOf(entry.entry);
  const session = new RecordBuilder(entry, source, {
    domain: domainNamed(context, "attendance"),
    id,
    externalId: entry.entry.legacyId || null,
  });
  const found = source.take("id");
  session.values.sessionId = id;
  if (found && session.identity.externalId !== null) {
    session.claim(found.path, "sessionId");
    // A mark's external id begins with the session's.
    session.claim(found.path, "externalId", true);
  } else if (found) session.keep(found);
  referTo(session, "classId", "classes", "className");
  referTo(session, "teacherId", "teachers", "teacherName");
  session.field("date", "sessionDate");
  if (session.values.date === null) {
    const date = fieldOfKey(entry, "sessionDate") ?? fieldOfKey(entry, "date");
    if (date !== null && /^\d{4}-\d{2}-\d{2}$/.test(date)) session.values.date = date;
  }
  session.fields("createdAt", "updatedAt");
  for (const rest of source.rest()) session.keep(rest);
  return session;
}

const shared = ["sessionId", "classId", "teacherId", "date", "createdAt", "updatedAt"] as const;

function buildOne(
  entry: EntryBuilder,
  session: RecordBuilder,
  sessionClaims: readonly Claim[],
  item: Item,
  made: Map<string, string>,
  first: boolean,
): void {
  const { context } = entry;
  const data = isJsonObject(item.value) ? item.value : { status: item.value as never };
  const source = new SourceObject(context, "mark", data, item.path);
  const student = item.byKey
    ? item.key
    : (idText(source.peek("studentId")?.value) ?? source.peek("studentName")?.value);
  const key = typeof student === "string" && student !== "" && student.length <= 500 ? student : `#${item.key}`;
  const before = made.get(key);
  const id = recordIdOf(context.namespace, "attendance", `${session.identity.id}/${key}`);
  if (before !== undefined) {
    const part = entry.merged("attendance", item.path, id, item.value as never);
    entry.claims.push({ path: item.path, to: "part", part });
    return;
  }
  made.set(key, item.path);
  const externalId = session.identity.externalId === null ? null : `${session.identity.externalId}/${key}`;
  const mark = new RecordBuilder(entry, source, { domain: session.identity.domain, id, externalId });
  for (const name of shared) mark.values[name] = session.values[name];
  for (const claim of sessionClaims) retell(claim, mark, first && "session");
  if (first && Object.keys(session.extra).length > 0) mark.extra.session = session.extra;
  if (item.byKey) {
    const { index } = context;
    const known =
      index.find("students", item.key) ?? index.named("students", item.key) ?? index.outside("students", item.key);
    if (known) mark.values.studentId = known.id;
    else mark.extra.student = item.key;
  }
  if (isJsonObject(item.value)) {
    if (!item.byKey) referTo(mark, "studentId", "students", "studentName");
    mark.fields("status", "reason", "notes", "homeworkCompleted", "homeworkNotes");
  } else {
    source.take("status");
    if (isEmpty(item.value)) mark.exclude(item.path, "EMPTY");
    else mark.put("status", { ...item, key: "status" });
  }
  mark.finish(item.path);
}

/** Marks of one student that differ: nobody can say which is meant. */
function duplicateMarks(items: readonly Item[]): ReadonlyMap<string, "ambiguous"> {
  const byStudent = new Map<string, Item[]>();
  for (const item of items) {
    const id = isJsonObject(item.value) && !item.byKey ? idText(item.value.studentId ?? item.value.student_id) : null;
    if (id !== null) byStudent.set(id, [...(byStudent.get(id) ?? []), item]);
  }
  const result = new Map<string, "ambiguous">();
  for (const same of byStudent.values()) {
    const texts = new Set(same.length > 1 ? same.map((item) => JSON.stringify(item.value)) : []);
    if (texts.size > 1) for (const item of same) result.set(item.path, "ambiguous");
  }
  return result;
}

/** A mark that stands alone. */
export function buildMark(entry: EntryBuilder): void {
  const record = mainRecord(entry, "mark");
  referTo(record, "studentId", "students", "studentName");
  referTo(record, "classId", "classes", "className");
  referTo(record, "teacherId", "teachers", "teacherName");
  const session = record.source.take("sessionId");
  if (session && idText(session.value) !== null) {
    record.values.sessionId = recordIdOf(entry.context.namespace, "session", idText(session.value) ?? "");
    record.claim(session.path, "sessionId");
  } else if (session) record.keep(session);
  record.fields("date", "status", "reason", "notes", "homeworkCompleted", "homeworkNotes", "createdAt", "updatedAt");
  record.finish();
}
