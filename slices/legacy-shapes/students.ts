/** The old app's students: each names one class, or `unassigned`. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { students } from "../../src/school/students.ts";
import type { SchoolState } from "../school-slices.ts";
import { studentsSlice } from "../students.ts";
import { itemsOutOf } from "./build-items.ts";
import { selectEnrolled } from "./enrolled.ts";
import { numberOf, present, restOf } from "./old-value.ts";

export interface LegacyStudent {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly avatar?: string;
  readonly classId: string;
  readonly status: "active" | "inactive";
  readonly joinDate: string;
  readonly parentContact: string;
  readonly parentEmail?: string;
  readonly dateOfBirth?: string;
  readonly placeOfBirth?: string;
  readonly paymentDue?: boolean;
  readonly lastPayment?: string;
  readonly hasDiscount?: boolean;
  readonly discountType?: "relatives" | "social_case" | "single_parent" | "free_of_charge";
  readonly discountAmount?: number;
  readonly address?: string;
  readonly notes?: string;
}

type Student = RecordOfDomain<typeof students>;

function build(record: Student, classId: string | undefined): LegacyStudent {
  const { id, externalId: _, extra: __, discountAmount, ...fields } = record;
  return {
    email: "",
    phone: "",
    status: "active",
    joinDate: "",
    parentContact: "",
    ...restOf(record),
    ...present({ ...fields, discountAmount: numberOf(discountAmount) }, record),
    name: record.name,
    classId: classId ?? "unassigned",
    id,
  };
}

const items = itemsOutOf(build);

/**
 * Needs `students` and `enrollments` loaded (`loadAll`).
 * @param day `YYYY-MM-DD`: the class of that day; without it, the last
 */
export const selectLegacyStudents: (root: SchoolState, day?: string) => readonly LegacyStudent[] = createSelector(
  [(root: SchoolState) => studentsSlice.selectors.selectAll(root), selectEnrolled],
  (all, { classIdOf }) => items(all.map((record) => ({ id: record.id, parts: [record, classIdOf.get(record.id)] }))),
);
