import { byText, byValue, defineDomain } from "../domain/define-domain.ts";
import { decimal, id, integer, jsonList, nullable, oneOf, text } from "../domain/fields.ts";
import { kept, optionalText, stamps } from "./common.ts";

/** A class: what is taught, by whom, where and when. Who attends it is told by `enrollments`. */
export const classes = defineDomain({
  name: "classes",
  fields: {
    name: text({ min: 1 }),
    teacherId: nullable(id()),
    classroomId: nullable(id()),
    termId: nullable(id()),
    room: optionalText,
    schedule: nullable(jsonList()),
    status: nullable(oneOf("active", "inactive", "pending", "archived")),
    maxStudents: nullable(integer()),
    subject: optionalText,
    level: optionalText,
    price: nullable(decimal()),
    duration: nullable(integer()),
    description: optionalText,
    requirements: optionalText,
    objectives: nullable(jsonList()),
    materials: nullable(jsonList()),
    color: optionalText,
    ...stamps,
  },
  references: {
    teacherId: { to: "teachers", onDelete: "detach" },
    classroomId: { to: "classrooms", onDelete: "detach" },
    termId: { to: "terms", onDelete: "detach" },
  },
  sortKeys: { name: byText("name"), created: byValue("createdAt") },
  conflict: "mergeFields",
  rights: kept,
  migrations: [],
});
