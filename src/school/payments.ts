import { byValue, defineDomain } from "../domain/define-domain.ts";
import { decimal, id, localDate, nullable, oneOf } from "../domain/fields.ts";
import { money, optionalText, stamps } from "./common.ts";

/** Money that was received. */
export const payments = defineDomain({
  name: "payments",
  fields: {
    obligationId: nullable(id()),
    studentId: nullable(id()),
    privateLessonId: nullable(id()),
    amount: nullable(decimal()),
    date: nullable(localDate()),
    method: nullable(oneOf("cash", "card", "transfer", "other")),
    reference: optionalText,
    notes: optionalText,
    createdBy: optionalText,
    ...stamps,
  },
  references: {
    obligationId: { to: "paymentObligations", onDelete: "restrict" },
    studentId: { to: "students", onDelete: "restrict" },
    privateLessonId: { to: "privateLessons", onDelete: "restrict" },
  },
  sortKeys: { date: byValue("date"), amount: byValue("amount") },
  conflict: "userDecision",
  rights: money,
  owner: "studentId",
  migrations: [],
});
