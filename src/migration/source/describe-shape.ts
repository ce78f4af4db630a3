/** What a value looks like, in words: `list of 5 objects {id:text, name:text}`. Names of fields, never their values. */
import type { JsonScan, Span } from "./json-scan.ts";
import type { JsonType } from "./json-tokens.ts";
import { samplesOf } from "./samples.ts";

const words: Readonly<Record<JsonType, string>> = {
  object: "object",
  array: "list",
  string: "text",
  number: "number",
  boolean: "yes/no",
  null: "nothing",
};
const maxFields = 12;

const typeOf = (value: unknown): string =>
  words[value === null ? "null" : Array.isArray(value) ? "array" : (typeof value as JsonType)];

/** The shape of a whole value, or of a list inside it. */
export function describeShape(raw: string, scan: Pick<JsonScan, "type" | "items" | "defect">): string {
  if (scan.type === null) return raw === "" ? "empty text" : `${raw.length} characters that are not JSON`;
  if (scan.defect) return `broken ${words[scan.type]}`;
  if (scan.type === "array")
    return scan.items.length === 0 ? "empty list" : `list of ${describeItems(raw, scan.items)}`;
  if (scan.type !== "object") return words[scan.type];
  if (scan.items.length === 0) return "empty object";
  if (scan.items.length > 1 && scan.items.every((item) => item.type === "object"))
    return `object of ${describeItems(raw, scan.items)}`;
  return `object ${fieldsOf(scan.items.map((item) => [item.key ?? "", words[item.type]]))}`;
}

function describeItems(raw: string, items: readonly Span[]): string {
  const types = [...new Set(items.map((item) => words[item.type]))];
  const what = types.length === 1 ? `${types[0]}s` : types.join(" or ");
  const fields = new Map<string, Set<string>>();
  for (const sample of samplesOf(raw, items)) {
    if (typeof sample !== "object" || sample === null || Array.isArray(sample)) continue;
    for (const [name, value] of Object.entries(sample))
      fields.set(name, (fields.get(name) ?? new Set()).add(typeOf(value)));
  }
  const listed = fields.size > 0 ? ` ${fieldsOf([...fields].map(([name, seen]) => [name, [...seen].join("|")]))}` : "";
  return `${items.length} ${what}${listed}`;
}

const fieldsOf = (fields: readonly (readonly [string, string])[]): string => {
  const shown = fields.slice(0, maxFields).map(([name, type]) => `${name.slice(0, 40)}:${type}`);
  return `{${shown.join(", ")}${fields.length > maxFields ? ", …" : ""}}`;
};
