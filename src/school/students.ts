import { byText, byValue, defineDomain } from "../domain/define-domain.ts";
import { bool, decimal, email, jsonObject, localDate, nullable, oneOf, text } from "../domain/fields.ts";
import { optionalText, people } from "./common.ts";

/** A pupil of the school. */
export const students = defineDomain({
  name: "students",
  fields: {
    name: text({ min: 1 }),
    email: nullable(email()),
    phone: optionalText,
    avatar: optionalText,
    status: nullable(oneOf("active", "inactive")),
    joinDate: nullable(localDate()),
    dateOfBirth: nullable(localDate()),
    placeOfBirth: optionalText,
    address: optionalText,
    parentContact: optionalText,
    parentEmail: nullable(email()),
    emergencyContact: nullable(jsonObject()),
    academicInfo: nullable(jsonObject()),
    paymentDue: nullable(bool()),
    lastPayment: nullable(localDate()),
    hasDiscount: nullable(bool()),
    discountType: nullable(oneOf("relatives", "social_case", "single_parent", "free_of_charge")),
    discountAmount: nullable(decimal()),
    notes: optionalText,
  },
  references: {},
  naturalKey: [["email"], ["name", "dateOfBirth"]],
  sortKeys: { name: byText("name"), joined: byValue("joinDate") },
  conflict: "mergeFields",
  rights: people,
  owner: "id",
  migrations: [],
});
