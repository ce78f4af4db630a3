/** The address of a page: a query whose names are looked up in the domain before they are sent. */
import type { Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { isStorableText } from "../../domain/json.ts";
import type { AnyListArg } from "./endpoint-types.ts";

/**
 * @throws BAD_REQUEST for a name that is no field or sort key, or a value that cannot be asked for; TEXT_UNSUPPORTED
 */
export function listPath(domain: Domain, { filter = {}, sort, order, limit, cursor }: AnyListArg): string {
  if (sort !== undefined && !Object.hasOwn(domain.sortKeys, sort)) {
    throw refused(domain, "sort", `one of ${Object.keys(domain.sortKeys).join(", ")}`);
  }
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value === undefined) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length === 0) throw refused(domain, `filter/${name}`, "no value of it is asked for");
    for (const one of values) params.append(name, filterText(domain, name, one));
  }
  for (const [name, value] of Object.entries({ sort, order, limit, cursor })) {
    if (value !== undefined) params.set(name, String(value));
  }
  return params.size === 0 ? `/api/${domain.name}` : `/api/${domain.name}?${params}`;
}

function filterText(domain: Domain, name: string, value: unknown): string {
  const place = `filter/${name}`;
  const kind =
    name === "externalId" ? "text" : Object.hasOwn(domain.fields, name) ? domain.fields[name]?.kind : undefined;
  if (kind === undefined || kind === "json") throw refused(domain, place, "the name is no field to filter by");
  // On the wire the absence of a text could not be told from the word "null".
  if (value === null && kind === "text") throw refused(domain, place, "a text cannot be asked for its absence");
  const text = String(value);
  if (isStorableText(text)) return text;
  throw new AdapterError("TEXT_UNSUPPORTED", `The filter ${name} holds U+0000 or half a surrogate pair.`, { place });
}

const refused = (domain: Domain, place: string, what: string): AdapterError =>
  new AdapterError("BAD_REQUEST", `The query of ${domain.name} is refused at ${place}: ${what}.`, { place });
