/** What SQL needs to know of a domain: its table, its columns, and how a record goes in and comes out. */
import { type SQL, sql } from "drizzle-orm";
import type { AnyRecord, Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { Json } from "../../domain/json.ts";
import { sortKeyOf } from "../../domain/sort-key.ts";
import { quote, type SqlType, snakeCase, sqlTypes } from "../../domain/sql-names.ts";
import { schoolDomains } from "../../school/domains.ts";
import { type Column, columnRows } from "./column-rows.ts";

export interface TableColumn {
  readonly field: string;
  readonly column: string;
  readonly sqlType: SqlType;
  readonly nullable: boolean;
}

/**
 * A domain as SQL. In every fragment the stored row is `t` and a row of `rowSet` is `r`.
 *
 * @example
 * ```ts
 * sql`insert into ${table.identifier} (school_id, version, seq, ${table.insertColumns})
 *     select ${school}::uuid, 1, r.n, ${table.insertValues} from ${table.rowSet(records)}`
 * sql`select t.id::text, ${table.recordJson} as record from ${table.identifier} t where ${table.scope}`
 * ```
 */
export interface Table {
  readonly domain: Domain;
  readonly name: string;
  /** Kept in the table `records`, which many domains share. */
  readonly generic: boolean;
  /** The domain's fields, in schema order. */
  readonly columns: readonly TableColumn[];
  readonly identifier: SQL;
  /** The condition on `t` that picks this domain's rows: `true`, or its name in the shared table. */
  readonly scope: SQL;
  /** The record as JSON text, as stored. */
  readonly recordJson: SQL;
  /** Everything but school_id, version, seq and digest. */
  readonly insertColumns: SQL;
  /** What stands in `r` for `insertColumns`. */
  readonly insertValues: SQL;
  /** `column = r.column, …` for an update, without id, external id included. */
  readonly assignments: SQL;
  /** The value of a field of `t` by its own type; `undefined` for a name that is no field. */
  value(field: string): SQL | undefined;
  /** What a sort key of `t` is ordered by. */
  sortValue(key: string): SQL | undefined;
  /** Records as rows `r`, numbered `r.n` from 1, with whatever else is given for each of them. */
  rowSet(records: readonly AnyRecord[], beside?: readonly Column[]): SQL;
}

export const columnsOf = (domain: Domain): readonly TableColumn[] =>
  domain.fieldNames.map((field) => ({
    field,
    column: snakeCase(field),
    sqlType: sqlTypes[domain.fields[field]?.kind ?? "text"],
    nullable: domain.fields[field]?.nullable ?? true,
  }));

/** The text sort keys, which are stored beside the record as JS computes them. */
export const textSortKeys = (domain: Domain): readonly string[] =>
  Object.entries(domain.sortKeys)
    .filter(([, key]) => key.by === "text")
    .map(([name]) => name);

export const sortColumn = (key: string): string => `sort_${snakeCase(key)}`;

/** A value of a column in the canonical text form; the form of `canonicalText`. */
export function canonicalSql(type: SqlType, value: string): string {
  switch (type) {
    case "text":
      return value;
    // Not ::text, which follows the session's DateStyle and TimeZone.
    case "date":
      return `to_char(${value}, 'YYYY-MM-DD')`;
    case "timestamptz":
      return `to_char(${value} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
    default:
      return `${value}::text`;
  }
}

/** How many sets of unique fields a domain in the shared table may declare. */
export const genericUniques = 3;

const ownTables = new Set<string>(schoolDomains.map((domain) => domain.name));
const tables = new WeakMap<Domain, Table>();

/** The table of a domain: its own if the schema has one, else the shared table `records`. */
export function tableOf(domain: Domain): Table {
  const known = tables.get(domain);
  if (known) return known;
  const table = ownTables.has(domain.name) ? ownTable(domain) : genericTable(domain);
  tables.set(domain, table);
  return table;
}

const list = (names: readonly string[], prefix = ""): SQL =>
  sql.raw(names.map((name) => prefix + quote(name)).join(", "));

/** What every record has, in every table. */
const sharedColumns = (records: readonly AnyRecord[]): readonly Column[] => [
  { name: "id", type: "uuid", values: records.map((record) => record.id) },
  { name: "external_id", type: "text", values: records.map((record) => record.externalId) },
  { name: "extra", type: "json", values: records.map((record) => JSON.stringify(record.extra)) },
];

function textOf(type: SqlType, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (type === "json") return JSON.stringify(value);
  return typeof value === "string" ? value : String(value);
}

function sortText(domain: Domain, name: string, record: AnyRecord): string | null {
  const key = domain.sortKeys[name];
  const value: Json = key ? sortKeyOf(domain, key, record) : null;
  return textOf("text", value);
}

function ownTable(domain: Domain): Table {
  const columns = columnsOf(domain);
  const name = snakeCase(domain.name);
  const sorts = textSortKeys(domain);
  const written = ["id", "external_id", ...columns.map((c) => c.column), "extra", ...sorts.map(sortColumn)];
  // JSON has no decimals, dates or ids: they are text in a record; the other values keep their JSON form.
  const asJson = (c: TableColumn): string =>
    ["integer", "boolean", "json"].includes(c.sqlType)
      ? `t.${quote(c.column)}`
      : canonicalSql(c.sqlType, `t.${quote(c.column)}`);
  const pairs = [
    `'id', t.id::text, 'externalId', t.external_id`,
    ...columns.map((c) => `'${c.field}', ${asJson(c)}`),
    `'extra', t.extra`,
  ];
  return {
    domain,
    name,
    generic: false,
    columns,
    identifier: sql.raw(quote(name)),
    scope: sql.raw("true"),
    recordJson: sql.raw(`json_build_object(${pairs.join(", ")})::text`),
    insertColumns: list(written),
    insertValues: list(written, "r."),
    assignments: sql.raw(
      written
        .slice(1)
        .map((column) => `${quote(column)} = r.${quote(column)}`)
        .join(", "),
    ),
    value(field) {
      const column = columns.find((c) => c.field === field);
      if (field === "id") return sql.raw("t.id");
      if (field === "externalId") return sql.raw(`t.external_id`);
      return column && sql.raw(`t.${quote(column.column)}`);
    },
    sortValue(key) {
      const sort = Object.hasOwn(domain.sortKeys, key) ? domain.sortKeys[key] : undefined;
      if (!sort) return undefined;
      if (sort.by === "text") return sql.raw(`t.${quote(sortColumn(key))}`);
      const column = columns.find((c) => c.field === sort.field);
      return column && sql.raw(`t.${quote(column.column)}${column.sqlType === "text" ? ' collate "C"' : ""}`);
    },
    rowSet(records, beside = []) {
      const fields = columns.map((c) => ({
        name: c.column,
        type: c.sqlType,
        values: records.map((record) => textOf(c.sqlType, record[c.field])),
      }));
      const keys = sorts.map((key) => ({
        name: sortColumn(key),
        type: "text",
        values: records.map((record) => sortText(domain, key, record)),
      }));
      return columnRows([...sharedColumns(records), ...fields, ...keys, ...beside]);
    },
  };
}

function genericTable(domain: Domain): Table {
  if (domain.unique.length > genericUniques) {
    throw new AdapterError("CONFIG_INVALID", `${domain.name} declares more than ${genericUniques} unique keys.`);
  }
  const columns = columnsOf(domain);
  const keys = Array.from({ length: genericUniques }, (_, i) => `unique_${i + 1}`);
  const own = ["id", "external_id", "body", "extra", "sort_keys", ...keys];
  // The name is a plain word (defineDomain), so that it can stand in the text of the query.
  const literal = `'${domain.name.replaceAll("'", "''")}'`;
  const field = (c: TableColumn): SQL =>
    sql.raw(`(t.body ->> '${c.field}')${c.sqlType === "text" ? "" : `::${c.sqlType}`}`);
  return {
    domain,
    name: "records",
    generic: true,
    columns,
    identifier: sql.raw("records"),
    scope: sql.raw(`t.domain = ${literal}`),
    recordJson: sql.raw(`('{"id":' || to_json(t.id::text)::text || ',"externalId":'
      || coalesce(to_json(t.external_id)::text, 'null')
      || coalesce((select string_agg(',' || to_json(e.key)::text || ':' || e.value::text, '' order by e.n)
          from json_each(t.body) with ordinality e(key, value, n)), '')
      || ',"extra":' || t.extra::text || '}')`),
    insertColumns: sql`domain, ${list(own)}`,
    insertValues: sql`${sql.raw(literal)}, ${list(own, "r.")}`,
    assignments: sql.raw(
      own
        .slice(1)
        .map((column) => `${column} = r.${column}`)
        .join(", "),
    ),
    value(name) {
      const column = columns.find((c) => c.field === name);
      if (name === "id") return sql.raw("t.id");
      if (name === "externalId") return sql.raw("t.external_id");
      return column && field(column);
    },
    sortValue(key) {
      const sort = Object.hasOwn(domain.sortKeys, key) ? domain.sortKeys[key] : undefined;
      if (!sort) return undefined;
      if (sort.by === "text") return sql.raw(`(t.sort_keys ->> '${key.replaceAll("'", "''")}') collate "C"`);
      const column = columns.find((c) => c.field === sort.field);
      return column && (column.sqlType === "text" ? sql`${field(column)} collate "C"` : field(column));
    },
    rowSet(records, beside = []) {
      const bodyOf = (record: AnyRecord): string =>
        JSON.stringify(Object.fromEntries(columns.map((c) => [c.field, record[c.field] ?? null])));
      const sortsOf = (record: AnyRecord): string =>
        JSON.stringify(Object.fromEntries(textSortKeys(domain).map((key) => [key, sortText(domain, key, record)])));
      const uniqueOf = (record: AnyRecord, set: readonly string[] | undefined): string | null =>
        set ? JSON.stringify(set.map((name) => record[name] ?? null)) : null;
      return columnRows([
        ...sharedColumns(records),
        { name: "body", type: "json", values: records.map(bodyOf) },
        { name: "sort_keys", type: "json", values: records.map(sortsOf) },
        ...keys.map((name, i) => ({
          name,
          type: "text",
          values: records.map((record) => uniqueOf(record, domain.unique[i])),
        })),
        ...beside,
      ]);
    },
  };
}
