/** The old app's private lessons, with their obligation and their payments inside. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { paymentObligations } from "../../src/school/payment-obligations.ts";
import type { payments } from "../../src/school/payments.ts";
import type { privateLessons } from "../../src/school/private-lessons.ts";
import { paymentObligationsSlice } from "../payment-obligations.ts";
import { paymentsSlice } from "../payments.ts";
import { privateLessonsSlice } from "../private-lessons.ts";
import type { SchoolState } from "../school-slices.ts";
import { itemsOutOf, type Row } from "./build-items.ts";
import { dayWithTime, nameBeside, numberOf, present, restOf } from "./old-value.ts";

export interface LegacyLessonObligation {
  readonly id: string;
  readonly amount: number;
  /** With a time, as the old app wrote it here alone. */
  readonly dueDate: string;
  readonly notes?: string;
  readonly status: "pending" | "partial" | "paid" | "overdue";
  readonly createdAt: string;
}
export interface LegacyLessonPayment {
  readonly id: string;
  readonly amount: number;
  readonly paymentDate: string;
  readonly method: "cash" | "card" | "transfer" | "other";
  readonly notes?: string;
  readonly createdAt: string;
}
export interface LegacyPrivateLesson {
  readonly id: string;
  readonly studentId: string;
  readonly studentName: string;
  readonly teacherId: string;
  readonly teacherName: string;
  readonly subject: string;
  readonly date: string;
  readonly startTime: string;
  readonly endTime: string;
  readonly classroomId: string;
  readonly classroomName: string;
  readonly status: "scheduled" | "completed" | "cancelled";
  readonly notes?: string;
  readonly paymentObligation?: LegacyLessonObligation;
  readonly paymentRecords: readonly LegacyLessonPayment[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

type Lesson = RecordOfDomain<typeof privateLessons>;
type Obligation = RecordOfDomain<typeof paymentObligations>;
type Payment = RecordOfDomain<typeof payments>;
type Named = { readonly name: string } | undefined;
type Parts = [
  record: Lesson,
  student: Named,
  teacher: Named,
  room: Named,
  obligations: readonly Obligation[],
  payments: readonly Payment[],
];

function buildObligation(record: Obligation): LegacyLessonObligation {
  const { id, extra, amount, dueDate, status, notes, createdAt } = record;
  return {
    amount: 0,
    dueDate: "",
    status: "pending",
    createdAt: "",
    ...restOf(record),
    ...present({ amount: numberOf(amount), dueDate: dayWithTime(dueDate, extra.dueDate), status, notes, createdAt }),
    id,
  };
}

function buildPayment(record: Payment): LegacyLessonPayment {
  const { id, extra, amount, date, method, notes, createdAt } = record;
  const paymentDate = dayWithTime(date, extra.paymentDate);
  return {
    amount: 0,
    paymentDate: "",
    method: "other",
    createdAt: "",
    ...restOf(record),
    ...present({ amount: numberOf(amount), paymentDate, method, notes, createdAt }),
    id,
  };
}

function build(...[record, student, teacher, room, obligations, paid]: Parts): LegacyPrivateLesson {
  const { id, externalId: _, extra, ...fields } = record;
  const obligation = [...obligations].sort(byCreation)[0];
  return {
    subject: "",
    date: "",
    startTime: "",
    endTime: "",
    status: "scheduled",
    createdAt: "",
    updatedAt: "",
    ...restOf(record),
    ...present(fields),
    studentId: record.studentId ?? "",
    studentName: nameBeside(student, extra.studentName, "Unknown Student"),
    teacherId: record.teacherId ?? "",
    teacherName: nameBeside(teacher, extra.teacherName, "Unknown Teacher"),
    classroomId: record.classroomId ?? "",
    classroomName: nameBeside(room, extra.classroomName, ""),
    // The old lesson had room for one; the first that was made is that one.
    ...(obligation ? { paymentObligation: buildObligation(obligation) } : {}),
    paymentRecords: [...paid].sort(byCreation).map(buildPayment),
    id,
  };
}

const byCreation = (a: Obligation | Payment, b: Obligation | Payment): number => {
  const [x, y] = [`${a.createdAt ?? ""}${a.id}`, `${b.createdAt ?? ""}${b.id}`];
  return x < y ? -1 : x > y ? 1 : 0;
};

const items = itemsOutOf(build);

/** Needs `privateLessons`, `paymentObligations`, `payments`, `students`, `teachers` and `classrooms` loaded (`loadAll`). */
export const selectLegacyPrivateLessons: (root: SchoolState) => readonly LegacyPrivateLesson[] = createSelector(
  [
    (root: SchoolState) => privateLessonsSlice.selectors.selectAll(root),
    (root: SchoolState) => paymentObligationsSlice.selectors.selectAll(root),
    (root: SchoolState) => paymentsSlice.selectors.selectAll(root),
    (root: SchoolState) => root.students.entities,
    (root: SchoolState) => root.teachers.entities,
    (root: SchoolState) => root.classrooms.entities,
  ],
  (lessons, obligations, paid, students, teachers, rooms) => {
    const owed = byLesson(obligations);
    const received = byLesson(paid);
    return items(
      lessons.map(
        (record): Row<Parts> => ({
          id: record.id,
          parts: [
            record,
            students[record.studentId ?? ""],
            teachers[record.teacherId ?? ""],
            rooms[record.classroomId ?? ""],
            owed.get(record.id) ?? [],
            received.get(record.id) ?? [],
          ],
        }),
      ),
    );
  },
);

function byLesson<T extends { readonly privateLessonId: string | null }>(all: readonly T[]): ReadonlyMap<string, T[]> {
  const result = new Map<string, T[]>();
  for (const one of all) {
    if (one.privateLessonId === null) continue;
    const list = result.get(one.privateLessonId);
    if (list) list.push(one);
    else result.set(one.privateLessonId, [one]);
  }
  return result;
}
