/** Enrolments in the origin app: a class lists its students, and a student names one class. */
import type { AnyRecord } from "../../domain/define-domain.ts";
import { atPointer } from "../../domain/json.ts";
import type { Edit } from "./entry-edit.ts";
import type { Item } from "./origin-created.ts";
import { keyOf, legacyIdOf, type OriginState } from "./origin-state.ts";
import { setAt } from "./pointer-edit.ts";

export interface EnrollmentIndex {
  /** Made since the import, by class. */
  readonly addedTo: ReadonlyMap<string, readonly AnyRecord[]>;
  /** All, by student; those made since the import first. */
  readonly ofStudent: ReadonlyMap<string, readonly AnyRecord[]>;
}

export function enrollmentIndex(state: OriginState): EnrollmentIndex {
  const [addedTo, ofStudent] = [new Map<string, AnyRecord[]>(), new Map<string, AnyRecord[]>()];
  const put = (map: Map<string, AnyRecord[]>, key: unknown, record: AnyRecord): void => {
    map.set(String(key), [...(map.get(String(key)) ?? []), record]);
  };
  const created = state.created.get("enrollments") ?? [];
  const isNew = new Set(created.map((record) => record.id));
  for (const record of created) {
    put(addedTo, record.classId, record);
    put(ofStudent, record.studentId, record);
    for (const field of ["beginDate", "endDate"])
      if (record[field] !== null) state.unplaced.push({ domain: "enrollments", id: record.id, field });
    if (record.oneSided === true) state.unplaced.push({ domain: "enrollments", id: record.id, field: "oneSided" });
  }
  for (const [key, record] of state.now)
    if (key.startsWith("enrollments/") && !isNew.has(record.id)) put(ofStudent, record.studentId, record);
  for (const [key, record] of state.was)
    if (key.startsWith("enrollments/")) state.unplaced.push({ domain: "enrollments", id: record.id, field: "" });
  return { addedTo, ofStudent };
}

/** Adds the students who came to a class, and counts again. */
export function addStudents(state: OriginState, data: Item, added: readonly AnyRecord[], countAt = "/students"): void {
  const list = Array.isArray(data.studentIds) ? (data.studentIds as unknown[]) : [];
  const before = list.length;
  for (const record of added) {
    const id = legacyIdOf(state, "students", record.studentId);
    if (!list.includes(id)) list.push(id);
  }
  if (added.length > 0) data.studentIds = list;
  const count = atPointer(data, countAt);
  if (typeof count === "number" && count === before) setAt(data, countAt, list.length);
}

/** The class that a student names, after enrolments came and went. */
export function editStudentClass({ state, transformed, data }: Edit, { ofStudent }: EnrollmentIndex, id: string): void {
  const leaf = data.classId;
  if (leaf !== undefined && typeof leaf !== "string" && typeof leaf !== "number" && leaf !== null) return;
  const claim = transformed.claims.find((c) => c.path === "/classId");
  const named = claim?.to === "column" ? state.now.has(keyOf("enrollments", claim.id)) : claim?.to === "part";
  if (named) return;
  const next = ofStudent.get(id)?.[0];
  const value = next ? legacyIdOf(state, "classes", next.classId) : "unassigned";
  if (leaf === undefined || leaf === "" || leaf === null ? next : leaf !== value) data.classId = value;
}

/** The item of a list in which a path lies: `/studentIds/3/id` → `/studentIds/3`. */
export const listItemOf = (path: string): string => /^(?:\/[^/]+\/\d+)/.exec(path)?.[0] ?? path;
