/** What SQL needs to know of a domain: its table, its columns, and how a record goes in and comes out. */
import { type SQL, sql } from "drizzle-orm";
import type { AnyRecord, Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { sortKeyOf } from "../../domain/sort-key.ts";
import { quote, type SqlType, snakeCase, sqlTypes } from "../../domain/sql-names.ts";
import { schoolDomains } from "../../school/domains.ts";

export interface TableColumn {
  readonly field: string;
  readonly column: string;
  readonly sqlType: SqlType;
  readonly nullable: boolean;
}

/**
 * A domain as SQL. In every fragment the stored row is `t` and a row of `recordset` is `r`.
 *
 * @example
 * ```ts
 * sql`insert into ${table.identifier} (school_id, version, seq, ${table.insertColumns})
 *     select ${school}::uuid, 1, r.seq, ${table.insertValues} from ${table.recordset(text)}`
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
  /** A JSON list of `rowOf`s as rows `r`; they may also carry `version` (integer) and `seq` (bigint). */
  recordset(jsonText: string): SQL;
  /** Column → value, sort keys among them. */
  rowOf(record: AnyRecord): JsonObject;
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

const sortsOf = (domain: Domain, record: AnyRecord): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(domain.sortKeys)
      .filter(([, key]) => key.by === "text")
      .map(([name, key]) => [name, sortKeyOf(domain, key, record)]),
  );

function ownTable(domain: Domain): Table {
  const columns = columnsOf(domain);
  const name = snakeCase(domain.name);
  const sorts = textSortKeys(domain);
  const written = ["id", "external_id", ...columns.map((c) => c.column), "extra", ...sorts.map(sortColumn)];
  const shape = [
    "id uuid, external_id text, version integer, seq bigint, extra json",
    ...columns.map((c) => `${quote(c.column)} ${c.sqlType}`),
    ...sorts.map((key) => `${quote(sortColumn(key))} text`),
  ].join(", ");
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
    recordset: (text) => sql`json_to_recordset(${text}::text::json) as r(${sql.raw(shape)})`,
    rowOf(record) {
      const row: Record<string, Json> = { id: record.id, external_id: record.externalId };
      for (const c of columns) row[c.column] = (record[c.field] ?? null) as Json;
      row.extra = record.extra;
      for (const [key, value] of Object.entries(sortsOf(domain, record))) row[sortColumn(key)] = value;
      return row;
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
    recordset: (text) =>
      sql`json_to_recordset(${text}::text::json) as r(id uuid, external_id text, version integer, seq bigint,
        body json, extra json, sort_keys json, unique_1 text, unique_2 text, unique_3 text)`,
    rowOf(record) {
      const row: Record<string, Json> = {
        id: record.id,
        external_id: record.externalId,
        body: Object.fromEntries(columns.map((c) => [c.field, (record[c.field] ?? null) as Json])),
        extra: record.extra,
        sort_keys: sortsOf(domain, record),
      };
      keys.forEach((key, i) => {
        const set = domain.unique[i];
        row[key] = set ? JSON.stringify(set.map((name) => record[name] ?? null)) : null;
      });
      return row;
    },
  };
}
