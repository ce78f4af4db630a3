/** The old app's teachers, with the ids of the classes that name them. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { teachers } from "../../src/school/teachers.ts";
import { classesSlice } from "../classes.ts";
import type { SchoolState } from "../school-slices.ts";
import { teachersSlice } from "../teachers.ts";
import { itemsOutOf } from "./build-items.ts";
import { present, restOf } from "./old-value.ts";

export interface LegacyTeacher {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly avatar?: string;
  readonly subject: string;
  readonly joinDate: string;
  readonly classIds: readonly string[];
  readonly notes?: string;
  readonly status?: "active" | "inactive";
}

function build(record: RecordOfDomain<typeof teachers>, classIds: readonly string[]): LegacyTeacher {
  const { id, externalId: _, extra: __, ...fields } = record;
  return {
    email: "",
    phone: "",
    subject: "",
    joinDate: "",
    ...restOf(record),
    ...present(fields, record),
    name: record.name,
    classIds,
    id,
  };
}

const items = itemsOutOf(build);
const none: readonly string[] = [];

/** Needs `teachers` and `classes` loaded (`loadAll`). */
export const selectLegacyTeachers: (root: SchoolState) => readonly LegacyTeacher[] = createSelector(
  [
    (root: SchoolState) => teachersSlice.selectors.selectAll(root),
    (root: SchoolState) => classesSlice.selectors.selectAll(root),
  ],
  (all, classes) => {
    const taught = new Map<string, string[]>();
    for (const { id, teacherId } of classes) {
      if (teacherId === null) continue;
      const list = taught.get(teacherId);
      if (list) list.push(id);
      else taught.set(teacherId, [id]);
    }
    return items(all.map((record) => ({ id: record.id, parts: [record, taught.get(record.id) ?? none] })));
  },
);
