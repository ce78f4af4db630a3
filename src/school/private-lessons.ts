import { byValue, defineDomain } from "../domain/define-domain.ts";
import { id, localDate, nullable, oneOf } from "../domain/fields.ts";
import { optionalText, stamps, teaching } from "./common.ts";

/** A lesson for one student outside the classes. */
export const privateLessons = defineDomain({
  name: "privateLessons",
  fields: {
    studentId: nullable(id()),
    teacherId: nullable(id()),
    classroomId: nullable(id()),
    subject: optionalText,
    date: nullable(localDate()),
    startTime: optionalText,
    endTime: optionalText,
    status: nullable(oneOf("scheduled", "completed", "cancelled")),
    notes: optionalText,
    ...stamps,
  },
  references: {
    studentId: { to: "students", onDelete: "restrict" },
    teacherId: { to: "teachers", onDelete: "detach" },
    classroomId: { to: "classrooms", onDelete: "detach" },
  },
  sortKeys: { date: byValue("date") },
  conflict: "mergeFields",
  rights: teaching,
  owner: "studentId",
  migrations: [],
});
