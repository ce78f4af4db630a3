/** The origin app's layout: every key that it writes, and its export. */
import { defineLayout } from "./layout.ts";

/** The language school's admin app; `obligations` is what its export calls `paymentObligations`. */
export const originLayout = defineLayout({
  name: "origin",
  keys: [
    { key: "students", kind: "student" },
    { key: "teachers", kind: "teacher" },
    { key: "classrooms", kind: "classroom" },
    { key: "classes", kind: "class" },
    { key: "attendance-records", kind: "session" },
    { key: "assessments", kind: "assessment" },
    { key: "grades", kind: "grade" },
    { key: "privateLessons", kind: "privateLesson" },
    { key: "paymentObligations", kind: "obligation" },
    { key: "obligations", kind: "obligation" },
    { key: "payments", kind: "payment" },
  ],
  noRecords: {
    // `getDomainStorageKey('lastUpdated')` and `('version')` both lead here.
    mockDataMetadata: "metadata of the old service",
    lastUpdated: "when the export was made",
    version: "version of the export",
    __storage_test__: "probe for storage, left behind",
  },
  // v0 counted with another name; the rest of the older shapes only lack fields.
  aliases: {
    class: { studentCount: "students" },
    classroom: { createdDate: "createdAt", lastUpdated: "updatedAt" },
  },
  none: ["unassigned", ""],
});
