/** A column's value as the old app would have written it, in the form of what stood there before. */
import type { Field } from "../../domain/fields.ts";
import { NumberText } from "./old-json.ts";

export interface OldLeaf {
  /** What stands there; `undefined` where nothing does. */
  readonly leaf: unknown;
  /** For a reference: the id by which the old app knows the record. */
  readonly legacyId: string | null;
  /** The old app wrote this number as text. */
  readonly asText: boolean;
  /** The old app wrote this day with a time. */
  readonly withTime: boolean;
}

/** `undefined` = the member goes. */
export function leafValue(field: Field, value: unknown, { leaf, legacyId, asText, withTime }: OldLeaf): unknown {
  if (value === null || value === undefined)
    return typeof leaf === "string" && (field.kind === "text" || field.kind === "id") && !field.options
      ? ""
      : undefined;
  const text = String(value);
  switch (field.kind) {
    case "id": {
      const id = legacyId ?? text;
      return typeof leaf === "number" && String(Number(id)) === id ? Number(id) : id;
    }
    case "decimal":
      // The old app calculates with it, so a number stays one as long as no digit is lost.
      return asText || typeof leaf === "string" || text.replace(/\D/g, "").length > 15 ? text : new NumberText(text);
    case "date":
      if (typeof leaf === "string" && /^\d{4}-\d{2}-\d{2}T/.test(leaf)) return text + leaf.slice(10);
      return withTime ? `${text}T00:00:00.000Z` : text;
    default:
      return value;
  }
}
