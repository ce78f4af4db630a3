import { byValue, defineDomain } from "../domain/define-domain.ts";
import { bool, id, localDate, nullable, oneOf } from "../domain/fields.ts";
import { optionalText, stamps, teaching } from "./common.ts";

/** One student's mark in one session; `sessionId` ties the marks of a register together. */
export const attendance = defineDomain({
  name: "attendance",
  fields: {
    sessionId: nullable(id()),
    studentId: nullable(id()),
    classId: nullable(id()),
    teacherId: nullable(id()),
    date: nullable(localDate()),
    status: nullable(oneOf("present", "absent", "late", "excused")),
    reason: optionalText,
    notes: optionalText,
    homeworkCompleted: nullable(bool()),
    homeworkNotes: optionalText,
    ...stamps,
  },
  references: {
    studentId: { to: "students", onDelete: "restrict" },
    classId: { to: "classes", onDelete: "restrict" },
    teacherId: { to: "teachers", onDelete: "detach" },
  },
  sortKeys: { date: byValue("date") },
  conflict: "userDecision",
  rights: teaching,
  owner: "studentId",
  migrations: [],
});
