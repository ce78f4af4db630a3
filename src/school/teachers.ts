import { byText, byValue, defineDomain } from "../domain/define-domain.ts";
import { email, jsonList, jsonObject, localDate, nullable, oneOf, text } from "../domain/fields.ts";
import { kept, optionalText } from "./common.ts";

/** A teacher of the school. */
export const teachers = defineDomain({
  name: "teachers",
  fields: {
    name: text({ min: 1 }),
    email: nullable(email()),
    phone: optionalText,
    avatar: optionalText,
    subject: optionalText,
    status: nullable(oneOf("active", "inactive")),
    joinDate: nullable(localDate()),
    qualifications: nullable(jsonList()),
    specializations: nullable(jsonList()),
    bio: optionalText,
    contactHours: optionalText,
    emergencyContact: nullable(jsonObject()),
    notes: optionalText,
  },
  references: {},
  naturalKey: [["email"]],
  sortKeys: { name: byText("name"), joined: byValue("joinDate") },
  conflict: "mergeFields",
  rights: kept,
  migrations: [],
});
