/** A grade, or a report: several grades of one student under the names of their subjects. */
import { recordIdOf } from "../../../domain/ids.ts";
import { isJsonObject, type JsonObject, pointerStep } from "../../../domain/json.ts";
import { domainNamed } from "../context.ts";
import type { EntryBuilder } from "../entry-builder.ts";
import { RecordBuilder } from "../record-builder.ts";
import { type Found, isEmpty, SourceObject } from "../source-object.ts";
import { mainRecord, objectOf } from "./main-record.ts";
import { referTo } from "./plain.ts";
import { retell } from "./retell.ts";

/** What can be a number is one, anything else is text. */
export function buildGrade(entry: EntryBuilder): void {
  const subjects = new SourceObject(entry.context, "grade", objectOf(entry), "").peek("subjects");
  const items = subjects ? itemsOf(subjects) : [];
  if (subjects && items.length > 0) {
    buildReport(entry, subjects, items);
    return;
  }
  const record = mainRecord(entry);
  headOf(record);
  takeValue(record);
  record.fields("comments", "dateRecorded");
  record.finish();
}

function headOf(record: RecordBuilder): void {
  referTo(record, "assessmentId", "assessments", null);
  referTo(record, "studentId", "students", "studentName");
}

function takeValue(record: RecordBuilder): void {
  const value = record.source.take("value");
  if (value) record.put(isDecimal(value.value) ? "score" : "scoreText", value);
}

const isDecimal = (value: unknown): boolean =>
  typeof value === "number" ||
  (typeof value === "string" && /^(?!-0(?:\.0+)?$)-?(?:0|[1-9]\d{0,29})(?:\.\d{1,20})?$/.test(value));

interface Item extends Found {
  readonly data: JsonObject;
  /** The subject is the key of a map. */
  readonly byKey: boolean;
}

/** A list of objects, or a map from subject to grade; nothing when it is neither. */
function itemsOf({ path, value }: Found): Item[] {
  if (Array.isArray(value)) {
    if (!value.every(isJsonObject)) return [];
    return value.map((data: JsonObject, index) => ({
      key: String(index),
      path: `${path}/${index}`,
      value: data,
      data,
      byKey: false,
    }));
  }
  if (!isJsonObject(value)) return [];
  const all = Object.entries(value);
  if (all.some(([, item]) => Array.isArray(item))) return [];
  return all.map(([key, item]) => ({
    key,
    path: path + pointerStep(key),
    value: item,
    data: isJsonObject(item) ? item : { value: item },
    byKey: true,
  }));
}

const shared = ["assessmentId", "studentId", "comments", "dateRecorded"] as const;

function buildReport(entry: EntryBuilder, subjects: Found, items: readonly Item[]): void {
  const { context } = entry;
  const domain = domainNamed(context, "grades");
  const id = context.index.idOf(entry.entry);
  const source = new SourceObject(context, "grade", objectOf(entry), "");
  const head = new RecordBuilder(entry, source, { domain, id, externalId: entry.entry.legacyId || null });
  source.take(subjects.key);
  const own = source.take("id");
  // The external id of each grade begins with the report's.
  if (own && head.identity.externalId !== null) head.claim(own.path, "externalId", true);
  else if (own) head.keep(own);
  headOf(head);
  head.fields("comments", "dateRecorded");
  for (const rest of source.rest()) head.keep(rest);
  const claims = entry.claims.splice(0);
  for (const [index, item] of items.entries()) {
    const externalId = head.identity.externalId === null ? null : `${head.identity.externalId}/${item.key}`;
    const identity = { domain, id: recordIdOf(context.namespace, "grades", `${id}/${item.key}`), externalId };
    const grade = new RecordBuilder(entry, new SourceObject(context, "grade", item.data, item.path), identity);
    for (const name of shared) grade.values[name] = head.values[name];
    const keeper = index === 0 && "report";
    for (const claim of claims) retell(claim, grade, keeper);
    if (keeper && Object.keys(head.extra).length > 0) grade.extra[keeper] = head.extra;
    if (item.byKey) grade.extra.subject = item.key;
    if (isJsonObject(item.value)) {
      takeValue(grade);
      grade.fields("comments", "dateRecorded");
    } else {
      grade.source.take("value");
      if (isEmpty(item.value)) grade.exclude(item.path, "EMPTY");
      else grade.put(isDecimal(item.value) ? "score" : "scoreText", { ...item, key: "value" });
    }
    grade.finish(item.path);
  }
}
