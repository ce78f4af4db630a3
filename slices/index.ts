/**
 * `hybrid-data-adapter/slices`: the domains of a school in a Redux Toolkit store. Slices know the adapter and nothing else.
 *
 * @example A store of its own:
 * ```ts
 * const store = createSchoolStore({ adapter });
 * await store.dispatch(studentsSlice.actions.load({ sort: "name", limit: 50 })).unwrap();
 * studentsSlice.selectors.selectPage(store.getState(), { sort: "name", limit: 50 }).records;
 * ```
 * @example An ordinary `configureStore`:
 * ```ts
 * const store = configureStore({
 *   reducer: { ...schoolReducers, ui },
 *   middleware: (defaults) => defaults(withAdapter(adapter)),
 * });
 * const disconnect = connectAdapter(store, adapter);
 * ```
 */

// the twelve domains
export { assessmentsSlice } from "./assessments.ts";
export { attendanceSlice } from "./attendance.ts";
export { classesSlice } from "./classes.ts";
export { classroomsSlice } from "./classrooms.ts";
// stores
export { type ConnectedStore, type ConnectOptions, connectAdapter } from "./connect-adapter.ts";
// a domain of your own
export {
  createDomainSlice,
  type DomainActions,
  type DomainSelectors,
  type DomainSlice,
  type RootWith,
} from "./create-domain-slice.ts";
export { createSchoolStore, type SchoolStore, type SchoolStoreOptions } from "./create-school-store.ts";
export type { ListView } from "./domain-selectors.ts";
export type { DomainState, ListState, RecordMeta } from "./domain-state.ts";
export { enrollmentsSlice } from "./enrollments.ts";
export { gradesSlice } from "./grades.ts";
// the old app's shapes
export { type LegacyMark, type LegacySession, selectLegacySessions } from "./legacy-shapes/attendance.ts";
export { type LegacyClass, selectLegacyClasses } from "./legacy-shapes/classes.ts";
export { type LegacyClassroom, selectLegacyClassrooms } from "./legacy-shapes/classrooms.ts";
export {
  type LegacyObligation,
  type LegacyPayment,
  selectLegacyObligations,
  selectLegacyPayments,
} from "./legacy-shapes/finance.ts";
export {
  type LegacyAssessment,
  type LegacyGrade,
  selectLegacyAssessments,
  selectLegacyGrades,
} from "./legacy-shapes/grades.ts";
export {
  type LegacyLessonObligation,
  type LegacyLessonPayment,
  type LegacyPrivateLesson,
  selectLegacyPrivateLessons,
} from "./legacy-shapes/private-lessons.ts";
export { type LegacyStudent, selectLegacyStudents } from "./legacy-shapes/students.ts";
export { type LegacyTeacher, selectLegacyTeachers } from "./legacy-shapes/teachers.ts";
export type { ListQuery } from "./list-key.ts";
// the stage and the engine
export { type MigrationState, migrationSlice } from "./migration-slice.ts";
export { paymentObligationsSlice } from "./payment-obligations.ts";
export { paymentsSlice } from "./payments.ts";
export { privateLessonsSlice } from "./private-lessons.ts";
export type { RequestState } from "./request-state.ts";
// a whole register at once
export { saveBatch } from "./save-batch.ts";
export { type SchoolState, schoolReducers, schoolSlices } from "./school-slices.ts";
export type { SliceAdapter, SliceExtra } from "./slice-adapter.ts";
export type { SliceError } from "./slice-error.ts";
export { studentsSlice } from "./students.ts";
export { type SyncSliceState, syncSlice } from "./sync-slice.ts";
export { teachersSlice } from "./teachers.ts";
export { termsSlice } from "./terms.ts";
export { withAdapter } from "./with-adapter.ts";
