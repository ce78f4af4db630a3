/** The statements that make a domain's own table, from its declaration. */
import type { Domain } from "../../domain/define-domain.ts";
import { quote, snakeCase } from "../../domain/sql-names.ts";
import { canonicalSql, columnsOf, sortColumn, textSortKeys } from "./table.ts";
import { tenantTable } from "./tenant-table.ts";

/**
 * Table, digest function, keys and policy of a domain.
 *
 * The digest is the first eight bytes of SHA-256 over the text that `canonicalText` makes in JavaScript. It is a generated column, so
 * that a row changed behind the server's back has another digest. PostgreSQL calls array_to_json and to_char "stable"
 * (they depend on settings for other types than the ones used here), and a generated column asks for "immutable": hence
 * the function, in plpgsql because an SQL function would be inlined and looked through.
 */
export function ddlOf(domain: Domain): string {
  const name = snakeCase(domain.name);
  const columns = columnsOf(domain);
  const hashed = [
    { column: "id", sqlType: "uuid" as const },
    { column: "external_id", sqlType: "text" as const },
    ...columns,
    { column: "extra", sqlType: "json" as const },
  ];
  const digest = `digest_${name}`;
  const lines = [
    "school_id uuid not null",
    "id uuid not null",
    "external_id text",
    ...columns.map((c) => `${quote(c.column)} ${c.sqlType}${c.nullable ? "" : " not null"}`),
    "extra json not null",
    ...textSortKeys(domain).map((key) => `${quote(sortColumn(key))} text collate "C"`),
    "version integer not null",
    "seq bigint not null",
    `digest bigint not null generated always as (${digest}(${hashed.map((c) => quote(c.column)).join(", ")})) stored`,
    "primary key (school_id, id)",
    ...Object.entries(domain.references).map(
      ([field, { to }]) =>
        `foreign key (school_id, ${quote(snakeCase(field))}) references ${quote(snakeCase(to))} (school_id, id)`,
    ),
  ];
  return `
create function ${digest}(${hashed.map((c, i) => `a${i} ${c.sqlType}`).join(", ")}) returns bigint
language plpgsql immutable parallel safe as $$
begin
  return digest_of(array[${[`'${domain.name}'`, ...hashed.map((c, i) => canonicalSql(c.sqlType, `a${i}`))].join(", ")}]::text[]);
end $$;
create table ${quote(name)} (
  ${lines.join(",\n  ")}
);
${domain.unique.map((set) => `create unique index on ${quote(name)} (school_id, ${set.map((field) => uniqueExpression(domain, field)).join(", ")}) nulls not distinct;`).join("\n")}
${Object.keys(domain.references)
  .map((field) => `create index on ${quote(name)} (school_id, ${quote(snakeCase(field))});`)
  .join("\n")}
${tenantTable(quote(name))}`;
}

/** Long text does not fit into an index row, so text is unique by its hash. */
function uniqueExpression(domain: Domain, field: string): string {
  const column = quote(snakeCase(field));
  return domain.fields[field]?.kind === "text" ? `md5(${column})` : column;
}

/** The digest functions that every table shares. */
export const sharedDigestDdl = `
create function digest_of(texts text[]) returns bigint language plpgsql immutable parallel safe as $$
begin
  return ('x' || encode(substr(sha256(convert_to(array_to_json(texts)::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint;
end $$;
create function digest_records(domain text, id uuid, external_id text, body json, extra json) returns bigint
language plpgsql immutable parallel safe as $$
begin
  return digest_of(array[domain, id::text, external_id]
    || coalesce((select array_agg(e.value order by e.n) from json_each_text(body) with ordinality e(key, value, n)), '{}')
    || array[extra::text]);
end $$;
`;
