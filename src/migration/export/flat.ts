/** Records as flat files: canonical JSON, CSV and SQL. */
import Papa from "papaparse";
import type { Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { FieldKind } from "../../domain/fields.ts";
import { isStorableText } from "../../domain/json.ts";
import { quote, snakeCase, sqlTypes } from "../../domain/sql-names.ts";
import type { RecordsByDomain } from "../backup/content.ts";

/** A file to be written: its name, without a folder, and its text. */
export interface ExportFile {
  readonly name: string;
  readonly text: string;
}

/** The canonical records of all domains in one JSON text. */
export const exportJson = (domains: readonly Domain[], records: RecordsByDomain): ExportFile => ({
  name: "records.json",
  text: JSON.stringify(Object.fromEntries(domains.map((d) => [d.name, records[d.name] ?? []])), null, 1),
});

interface Column {
  readonly name: string;
  readonly kind: FieldKind;
}

const columnsOf = (domain: Domain): Column[] => [
  { name: "id", kind: "id" },
  { name: "externalId", kind: "text" },
  ...domain.fieldNames.map((name) => ({ name, kind: domain.fields[name]?.kind ?? "text" })),
  { name: "extra", kind: "json" },
];

const textOf = (value: unknown): string | null =>
  value === null || value === undefined ? null : typeof value === "object" ? JSON.stringify(value) : String(value);

// What makes a spreadsheet calculate (S19); the full-width forms are turned into these by some of them.
const formula = /^\s*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;
const free: ReadonlySet<FieldKind> = new Set(["text", "json"]);

/** One CSV file a domain. A text that a spreadsheet would calculate gets an apostrophe in front; numbers are left alone. */
export const exportCsv = (domains: readonly Domain[], records: RecordsByDomain): ExportFile[] =>
  domains.map((domain) => {
    const columns = columnsOf(domain);
    const data = (records[domain.name] ?? []).map((record) =>
      columns.map(({ name, kind }) => {
        const text = textOf(record[name]) ?? "";
        return free.has(kind) && formula.test(text) ? `'${text}` : text;
      }),
    );
    return { name: `${snakeCase(domain.name)}.csv`, text: Papa.unparse({ fields: columns.map((c) => c.name), data }) };
  });

function literal(value: unknown): string {
  const text = textOf(value);
  if (text === null) return "NULL";
  if (!isStorableText(text)) throw new AdapterError("TEXT_UNSUPPORTED", "A text of a record cannot be held by SQL.");
  return `'${text.replaceAll("'", "''")}'`;
}

const rowsPerInsert = 500;

/**
 * One SQL script for a plain PostgreSQL: tables as on the server (without what keeps schools apart), parents first.
 * `domains` must stand parents first, as `domainSet` puts them.
 * @throws TEXT_UNSUPPORTED for a text with U+0000 or half a surrogate pair
 */
export function exportSql(domains: readonly Domain[], records: RecordsByDomain): ExportFile {
  const names = new Set(domains.map((domain) => domain.name));
  // Without this a backslash in a text could end its literal on a server that is set up the old way.
  const lines = ["SET standard_conforming_strings = on;", "BEGIN;"];
  for (const domain of domains) {
    const columns = columnsOf(domain);
    const table = quote(snakeCase(domain.name));
    const defined = columns.map(({ name, kind }) => {
      const to = domain.references[name]?.to;
      const reference = to !== undefined && names.has(to) ? ` REFERENCES ${quote(snakeCase(to))}` : "";
      return `${quote(snakeCase(name))} ${sqlTypes[kind]}${name === "id" ? " PRIMARY KEY" : reference}`;
    });
    lines.push(`CREATE TABLE IF NOT EXISTS ${table} (${defined.join(", ")});`);
    const head = `INSERT INTO ${table} (${columns.map((c) => quote(snakeCase(c.name))).join(", ")}) VALUES`;
    const rows = (records[domain.name] ?? []).map((r) => `(${columns.map((c) => literal(r[c.name])).join(", ")})`);
    for (let at = 0; at < rows.length; at += rowsPerInsert)
      lines.push(`${head}\n${rows.slice(at, at + rowsPerInsert).join(",\n")};`);
  }
  lines.push("COMMIT;", "");
  return { name: "records.sql", text: lines.join("\n") };
}
