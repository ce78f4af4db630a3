/** A school's records back in the old app's layout: byte for byte where nothing changed, else the old shape with the change. */
import type { AnyRecord, DomainSet } from "../../domain/define-domain.ts";
import { isJsonObject } from "../../domain/json.ts";
import type { RecordsByDomain } from "../backup/content.ts";
import type { Container, LegacyEntry, LegacySource, LegacyValue, TransformedEntry } from "../types.ts";
import { type Edit, editRecord, editSession, isTouched, newNameFor } from "./entry-edit.ts";
import { type EntrySpan, rewriteValue } from "./legacy-text.ts";
import { newText, oldValue } from "./old-json.ts";
import { type Item, makeEmbedded, makeItem, makeMark, makeSessions } from "./origin-created.ts";
import {
  addStudents,
  type EnrollmentIndex,
  editStudentClass,
  enrollmentIndex,
  listItemOf,
} from "./origin-enrollments.ts";
import { originShapes } from "./origin-shape.ts";
import { idOfPart, keyOf, type OriginState, originState, type Unplaced } from "./origin-state.ts";
import { removeAll, setAt } from "./pointer-edit.ts";

export interface ExportOrigin {
  readonly domains: DomainSet;
  /** From the archive. */
  readonly source: LegacySource;
  /** What the import produced from it; gone through twice. */
  readonly transformed: Iterable<TransformedEntry>;
  readonly current: RecordsByDomain;
  /** False for a part whose record the server set aside: it stays as it was. All are imported unless told. */
  readonly isImported?: (entry: number, part: number) => boolean;
}

export interface OriginExport {
  readonly container: Container;
  readonly values: readonly LegacyValue[];
  /** What the old layout has no place for. */
  readonly unplaced: readonly Unplaced[];
}

/** @throws NOT_FOUND for records of a domain that is not declared */
export function exportOrigin(input: ExportOrigin): OriginExport {
  const state = originState({ ...input, isImported: input.isImported ?? (() => true) });
  const enrollments = enrollmentIndex(state);
  const additions = additionsOf(state);
  const raw = new Map(input.source.values.map((value) => [value.key, value.raw]));
  const textOf = ({ key, start, end }: LegacyEntry): string => (raw.get(key) ?? "").slice(start, end);
  const edited = new Map<string, string | null>();
  const spans = new Map<string, (EntrySpan & { kind: string })[]>();
  for (const transformed of input.transformed) {
    const { entry } = transformed;
    const text = editEntry(state, transformed, { textOf, enrollments, additions, edited });
    if (text !== undefined) edited.set(`${entry.kind}/${entry.legacyId}`, text);
    const list = spans.get(entry.key) ?? [];
    list.push({ start: entry.start, end: entry.end, text, kind: entry.defect ? "" : entry.kind });
    spans.set(entry.key, list);
  }
  return {
    container: input.source.container,
    values: write(input.source, state, spans, additions),
    unplaced: state.unplaced,
  };
}

/** The file that the values were in: a dump is an object of texts, a document one of values, a list is itself. */
export function originText({ container, values }: Pick<OriginExport, "container" | "values">): string {
  if (container === "array") return values[0]?.raw ?? "[]";
  const members = values.map(
    ({ key, raw }) => `${JSON.stringify(key)}: ${container === "dump" ? JSON.stringify(raw) : raw}`,
  );
  return `{\n${members.join(",\n")}\n}\n`;
}

interface Additions {
  /** What goes into an entry that is there, by its number. */
  readonly into: ReadonlyMap<number, readonly { domain: string; record: AnyRecord }[]>;
  /** What goes to the end of a domain's list. */
  readonly behind: ReadonlyMap<string, readonly Item[]>;
}

function additionsOf(state: OriginState): Additions {
  const into = new Map<number, { domain: string; record: AnyRecord }[]>();
  const behind = new Map<string, Item[]>();
  const enter = (home: number, domain: string, record: AnyRecord): void => {
    into.set(home, [...(into.get(home) ?? []), { domain, record }]);
  };
  for (const [domain, records] of state.created) {
    if (domain === "enrollments") {
      for (const record of records)
        for (const key of [keyOf("classes", String(record.classId)), keyOf("students", String(record.studentId))]) {
          const home = state.home.get(key);
          if (home !== undefined) enter(home, domain, record);
        }
      continue;
    }
    const own = records.filter((record) => {
      const parent =
        domain === "attendance"
          ? keyOf("session", String(record.sessionId))
          : keyOf("privateLessons", String(record.privateLessonId));
      const home =
        domain === "attendance" || domain === "payments" || domain === "paymentObligations"
          ? state.home.get(parent)
          : undefined;
      if (home !== undefined) enter(home, domain, record);
      return home === undefined && !isInNewLesson(state, domain, record);
    });
    if (domain === "attendance") behind.set(domain, makeSessions(state, own));
    else if (originShapes[domain])
      behind.set(
        domain,
        own.map((record) => whole(state, domain, record)),
      );
    else for (const record of own) state.unplaced.push({ domain, id: record.id, field: "" });
  }
  return { into, behind };
}

const money: ReadonlySet<string> = new Set(["payments", "paymentObligations"]);

/** The money of a lesson that was made since, too, stands inside it. */
const isInNewLesson = (state: OriginState, domain: string, { privateLessonId }: AnyRecord): boolean =>
  money.has(domain) && (state.created.get("privateLessons") ?? []).some(({ id }) => id === privateLessonId);

/** A new record with what the old app keeps inside it. */
function whole(state: OriginState, domain: string, record: AnyRecord): Item {
  const item = makeItem(state, domain, record);
  const created = state.created.get("enrollments") ?? [];
  if (domain === "classes")
    addStudents(
      state,
      item,
      created.filter((e) => e.classId === record.id),
    );
  if (domain === "privateLessons")
    for (const inside of money)
      for (const one of state.created.get(inside) ?? [])
        if (one.privateLessonId === record.id) addInside(state, item, { domain: inside, record: one });
  const group = domain === "students" ? created.find((e) => e.studentId === record.id) : undefined;
  if (group) item.classId = state.now.get(keyOf("classes", String(group.classId)))?.externalId ?? group.classId;
  return item;
}

interface Context {
  /** As it stands in the archive. */
  readonly textOf: (entry: LegacyEntry) => string;
  readonly enrollments: EnrollmentIndex;
  readonly additions: Additions;
  /** New texts by kind and legacy id: an entry stored twice changes twice, or its two copies would contradict. */
  readonly edited: ReadonlyMap<string, string | null>;
}

/** The entry's new text; `null` when it goes, `undefined` when nothing changed. */
function editEntry(state: OriginState, transformed: TransformedEntry, context: Context): string | null | undefined {
  const { entry, parts, claims } = transformed;
  const only = parts[0];
  if (only?.record === null && only.path === "" && only.outcome === "merged")
    return context.edited.get(`${entry.kind}/${entry.legacyId}`);
  const added = context.additions.into.get(entry.no) ?? [];
  if ((added.length === 0 && !isTouched(state, transformed)) || !isJsonObject(entry.data)) return undefined;
  const old = oldValue(context.textOf(entry), entry.data);
  const edit: Edit = { state, transformed, data: old.data as Record<string, unknown> };
  const removed: string[] = [];
  for (const part of parts) {
    const id = idOfPart(part);
    if (id === null || !state.isImported(entry.no, part.no)) continue;
    const key = keyOf(part.domain, id);
    const [was, now] = [state.was.get(key), state.now.get(key)];
    if (state.gone.has(key)) {
      if (part.path === "") return null;
      if (part.domain !== "enrollments") removed.push(part.path);
      else if (entry.kind === "class" || /\/\d+$/.test(part.path)) removed.push(listItemOf(part.path));
    } else if (part.record && was && now && (part.domain !== "enrollments" || part.path === ""))
      editRecord(edit, part, was, now);
  }
  for (const claim of claims) {
    const name = newNameFor(state, claim);
    if (name !== null) setAt(edit.data, claim.path, name);
  }
  if (entry.kind === "session") editSession(edit);
  const main = parts.find((part) => part.record && part.path === "")?.record;
  if (entry.kind === "student" && main) editStudentClass(edit, context.enrollments, main.id);
  const count = claims.find((claim) => claim.to === "excluded" && claim.reason === "COUNT");
  const before = Array.isArray(edit.data.studentIds) ? edit.data.studentIds.length : 0;
  removeAll(edit.data, removed);
  const marks = edit.data.studentRecords;
  if (
    entry.kind === "session" &&
    removed.length > 0 &&
    Array.isArray(marks) &&
    marks.length === 0 &&
    added.length === 0
  )
    return null;
  if (entry.kind === "class") {
    if (count && removed.length > 0 && before > 0) setAt(edit.data, count.path, before - removed.length);
    addStudents(
      state,
      edit.data,
      added.filter((a) => a.domain === "enrollments").map((a) => a.record),
      count?.path,
    );
  }
  for (const one of added) addInside(state, edit.data, one);
  return old.text();
}

function addInside(
  state: OriginState,
  data: Record<string, unknown>,
  { domain, record }: { readonly domain: string; readonly record: AnyRecord },
): void {
  const push = (key: string, item: Item): void => {
    const list = data[key];
    data[key] = Array.isArray(list) ? [...list, item] : [item];
  };
  if (domain === "attendance") push("studentRecords", makeMark(state, record));
  if (domain === "payments") push("paymentRecords", makeEmbedded(state, domain, record));
  if (domain !== "paymentObligations") return;
  if (data.paymentObligation) state.unplaced.push({ domain, id: record.id, field: "" });
  else data.paymentObligation = makeEmbedded(state, domain, record);
}

type Spans = ReadonlyMap<string, readonly (EntrySpan & { readonly kind: string })[]>;

function write(source: LegacySource, state: OriginState, spans: Spans, { behind }: Additions): LegacyValue[] {
  const addedTo = new Map<string, (readonly [string, string])[]>();
  const fresh: LegacyValue[] = [];
  for (const [domain, items] of behind) {
    const shape = originShapes[domain];
    if (!shape || items.length === 0) continue;
    const texts = items.map((item) => [String(item.id), newText(item)] as const);
    const own = source.container === "document" ? shape.member : shape.key;
    const homes = [...spans].filter(([, list]) => list.length > 0 && list.every((span) => span.kind === shape.kind));
    homes.sort(([, a], [, b]) => b.length - a.length);
    const key = homes[0]?.[0] ?? (source.container === "array" ? undefined : own);
    if (key === undefined) lose(state, domain);
    else if (source.values.some((value) => value.key === key)) addedTo.set(key, texts);
    else fresh.push({ key, raw: `[${texts.map(([, text]) => text).join(",")}]` });
  }
  const values = source.values.map(({ key, raw }) => {
    const added = addedTo.get(key) ?? [];
    const list = [...(spans.get(key) ?? [])].sort((a, b) => a.start - b.start);
    if (added.length === 0 && list.every((span) => span.text === undefined)) return { key, raw };
    const text = rewriteValue(raw, list, added);
    if (text !== null) return { key, raw: text };
    for (const [domain, items] of behind)
      if (items.length > 0 && originShapes[domain]?.key === key) lose(state, domain);
    return { key, raw: rewriteValue(raw, list, []) ?? raw };
  });
  return [...values, ...fresh];
}

/** A value that cannot be read takes nothing in, and is never replaced. */
function lose(state: OriginState, domain: string): void {
  for (const record of state.created.get(domain) ?? []) state.unplaced.push({ domain, id: record.id, field: "" });
}
