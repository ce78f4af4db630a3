/** The old app's obligations and payments; those of private lessons stood inside the lessons. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { paymentObligations } from "../../src/school/payment-obligations.ts";
import type { payments } from "../../src/school/payments.ts";
import { paymentObligationsSlice } from "../payment-obligations.ts";
import { paymentsSlice } from "../payments.ts";
import type { SchoolState } from "../school-slices.ts";
import { itemsOutOf } from "./build-items.ts";
import { nameBeside, numberOf, present, restOf } from "./old-value.ts";

export interface LegacyObligation {
  readonly id: string;
  readonly studentId: string;
  readonly studentName: string;
  readonly type: string;
  readonly amount: number;
  readonly dueDate: string;
  readonly period: string;
  readonly status: "pending" | "partial" | "paid" | "overdue";
  readonly notes?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}
export interface LegacyPayment {
  readonly id: string;
  readonly obligationId: string;
  readonly studentId: string;
  readonly studentName: string;
  readonly amount: number;
  readonly date: string;
  readonly method: "cash" | "card" | "transfer" | "other";
  readonly reference?: string;
  readonly notes?: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

type Named = { readonly name: string } | undefined;

function buildObligation(record: RecordOfDomain<typeof paymentObligations>, student: Named): LegacyObligation {
  const { id, externalId: _, extra, privateLessonId: __, amount, ...fields } = record;
  return {
    type: "",
    amount: 0,
    dueDate: "",
    period: "",
    status: "pending",
    createdAt: "",
    updatedAt: "",
    ...restOf(record),
    ...present({ ...fields, amount: numberOf(amount) }),
    studentId: record.studentId ?? "",
    studentName: nameBeside(student, extra.studentName, "Unknown Student"),
    id,
  };
}

function buildPayment(record: RecordOfDomain<typeof payments>, student: Named): LegacyPayment {
  const { id, externalId: _, extra, privateLessonId: __, amount, ...fields } = record;
  return {
    amount: 0,
    date: "",
    method: "other",
    createdBy: "",
    createdAt: "",
    updatedAt: "",
    ...restOf(record),
    ...present({ ...fields, amount: numberOf(amount) }),
    obligationId: record.obligationId ?? "",
    studentId: record.studentId ?? "",
    studentName: nameBeside(student, extra.studentName, "Unknown Student"),
    id,
  };
}

const obligationItems = itemsOutOf(buildObligation);
const paymentItems = itemsOutOf(buildPayment);

/** Needs `paymentObligations` and `students` loaded (`loadAll`). */
export const selectLegacyObligations: (root: SchoolState) => readonly LegacyObligation[] = createSelector(
  [
    (root: SchoolState) => paymentObligationsSlice.selectors.selectAll(root),
    (root: SchoolState) => root.students.entities,
  ],
  (all, students) =>
    obligationItems(
      all
        .filter(({ privateLessonId }) => privateLessonId === null)
        .map((record) => ({ id: record.id, parts: [record, students[record.studentId ?? ""]] })),
    ),
);

/** Needs `payments` and `students` loaded (`loadAll`). */
export const selectLegacyPayments: (root: SchoolState) => readonly LegacyPayment[] = createSelector(
  [(root: SchoolState) => paymentsSlice.selectors.selectAll(root), (root: SchoolState) => root.students.entities],
  (all, students) =>
    paymentItems(
      all
        .filter(({ privateLessonId }) => privateLessonId === null)
        .map((record) => ({ id: record.id, parts: [record, students[record.studentId ?? ""]] })),
    ),
);
