import { byValue, defineDomain } from "../domain/define-domain.ts";
import { bool, id, localDate, nullable } from "../domain/fields.ts";
import { teaching } from "./common.ts";

/** A student attends a class, from one day to another. */
export const enrollments = defineDomain({
  name: "enrollments",
  fields: {
    studentId: id(),
    classId: id(),
    beginDate: nullable(localDate()),
    endDate: nullable(localDate()),
    /** Only the student named the class; the class did not list the student. */
    oneSided: bool(),
  },
  references: {
    studentId: { to: "students", onDelete: "cascade" },
    classId: { to: "classes", onDelete: "cascade" },
  },
  unique: [["studentId", "classId", "beginDate"]],
  sortKeys: { begin: byValue("beginDate") },
  conflict: "mergeFields",
  rights: teaching,
  owner: "studentId",
  migrations: [],
});
