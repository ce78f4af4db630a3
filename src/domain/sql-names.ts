/** How a domain's names and kinds are written in SQL, on the server and in an export alike. */
import type { FieldKind } from "./fields.ts";

export type SqlType = "text" | "integer" | "numeric" | "boolean" | "date" | "timestamptz" | "json" | "uuid";

export const sqlTypes: Readonly<Record<FieldKind, SqlType>> = {
  text: "text",
  integer: "integer",
  decimal: "numeric",
  boolean: "boolean",
  date: "date",
  instant: "timestamptz",
  json: "json",
  id: "uuid",
};

/** dateOfBirth -> date_of_birth: the name of a field or domain in SQL. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A name as an SQL identifier, whatever stands in it. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
