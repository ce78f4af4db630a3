/** The old app's classrooms. */
import { createSelector } from "@reduxjs/toolkit";
import type { RecordOfDomain } from "../../src/domain/define-domain.ts";
import type { classrooms } from "../../src/school/classrooms.ts";
import { classroomsSlice } from "../classrooms.ts";
import type { SchoolState } from "../school-slices.ts";
import { itemsOutOf } from "./build-items.ts";
import { present, restOf } from "./old-value.ts";

export interface LegacyClassroom {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly capacity: number;
  readonly createdDate: string;
  readonly lastUpdated: string;
  readonly status?: "active" | "inactive" | "maintenance";
}

function build(record: RecordOfDomain<typeof classrooms>): LegacyClassroom {
  const { id, externalId: _, extra: __, createdAt, updatedAt, ...fields } = record;
  return {
    location: "",
    capacity: 0,
    createdDate: "",
    lastUpdated: "",
    ...restOf(record),
    ...present({ ...fields, createdDate: createdAt, lastUpdated: updatedAt }),
    name: record.name,
    id,
  };
}

const items = itemsOutOf(build);

/** Needs `classrooms` loaded (`loadAll`). */
export const selectLegacyClassrooms: (root: SchoolState) => readonly LegacyClassroom[] = createSelector(
  [(root: SchoolState) => classroomsSlice.selectors.selectAll(root)],
  (all) => items(all.map((record) => ({ id: record.id, parts: [record] }))),
);
