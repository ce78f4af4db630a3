import { byValue, defineDomain } from "../domain/define-domain.ts";
import { decimal, id, instant, nullable } from "../domain/fields.ts";
import { optionalText, teaching } from "./common.ts";

/** What a student reached in an assessment: a number, or a text where the school grades in letters. */
export const grades = defineDomain({
  name: "grades",
  fields: {
    assessmentId: nullable(id()),
    studentId: nullable(id()),
    score: nullable(decimal()),
    scoreText: optionalText,
    comments: optionalText,
    dateRecorded: nullable(instant()),
  },
  references: {
    assessmentId: { to: "assessments", onDelete: "restrict" },
    studentId: { to: "students", onDelete: "restrict" },
  },
  sortKeys: { recorded: byValue("dateRecorded"), score: byValue("score") },
  conflict: "userDecision",
  rights: teaching,
  owner: "studentId",
  migrations: [],
});
