/** The old app's registers: a session with the marks of its students inside. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import { compareCodePoints } from "../../src/domain/sort-key.ts";
import type { attendance } from "../../src/school/attendance.ts";
import { attendanceSlice } from "../attendance.ts";
import type { SchoolState } from "../school-slices.ts";
import { itemsOutOf, type Row } from "./build-items.ts";
import { nameBeside, objectIn, present, restOf } from "./old-value.ts";

export interface LegacyMark {
  /** Of the record, for `attendanceSlice.actions.update`; the old app's marks had none. */
  readonly id: string;
  readonly studentId: string;
  readonly studentName: string;
  readonly status?: "present" | "absent" | "late" | "excused";
  readonly notes?: string;
  readonly homeworkCompleted?: boolean;
  readonly homeworkNotes?: string;
}
export interface LegacySession {
  /** The `sessionId` that its marks share. */
  readonly id: string;
  readonly classId: string;
  readonly className: string;
  readonly teacherId: string;
  readonly teacherName: string;
  readonly sessionDate: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** By name. */
  readonly studentRecords: readonly LegacyMark[];
}

type Mark = RecordOfDomain<typeof attendance>;
type Name = string | undefined;
type Parts = [id: string, marks: readonly Mark[], students: readonly Name[], className: Name, teacher: Name];

const named = (name: Name): { readonly name: string } | undefined => (name === undefined ? undefined : { name });

function buildMark(record: Mark, student: Name): LegacyMark {
  const { id, status, reason, notes, homeworkCompleted, homeworkNotes } = record;
  return {
    ...restOf(record, "session"),
    ...present({ status, reason, notes, homeworkCompleted, homeworkNotes }),
    studentId: record.studentId ?? "",
    studentName: nameBeside(named(student), record.extra.studentName, "Unknown Student"),
    id,
  };
}

function build(...[id, marks, students, className, teacher]: Parts): LegacySession {
  const first = marks[0];
  const kept = marks.map((mark) => objectIn(mark, "session")).find((extra) => Object.keys(extra).length > 0) ?? {};
  const studentRecords = marks.map((mark, index) => buildMark(mark, students[index]));
  studentRecords.sort((a, b) => compareCodePoints(a.studentName, b.studentName) || compareCodePoints(a.id, b.id));
  return {
    ...restOf({ extra: kept }),
    classId: first?.classId ?? "",
    className: nameBeside(named(className), kept.className, "Unknown Class"),
    teacherId: first?.teacherId ?? "",
    teacherName: nameBeside(named(teacher), kept.teacherName, "Unknown Teacher"),
    sessionDate: first?.date ?? "",
    createdAt: first?.createdAt ?? "",
    // A mark that was changed later makes the register newer.
    updatedAt: marks.reduce((latest, { updatedAt }) => ((updatedAt ?? "") > latest ? (updatedAt ?? "") : latest), ""),
    studentRecords,
    id,
  };
}

const items = itemsOutOf(build);

/** Needs `attendance`, `students`, `classes` and `teachers` loaded (`loadAll`). */
export const selectLegacySessions: (root: SchoolState) => readonly LegacySession[] = createSelector(
  [
    (root: SchoolState) => attendanceSlice.selectors.selectAll(root),
    (root: SchoolState) => root.students.entities,
    (root: SchoolState) => root.classes.entities,
    (root: SchoolState) => root.teachers.entities,
  ],
  (all, students, classes, teachers) =>
    items(
      sessionsOf(all).map(([id, marks]): Row<Parts> => {
        const names = marks.map(({ studentId }) => students[studentId ?? ""]?.name);
        const { classId, teacherId } = marks[0] ?? { classId: null, teacherId: null };
        return { id, parts: [id, marks, names, classes[classId ?? ""]?.name, teachers[teacherId ?? ""]?.name] };
      }),
    ),
);

/** Marks that share the session but not its class, teacher and day stand in a register of their own. */
function sessionsOf(all: readonly Mark[]): readonly (readonly [id: string, marks: readonly Mark[]])[] {
  const groups = new Map<string, { readonly id: string; readonly marks: Mark[] }>();
  const used = new Map<string, number>();
  for (const mark of all) {
    const own = mark.sessionId ?? mark.id;
    const key = JSON.stringify([own, mark.classId, mark.teacherId, mark.date]);
    const group = groups.get(key);
    if (group) {
      group.marks.push(mark);
      continue;
    }
    const times = (used.get(own) ?? 0) + 1;
    used.set(own, times);
    groups.set(key, { id: times > 1 ? `${own}-${times}` : own, marks: [mark] });
  }
  return [...groups.values()].map(({ id, marks }) => [id, marks]);
}
