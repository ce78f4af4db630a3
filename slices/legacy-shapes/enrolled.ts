/** Who attends which class, looked up both ways as the old app had it. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { enrollments } from "../../src/school/enrollments.ts";
import { enrollmentsSlice } from "../enrollments.ts";
import type { SchoolState } from "../school-slices.ts";

type Enrollment = RecordOfDomain<typeof enrollments>;

export interface Enrolled {
  readonly studentIdsOf: ReadonlyMap<string, readonly string[]>;
  /** The one class that the old app's student named. */
  readonly classIdOf: ReadonlyMap<string, string>;
}

export const selectEnrolled: (root: SchoolState, day?: string) => Enrolled = createSelector(
  [(root: SchoolState) => enrollmentsSlice.selectors.selectAll(root), (_: SchoolState, day: string | undefined) => day],
  (all, day): Enrolled => {
    const studentIdsOf = new Map<string, string[]>();
    const named = new Map<string, Enrollment>();
    for (const one of all) {
      if (day !== undefined && !holdsOn(one, day)) continue;
      const before = named.get(one.studentId);
      if (!before || isRather(one, before)) named.set(one.studentId, one);
      // Only the student said so: the old class did not list him.
      if (one.oneSided) continue;
      const list = studentIdsOf.get(one.classId);
      if (!list) studentIdsOf.set(one.classId, [one.studentId]);
      else if (!list.includes(one.studentId)) list.push(one.studentId);
    }
    return { studentIdsOf, classIdOf: new Map([...named].map(([student, { classId }]) => [student, classId])) };
  },
);

const holdsOn = ({ beginDate, endDate }: Enrollment, day: string): boolean =>
  (beginDate === null || beginDate <= day) && (endDate === null || day <= endDate);

/** The student's own word, then what has not ended, then what began last, then the id. */
function isRather(a: Enrollment, b: Enrollment): boolean {
  if (a.oneSided !== b.oneSided) return a.oneSided;
  if ((a.endDate === null) !== (b.endDate === null)) return a.endDate === null;
  const [x, y] = [a.beginDate ?? "", b.beginDate ?? ""];
  return x === y ? a.id < b.id : x > y;
}
