/** From drizzle's `sql` template to the text and parameters that a driver takes, the same for every driver. */
import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

const dialect = new PgDialect();

export interface QueryText {
  readonly text: string;
  readonly params: (string | null)[];
}

/** The query with every parameter as text, which PostgreSQL reads by the type it has in the query. */
export function queryText(query: SQL): QueryText {
  const { sql, params } = dialect.sqlToQuery(query);
  return { text: sql, params: params.map(paramText) };
}

function paramText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Array.from(value, (b) => b.toString(16).padStart(2, "0")).join("")}`;
  throw new TypeError("A query parameter must be text, a number, a boolean, bytes, a date or null.");
}

/** The type numbers (pg_type.oid) that do not come back, or go out, as PostgreSQL's own text by default. */
export const typeNumbers = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const;

/** How a value of a type is read: what is not named here stays text. */
export const readType = (oid: number, text: string): string | number | boolean => {
  if (oid === typeNumbers.bool) return text === "t";
  if (oid === typeNumbers.int2 || oid === typeNumbers.int4) return Number(text);
  return text;
};
