/** The old app's classes: with their teacher inside, the ids of their students, and how many they are. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { classes } from "../../src/school/classes.ts";
import type { teachers } from "../../src/school/teachers.ts";
import { classesSlice } from "../classes.ts";
import type { SchoolState } from "../school-slices.ts";
import { itemsOutOf } from "./build-items.ts";
import { selectEnrolled } from "./enrolled.ts";
import { numberOf, objectIn, present, restOf } from "./old-value.ts";

export interface LegacyClass {
  readonly id: string;
  readonly name: string;
  /** Empty texts where nobody teaches it. */
  readonly teacher: {
    readonly id: string;
    readonly name: string;
    readonly avatar?: string;
    readonly subject: string;
  };
  readonly room: string;
  readonly roomId?: string;
  readonly schedule: readonly unknown[];
  /** How many, as the old app counted: the length of `studentIds`. */
  readonly students: number;
  readonly maxStudents: number;
  readonly studentIds: readonly string[];
  readonly subject: string;
  readonly level: string;
  readonly price: number;
  readonly duration?: number | string;
  readonly description: string;
  readonly requirements: string;
  readonly objectives: readonly unknown[];
  readonly materials: readonly unknown[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly color: string;
  readonly status?: string;
}

type Class = RecordOfDomain<typeof classes>;
type Teacher = RecordOfDomain<typeof teachers>;

const texts = {
  room: "",
  subject: "",
  level: "",
  description: "",
  requirements: "",
  createdAt: "",
  updatedAt: "",
  color: "",
} as const;

function build(record: Class, teacher: Teacher | undefined, studentIds: readonly string[]): LegacyClass {
  const { id, externalId: _, extra: __, teacherId, classroomId, termId, price, ...fields } = record;
  return {
    ...texts,
    maxStudents: 0,
    price: 0,
    schedule: [],
    objectives: [],
    materials: [],
    ...restOf(record, "teacher"),
    ...present({ ...fields, roomId: classroomId, termId, price: numberOf(price) }),
    name: record.name,
    teacher: {
      name: "",
      subject: "",
      ...present({ name: teacher?.name, avatar: teacher?.avatar, subject: teacher?.subject }),
      // A class could give its teacher another subject than the teacher has.
      ...restOf({ extra: objectIn(record, "teacher") }, teacher ? "name" : "", teacher ? "avatar" : ""),
      id: teacherId ?? "",
    },
    students: studentIds.length,
    studentIds,
    id,
  };
}

const items = itemsOutOf(build);
const nobody: readonly string[] = [];

/**
 * Needs `classes`, `teachers` and `enrollments` loaded (`loadAll`).
 * @param day `YYYY-MM-DD`: only who attends on that day; without it, everybody who was ever enrolled
 */
export const selectLegacyClasses: (root: SchoolState, day?: string) => readonly LegacyClass[] = createSelector(
  [
    (root: SchoolState) => classesSlice.selectors.selectAll(root),
    (root: SchoolState) => root.teachers.entities,
    selectEnrolled,
  ],
  (all, teacherById, { studentIdsOf }) =>
    items(
      all.map((record) => ({
        id: record.id,
        parts: [record, teacherById[record.teacherId ?? ""], studentIdsOf.get(record.id) ?? nobody],
      })),
    ),
);
