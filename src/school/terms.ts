import { byText, byValue, defineDomain } from "../domain/define-domain.ts";
import { localDate, nullable, text } from "../domain/fields.ts";
import { kept } from "./common.ts";

/** A part of the school year. */
export const terms = defineDomain({
  name: "terms",
  fields: {
    name: text({ min: 1 }),
    beginDate: nullable(localDate()),
    endDate: nullable(localDate()),
  },
  references: {},
  unique: [["name"]],
  sortKeys: { name: byText("name"), begin: byValue("beginDate") },
  conflict: "mergeFields",
  rights: kept,
  migrations: [],
});
