import { byValue, defineDomain } from "../domain/define-domain.ts";
import { decimal, id, localDate, nullable, oneOf } from "../domain/fields.ts";
import { money, optionalText, stamps } from "./common.ts";

/** What a student owes, and until when. */
export const paymentObligations = defineDomain({
  name: "paymentObligations",
  fields: {
    studentId: nullable(id()),
    privateLessonId: nullable(id()),
    type: optionalText,
    amount: nullable(decimal()),
    dueDate: nullable(localDate()),
    period: optionalText,
    status: nullable(oneOf("pending", "partial", "paid", "overdue")),
    notes: optionalText,
    ...stamps,
  },
  references: {
    studentId: { to: "students", onDelete: "restrict" },
    privateLessonId: { to: "privateLessons", onDelete: "restrict" },
  },
  sortKeys: { due: byValue("dueDate"), amount: byValue("amount") },
  conflict: "userDecision",
  rights: money,
  owner: "studentId",
  migrations: [],
});
