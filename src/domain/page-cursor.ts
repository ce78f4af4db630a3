/** The cursor of a page: made and read alike on both sides, so that a list begun on one side goes on at the other. */
import * as z from "zod/mini";
import type { AnyRecord, Domain } from "./define-domain.ts";
import { AdapterError } from "./errors.ts";
import { isUuid } from "./ids.ts";
import { textKey } from "./sort-key.ts";

/** The order of a list; without a sort key it is by id. */
export interface ListOrder {
  readonly sort: string | null;
  readonly descending: boolean;
}
/** The last record of a page: its sort key as text, and its id. */
export interface PlaceInList {
  readonly key: string | null;
  readonly id: string;
}

const shape = z.tuple([z.nullable(z.string()), z.boolean(), z.nullable(z.string()), z.string()]);

/** Opaque to whoever passes it on: base64url of the order that it belongs to and of the place. */
export function formatCursor(domain: Domain, { sort, descending }: ListOrder, record: AnyRecord): string {
  const bytes = new TextEncoder().encode(JSON.stringify([sort, descending, keyText(domain, sort, record), record.id]));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @throws BAD_REQUEST for what is no cursor, or one of another order */
export function parseCursor(text: string, { sort, descending }: ListOrder): PlaceInList {
  const parsed = shape.safeParse(decode(text));
  if (!parsed.success) throw refused();
  const [ofSort, ofDescending, key, id] = parsed.data;
  if (ofSort !== sort || ofDescending !== descending || !isUuid(id) || key?.includes("\0")) throw refused();
  return { key, id };
}

/** The key as the cursor carries it: what a text is ordered by, else the value as the record holds it. */
function keyText(domain: Domain, sort: string | null, record: AnyRecord): string | null {
  const by = sort === null ? undefined : domain.sortKeys[sort];
  const value = by && record[by.field];
  if (value === null || value === undefined) return null;
  return by?.by === "text" ? textKey(String(value)) : String(value);
}

function decode(text: string): unknown {
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw refused();
  }
}

const refused = (): AdapterError =>
  new AdapterError("BAD_REQUEST", "The query is refused at cursor: it is not one of this query.", { place: "cursor" });
