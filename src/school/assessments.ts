import { byText, byValue, defineDomain } from "../domain/define-domain.ts";
import { decimal, id, localDate, nullable, text } from "../domain/fields.ts";
import { kept, optionalText, stamps } from "./common.ts";

/** A test, homework or project of a class, to which grades belong. */
export const assessments = defineDomain({
  name: "assessments",
  fields: {
    classId: nullable(id()),
    termId: nullable(id()),
    title: text({ min: 1 }),
    type: optionalText,
    totalPoints: nullable(decimal()),
    date: nullable(localDate()),
    description: optionalText,
    ...stamps,
  },
  references: {
    classId: { to: "classes", onDelete: "restrict" },
    termId: { to: "terms", onDelete: "detach" },
  },
  sortKeys: { date: byValue("date"), title: byText("title") },
  conflict: "mergeFields",
  rights: { ...kept, teacher: "write" },
  migrations: [],
});
