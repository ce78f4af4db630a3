/** A list's query, checked and answered by the same rules as the server's, so that both sides give the same page. */
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { type PlaceInList, parseCursor } from "../domain/page-cursor.ts";
import { compareCodePoints, sortKeyOf } from "../domain/sort-key.ts";
import type { Query } from "./contract.ts";

type Value = string | number | boolean | null;
type Key = string | number | boolean | null;

interface Filter {
  readonly field: string;
  /** Decimals are compared as numbers. */
  readonly numeric: boolean;
  readonly values: readonly Value[];
}

export interface CheckedQuery {
  readonly filter: readonly Filter[];
  readonly sort: string | null;
  readonly descending: boolean;
  readonly limit: number;
  readonly after: PlaceInList | null;
}

/** Where a record stands in a list. */
export interface Place {
  readonly key: Key;
  readonly id: string;
}

const mostPerPage = 1000;
const mostValues = 100;

/** @throws BAD_REQUEST for a name that is no field, option or sort key, or a value that does not fit it (S11) */
export function checkQuery(domain: Domain, query: Query): CheckedQuery {
  const { filter = {}, sort = null, order = "asc", limit = 100, cursor, ...others } = query;
  const refused = refusalOf(domain);
  const stranger = Object.keys(others)[0];
  if (stranger !== undefined) throw refused("query", `there is no option ${stranger}`);
  if (sort !== null && !Object.hasOwn(domain.sortKeys, sort)) {
    throw refused("sort", `one of ${Object.keys(domain.sortKeys).join(", ")}`);
  }
  if (order !== "asc" && order !== "desc") throw refused("order", "asc or desc");
  if (!Number.isInteger(limit) || limit < 1 || limit > mostPerPage) throw refused("limit", `1 to ${mostPerPage}`);
  const descending = order === "desc";
  return {
    filter: Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => checkFilter(domain, field, value)),
    sort,
    descending,
    limit,
    after: cursor === undefined ? null : parseCursor(cursor, { sort, descending }),
  };
}

function checkFilter(domain: Domain, name: string, value: unknown): Filter {
  const refused = refusalOf(domain);
  const place = `filter/${name}`;
  const field = Object.hasOwn(domain.fields, name) ? domain.fields[name] : undefined;
  const kind = name === "externalId" ? "text" : field?.kind;
  if (kind === undefined || kind === "json") throw refused(place, "the name is no field to filter by");
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0 || values.length > mostValues) throw refused(place, `1 to ${mostValues} values`);
  for (const one of values) {
    // On the wire the absence of a text could not be told from the word "null".
    if (one === null && kind === "text") throw refused(place, "a text cannot be asked for its absence");
    const fits = field ? field.schema.safeParse(one).success : typeof one === "string";
    if (!fits) throw refused(place, "the value does not fit the field");
  }
  const numeric = kind === "decimal";
  return { field: name, numeric, values: (values as readonly Value[]).map((one) => comparable(one, numeric)) };
}

const refusalOf =
  (domain: Domain) =>
  (place: string, what: string): AdapterError =>
    new AdapterError("BAD_REQUEST", `The query of ${domain.name} is refused at ${place}: ${what}.`, { place });

const comparable = (value: Value, numeric: boolean): Value =>
  numeric && value !== null ? Number(value) : (value ?? null);

export const matches = ({ filter }: CheckedQuery, record: AnyRecord): boolean =>
  filter.every(({ field, numeric, values }) => values.includes(comparable(record[field] as Value, numeric)));

export function placeOf(domain: Domain, { sort }: CheckedQuery, record: AnyRecord): Place {
  const by = sort === null ? undefined : domain.sortKeys[sort];
  return { key: by ? sortKeyOf(domain, by, record) : null, id: record.id };
}

/** The order of a list: by key, absent ones last in both directions, then by id. */
export function comparePlaces({ sort, descending }: CheckedQuery, a: Place, b: Place): number {
  const byId = a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  if (sort === null) return descending ? -byId : byId;
  if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null) || byId;
  const byKey = compareKeys(a.key, b.key);
  return (descending ? -byKey : byKey) || byId;
}

function compareKeys(a: NonNullable<Key>, b: NonNullable<Key>): number {
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  return Number(a) - Number(b);
}

/** The place that a page begins behind. */
export function placeAfter(domain: Domain, { sort, after }: CheckedQuery): Place | null {
  const by = sort === null ? undefined : domain.sortKeys[sort];
  if (!after || after.key === null || by?.by !== "value") return after;
  const kind = domain.fields[by.field]?.kind;
  if (kind === "integer" || kind === "decimal") return { id: after.id, key: Number(after.key) };
  return kind === "boolean" ? { id: after.id, key: after.key === "true" } : after;
}
