/** One element of a list as a legacy entry: its id taken exactly, its defect named. */
import { isJsonObject, isStorableText } from "../../domain/json.ts";
import type { EntryKind, LegacyEntry } from "../types.ts";
import type { Span } from "./json-scan.ts";
import type { Defect } from "./json-tokens.ts";

export interface ElementPlace {
  readonly key: string;
  readonly kind: EntryKind;
  readonly position: string;
  /** The id that the element's place gives, used when it has none of its own. */
  readonly placeId: string | null;
}

export type UnnumberedEntry = Omit<LegacyEntry, "no">;

const maxIdLength = 500;

export function makeEntry(raw: string, span: Span, place: ElementPlace): UnnumberedEntry {
  const { key, kind } = place;
  const position = place.position.toWellFormed().replaceAll("\0", "\ufffd");
  const { start, end } = span;
  const ended = (defect: Defect, legacyId: string | null): UnnumberedEntry => ({
    key,
    position,
    kind,
    start,
    end,
    legacyId,
    data: undefined,
    defect,
  });
  if (span.defect) return ended(span.defect, idDespite(raw, span));
  if (span.type !== "object")
    return ended(
      { code: "RECORD_INVALID", offset: start, message: `A record is an object, not a ${span.type}.` },
      null,
    );
  const data: unknown = JSON.parse(raw.slice(start, end));
  // The keys of a ledger are its own names, whatever they say.
  const id = readId(kind === "ledger" ? {} : data, place.placeId);
  if (id === false)
    return ended(
      { code: "ID_INVALID", offset: start, message: `An id is a number or a text of 1 to ${maxIdLength} characters.` },
      null,
    );
  return { key, position, kind, start, end, legacyId: id, data, defect: null };
}

/** The id as text, `null` for none, `false` for one that cannot be taken. */
function readId(data: unknown, placeId: string | null): string | null | false {
  const id = memberOf(data, "id") ?? memberOf(data, "_id") ?? placeId;
  if (id === null) return null;
  if (typeof id === "number") return String(id);
  return typeof id === "string" && id.length > 0 && id.length <= maxIdLength && isStorableText(id) ? id : false;
}

/** `_id` is what document databases call it. */
const memberOf = (data: unknown, name: "id" | "_id"): unknown =>
  isJsonObject(data) && Object.hasOwn(data, name) ? (data[name] ?? null) : null;

/** The id of an element that is quarantined, where it can be told without a doubt; for people. */
function idDespite(raw: string, { start, end, type, defect }: Span): string | null {
  if (type !== "object" || end - start > 100_000) return null;
  if (defect?.code !== "TEXT_UNSUPPORTED" && defect?.code !== "PRECISION" && defect?.code !== "UNSERIALIZABLE")
    return null;
  try {
    const data: unknown = JSON.parse(raw.slice(start, end));
    const id = isJsonObject(data) && Object.hasOwn(data, "id") ? data.id : null;
    // A number may be the very one that lost its digits.
    return typeof id === "string" ? readId({ id }, null) || null : null;
  } catch {
    return null; // a raw U+0000; the defect has been named
  }
}
