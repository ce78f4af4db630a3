/** The old app's assessments and grades. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { assessments } from "../../src/school/assessments.ts";
import type { grades } from "../../src/school/grades.ts";
import { assessmentsSlice } from "../assessments.ts";
import { gradesSlice } from "../grades.ts";
import type { SchoolState } from "../school-slices.ts";
import { itemsOutOf } from "./build-items.ts";
import { nameBeside, numberOf, present, restOf } from "./old-value.ts";

export interface LegacyAssessment {
  readonly id: string;
  readonly classId: string;
  readonly className: string;
  readonly title: string;
  readonly type: string;
  readonly totalPoints?: number;
  readonly date: string;
  readonly description?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}
export interface LegacyGrade {
  readonly id: string;
  readonly assessmentId: string;
  readonly studentId: string;
  readonly studentName: string;
  /** Text, as the old form wrote it: `"90"` or `"A"`. */
  readonly value: string;
  readonly comments: string;
  readonly dateRecorded: string;
}

type Named = { readonly name: string } | undefined;

function buildAssessment(record: RecordOfDomain<typeof assessments>, group: Named): LegacyAssessment {
  const { id, externalId: _, extra, totalPoints, ...fields } = record;
  return {
    type: "",
    date: "",
    createdAt: "",
    updatedAt: "",
    ...restOf(record),
    ...present({ ...fields, totalPoints: numberOf(totalPoints) }),
    title: record.title,
    classId: record.classId ?? "",
    className: nameBeside(group, extra.className, "Unknown Class"),
    id,
  };
}

function buildGrade(record: RecordOfDomain<typeof grades>, student: Named): LegacyGrade {
  const { id, extra, score, scoreText, comments, dateRecorded } = record;
  return {
    value: "",
    comments: "",
    dateRecorded: "",
    ...restOf(record),
    ...present({ value: score ?? scoreText, comments, dateRecorded }),
    assessmentId: record.assessmentId ?? "",
    studentId: record.studentId ?? "",
    studentName: nameBeside(student, extra.studentName, "Unknown Student"),
    id,
  };
}

const assessmentItems = itemsOutOf(buildAssessment);
const gradeItems = itemsOutOf(buildGrade);

/** Needs `assessments` and `classes` loaded (`loadAll`). */
export const selectLegacyAssessments: (root: SchoolState) => readonly LegacyAssessment[] = createSelector(
  [(root: SchoolState) => assessmentsSlice.selectors.selectAll(root), (root: SchoolState) => root.classes.entities],
  (all, classes) =>
    assessmentItems(all.map((record) => ({ id: record.id, parts: [record, classes[record.classId ?? ""]] }))),
);

/** Needs `grades` and `students` loaded (`loadAll`). */
export const selectLegacyGrades: (root: SchoolState) => readonly LegacyGrade[] = createSelector(
  [(root: SchoolState) => gradesSlice.selectors.selectAll(root), (root: SchoolState) => root.students.entities],
  (all, students) =>
    gradeItems(all.map((record) => ({ id: record.id, parts: [record, students[record.studentId ?? ""]] }))),
);
