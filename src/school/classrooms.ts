import { byText, byValue, defineDomain } from "../domain/define-domain.ts";
import { integer, jsonList, nullable, oneOf, text } from "../domain/fields.ts";
import { kept, optionalText, stamps } from "./common.ts";

/** A room in which classes meet. */
export const classrooms = defineDomain({
  name: "classrooms",
  fields: {
    name: text({ min: 1 }),
    location: optionalText,
    capacity: nullable(integer()),
    status: nullable(oneOf("active", "inactive", "maintenance")),
    equipment: nullable(jsonList()),
    type: optionalText,
    facilityId: optionalText,
    ...stamps,
  },
  references: {},
  sortKeys: { name: byText("name"), capacity: byValue("capacity") },
  conflict: "mergeFields",
  rights: kept,
  migrations: [],
});
