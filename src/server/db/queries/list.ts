/** A page of a domain: filtered by equal fields, in the order of one of its sort keys, from a cursor on. */
import { type SQL, sql } from "drizzle-orm";
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { Field } from "../../../domain/fields.ts";
import { formatCursor, type PlaceInList, parseCursor } from "../../../domain/page-cursor.ts";
import { sqlTypes } from "../../../domain/sql-names.ts";
import type { Sight } from "../../authorise.ts";
import type { Tx } from "../database.ts";
import { type Table, tableOf } from "../table.ts";
import { seenBy } from "./sight.ts";

type Value = string | number | boolean | null;
export interface Stored {
  readonly record: AnyRecord;
  readonly version: number;
}
export interface ListQuery {
  /** A field that is named several times may have any of the values. */
  readonly filter: ReadonlyMap<string, readonly Value[]>;
  readonly sort: string | null;
  readonly descending: boolean;
  readonly limit: number;
  readonly after: PlaceInList | null;
}
export interface Page {
  readonly items: readonly Stored[];
  readonly next: string | null;
}

const maxLimit = 1000;
const options: ReadonlySet<string> = new Set(["sort", "order", "limit", "cursor"]);
/** Values by which one field may be filtered. */
const maxValues = 100;
const bad = (place: string, what: string): AdapterError =>
  new AdapterError("BAD_REQUEST", `The query is refused at ${place}: ${what}.`, { place });

/**
 * What `?classId=…&sort=name&order=desc&limit=50&cursor=…` asks for. Names are looked up, never pasted.
 * @throws BAD_REQUEST for a name that is no field or sort key, or a value that does not fit it
 */
export function parseListQuery(domain: Domain, params: URLSearchParams): ListQuery {
  const filter = new Map<string, Value[]>();
  let [sort, descending, limit, cursor]: [string | null, boolean, number, string | null] = [null, false, 100, null];
  const seen = new Set<string>();
  for (const [name, value] of params) {
    if (options.has(name) && seen.has(name)) throw bad("query", "an option stands twice");
    seen.add(name);
    if (name === "sort") {
      if (!Object.hasOwn(domain.sortKeys, value))
        throw bad("sort", `one of ${Object.keys(domain.sortKeys).join(", ")}`);
      sort = value;
    } else if (name === "order") {
      if (value !== "asc" && value !== "desc") throw bad("order", "asc or desc");
      descending = value === "desc";
    } else if (name === "limit") {
      limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
      if (limit < 1 || limit > maxLimit) throw bad("limit", `1 to ${maxLimit}`);
    } else if (name === "cursor") cursor = value;
    else {
      const values = filter.get(name) ?? [];
      if (values.push(filterValue(domain, name, value)) > maxValues) throw bad(name, `at most ${maxValues} values`);
      filter.set(name, values);
    }
  }
  return { filter, sort, descending, limit, after: cursor === null ? null : parseCursor(cursor, { sort, descending }) };
}

function filterValue(domain: Domain, name: string, text: string): string | number | boolean | null {
  if (name === "externalId") return text;
  const field: Field | undefined = Object.hasOwn(domain.fields, name) ? domain.fields[name] : undefined;
  if (!field || field.kind === "json") throw bad("query", "a name is neither a field to filter by nor an option");
  // Text may be the word "null"; nothing else can.
  if (text === "null" && field.nullable && field.kind !== "text") return null;
  const numeric = field.kind === "integer" && /^-?\d{1,10}$/.test(text);
  const truth = field.kind === "boolean" && (text === "true" || text === "false");
  const parsed = field.schema.safeParse(numeric ? Number(text) : truth ? text === "true" : text);
  if (!parsed.success) throw bad(name, "the value does not fit the field");
  return parsed.data as string | number | boolean;
}

/** By the index of a filtered reference where there is one; else the school's part of the primary key, sorted. */
export async function listRecords(tx: Tx, domain: Domain, sight: Sight, query: ListQuery): Promise<Page> {
  const table = tableOf(domain);
  const key = query.sort === null ? undefined : table.sortValue(query.sort);
  const direction = sql.raw(query.descending ? "desc" : "asc");
  const order = key ? sql`${key} ${direction} nulls last, t.id` : sql`t.id ${direction}`;
  const where = sql.join(
    [table.scope, seenBy(sight, table), ...[...query.filter].map((f) => isAnyOf(table, ...f)), beyond(table, query)],
    sql` and `,
  );
  const rows = await tx.rows<{ record: string; version: number }>(sql`
    select ${table.recordJson} as record, t.version from ${table.identifier} t where ${where} order by ${order} limit ${query.limit + 1}::integer`);
  const items = rows
    .slice(0, query.limit)
    .map((row): Stored => ({ record: JSON.parse(row.record), version: row.version }));
  const last = rows.length > query.limit ? items.at(-1) : undefined;
  return { items, next: last ? formatCursor(domain, query, last.record) : null };
}

/** One record that the user may see, by the primary key. */
export async function readOne(tx: Tx, domain: Domain, sight: Sight, id: string): Promise<Stored | null> {
  const table = tableOf(domain);
  const [row] = await tx.rows<{ record: string; version: number }>(sql`
    select ${table.recordJson} as record, t.version from ${table.identifier} t
    where ${table.scope} and ${seenBy(sight, table)} and t.id = ${id}::uuid`);
  return row ? { record: JSON.parse(row.record), version: row.version } : null;
}

function isAnyOf(table: Table, field: string, values: readonly Value[]): SQL {
  const column = table.value(field);
  if (!column) throw bad("query", "a name is no field");
  const type = sql.raw(sqlTypes[table.domain.fields[field]?.kind ?? "text"]);
  const given = values.filter((value) => value !== null).map((value) => sql`${value}::${type}`);
  const either = given.length > 0 ? [sql`${column} in (${sql.join(given, sql`, `)})`] : [];
  if (given.length < values.length) either.push(sql`${column} is null`);
  return sql`(${sql.join(either, sql` or `)})`;
}

/** What comes after the cursor: greater key, or the same and a greater id; absent keys come last in both directions. */
function beyond(table: Table, { after, sort, descending }: ListQuery): SQL {
  if (!after) return sql`true`;
  const name = sort === null ? undefined : table.domain.sortKeys[sort];
  const key = sort === null ? undefined : table.sortValue(sort);
  const sign = sql.raw(descending ? "<" : ">");
  if (!key || !name) return sql`t.id ${sign} ${after.id}::uuid`;
  if (after.key === null) return sql`((${key}) is null and t.id > ${after.id}::uuid)`;
  const type = name.by === "text" ? "text" : sqlTypes[table.domain.fields[name.field]?.kind ?? "text"];
  const value = sql`${after.key}::${sql.raw(type)}`;
  return sql`((${key}) ${sign} ${value} or (${key}) is null or ((${key}) = ${value} and t.id > ${after.id}::uuid))`;
}
