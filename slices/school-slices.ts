/** The twelve domains of a school in a store, with the stage and the state of synchronisation. */
import { assessmentsSlice } from "./assessments.ts";
import { attendanceSlice } from "./attendance.ts";
import { classesSlice } from "./classes.ts";
import { classroomsSlice } from "./classrooms.ts";
import { enrollmentsSlice } from "./enrollments.ts";
import { gradesSlice } from "./grades.ts";
import { migrationSlice } from "./migration-slice.ts";
import { paymentObligationsSlice } from "./payment-obligations.ts";
import { paymentsSlice } from "./payments.ts";
import { privateLessonsSlice } from "./private-lessons.ts";
import { studentsSlice } from "./students.ts";
import { syncSlice } from "./sync-slice.ts";
import { teachersSlice } from "./teachers.ts";
import { termsSlice } from "./terms.ts";

export const schoolSlices = [
  termsSlice,
  teachersSlice,
  classroomsSlice,
  studentsSlice,
  classesSlice,
  enrollmentsSlice,
  assessmentsSlice,
  gradesSlice,
  attendanceSlice,
  privateLessonsSlice,
  paymentObligationsSlice,
  paymentsSlice,
] as const;

/** For an ordinary `configureStore`: `reducer: { ...schoolReducers, … }`. */
export const schoolReducers = {
  terms: termsSlice.reducer,
  teachers: teachersSlice.reducer,
  classrooms: classroomsSlice.reducer,
  students: studentsSlice.reducer,
  classes: classesSlice.reducer,
  enrollments: enrollmentsSlice.reducer,
  assessments: assessmentsSlice.reducer,
  grades: gradesSlice.reducer,
  attendance: attendanceSlice.reducer,
  privateLessons: privateLessonsSlice.reducer,
  paymentObligations: paymentObligationsSlice.reducer,
  payments: paymentsSlice.reducer,
  migration: migrationSlice.reducer,
  sync: syncSlice.reducer,
} as const;

export type SchoolState = { readonly [K in keyof typeof schoolReducers]: ReturnType<(typeof schoolReducers)[K]> };
