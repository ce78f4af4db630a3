/** A stored value taken apart, so that two of them can be compared element by element. */
import { isJsonObject } from "../../domain/json.ts";
import { scanJson } from "../../migration/source/json-scan.ts";
import { defaultLimits } from "../../migration/source/limits.ts";

export interface Element {
  /** As it stands. */
  readonly raw: string;
  /** The same for all texts that say the same. */
  readonly norm: string;
}

export interface Elements {
  readonly form: "list" | "map";
  /** By the id of each, or its place in the list; in a map by its name. */
  readonly items: ReadonlyMap<string, Element>;
}

const scan = (text: string) =>
  scanJson(text, { maxItems: defaultLimits.entries, maxString: defaultLimits.stringLength });

/** `null`: it is no list and no map, or cannot be read. */
export function elementsOf(text: string): Elements | null {
  const { defect, type, items } = scan(text);
  if (defect || (type !== "array" && type !== "object")) return null;
  const found = new Map<string, Element>();
  for (const [i, { key, start, end }] of items.entries()) {
    const raw = text.slice(start, end);
    const { id, norm } = read(raw);
    found.set(key ?? id ?? `@${i}`, { raw, norm });
  }
  return { form: type === "array" ? "list" : "map", items: found };
}

/** How many elements it has; `null`: it cannot be read. A single value is one element, and `null` none. */
export function countOf(text: string): number | null {
  const { defect, type, items } = scan(text);
  if (defect) return null;
  return type === "array" || type === "object" ? items.length : type === "null" ? 0 : 1;
}

export function textOf({ form, items }: Elements): string {
  if (form === "list") return `[${Array.from(items.values(), ({ raw }) => raw).join(",")}]`;
  return `{${Array.from(items, ([name, { raw }]) => `${JSON.stringify(name)}:${raw}`).join(",")}}`;
}

/** An element whose text is known. */
export const elementOf = (raw: string): Element => ({ raw, norm: read(raw).norm });

function read(raw: string): { readonly id: string | null; readonly norm: string } {
  try {
    const value: unknown = JSON.parse(raw);
    const id = isJsonObject(value) && Object.hasOwn(value, "id") ? value.id : null;
    return { id: id === null || id === undefined ? null : String(id), norm: JSON.stringify(value) };
  } catch {
    return { id: null, norm: raw };
  }
}
