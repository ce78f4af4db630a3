/** Rows as a parameter: one array a column, which PostgreSQL reads several times faster than rows of JSON. */
import { type SQL, sql } from "drizzle-orm";
import { quote } from "../../domain/sql-names.ts";

/** One column of many rows: their values in PostgreSQL's own text, as many as there are rows. */
export interface Column {
  readonly name: string;
  /** `uuid`, `bigint`, … */
  readonly type: string;
  readonly values: readonly (string | null)[];
}

/** Makes columns of a list, a value an item. */
export const columnFrom =
  <T>(items: readonly T[]) =>
  (name: string, type: string, of: (item: T) => string | number | null | undefined): Column => ({
    name,
    type,
    values: items.map((item) => {
      const value = of(item) ?? null;
      return value === null ? null : String(value);
    }),
  });

/** A column whose text is made already: what can be made before a lock is taken need not be made under it. */
export interface ReadyColumn extends Column {
  /** `null`: it says the same in every row, and is sent once. */
  readonly list: string | null;
}

export const ready = (column: Column): ReadyColumn => {
  const { values } = column;
  return { ...column, list: values.every((value) => value === values[0]) ? null : arrayText(values) };
};

/**
 * The rows as `r`, for a `from`; `r.n` counts them from 1. A column that says the same in every row is sent once.
 *
 * @example
 * ```ts
 * sql`select r.id, r.n from ${columnRows([{ name: "id", type: "uuid", values: ids }])}`
 * ```
 */
export function columnRows(columns: readonly (Column | ReadyColumn)[]): SQL {
  const all = columns.map((column) => ("list" in column ? column : ready(column)));
  // The first stays a list, whatever it holds: it is what makes the rows.
  const lists = all.filter(({ list }, index) => index === 0 || list !== null);
  const once = all.filter(({ list }, index) => index > 0 && list === null);
  const arrays = lists.map(({ type, list, values }) => sql`${list ?? arrayText(values)}::${sql.raw(type)}[]`);
  const names = lists.map(({ name }) => quote(name)).join(", ");
  const same = once.map(
    ({ name, type, values: [value = null] }) => sql`, ${value}::${sql.raw(`${type} as ${quote(name)}`)}`,
  );
  return sql`(select u.*${sql.join(same)} from unnest(${sql.join(arrays, sql`, `)}) with ordinality
    as u(${sql.raw(names)}, n)) r`;
}

function arrayText(values: readonly (string | null)[]): string {
  let text = "";
  for (const value of values) text += text === "" ? element(value) : `,${element(value)}`;
  return `{${text}}`;
}

const plain = /^[\w.:+-]+$/;

function element(value: string | null): string {
  if (value === null) return "NULL";
  // The word NULL in any case would be no value.
  if (value.length <= 40 && plain.test(value) && (value.length !== 4 || value.toUpperCase() !== "NULL")) return value;
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
