/**
 * `hybrid-data-adapter`: what a record is, and how an app declares its own kinds.
 *
 * @example
 * ```ts
 * import { byText, defineDomain, nullable, text } from "hybrid-data-adapter";
 *
 * export const books = defineDomain({
 *   name: "books",
 *   fields: { title: text({ min: 1 }), shelf: nullable(text()) },
 *   references: {},
 *   sortKeys: { title: byText("title") },
 *   conflict: "mergeFields",
 *   rights: { admin: "write", teacher: "write", student: "read", viewer: "read" },
 *   migrations: [],
 * });
 * ```
 */

// Declaring domains
export {
  type AnyRecord,
  byText,
  byValue,
  type ConflictRule,
  type DeleteRule,
  type Domain,
  type DomainSet,
  type DomainSpec,
  defineDomain,
  domainSet,
  type RecordOfDomain,
  type Reference,
  type Right,
  type Role,
  type SchemaStep,
  type SortKey,
} from "./domain/define-domain.ts";
// Records
export { canonicalText, digestOf } from "./domain/digest.ts";
// Failures
export { AdapterError, type ErrorClass, type ErrorCode, errorKinds, hasCode, isAdapterError } from "./domain/errors.ts";
export {
  bool,
  decimal,
  email,
  type Field,
  type FieldKind,
  type Fields,
  id,
  instant,
  integer,
  jsonList,
  jsonObject,
  localDate,
  nullable,
  oneOf,
  text,
} from "./domain/fields.ts";
export {
  type Namespace,
  parseRecordId,
  parseSchoolId,
  type RecordId,
  recordIdOf,
  type SchoolId,
  schoolIdOf,
} from "./domain/ids.ts";
export { parseRecord } from "./domain/record.ts";
