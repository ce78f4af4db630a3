/** The money inside a private lesson: one obligation, and a list of payments. */
import type { RecordId } from "../../domain/ids.ts";
import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import { idText } from "./convert.ts";
import { itemOf } from "./record-builder.ts";
import type { SourceObject } from "./source-object.ts";

export interface EmbeddedIdentity {
  readonly id: RecordId;
  readonly key: string;
  readonly externalId: string | null;
}

export interface EmbeddedPlace {
  readonly domain: "paymentObligations" | "payments";
  readonly path: string;
  readonly data: JsonObject;
  readonly rawId: string | null;
}

/** What of a lesson becomes a row of its own; anything else stays with the lesson. */
export function embeddedIn(source: SourceObject): readonly EmbeddedPlace[] {
  const places: EmbeddedPlace[] = [];
  const add = (domain: EmbeddedPlace["domain"], path: string, value: unknown): void => {
    if (!isJsonObject(value) || Object.keys(value).length === 0) return;
    const rawId = typeof value.id === "object" ? null : idText(value.id);
    places.push({ domain, path, data: value, rawId });
  };
  const obligation = source.peek("paymentObligation");
  if (obligation) add("paymentObligations", obligation.path, obligation.value);
  const records = source.peek("paymentRecords");
  if (records && Array.isArray(records.value))
    records.value.forEach((value: unknown, index) => {
      add("payments", itemOf(records, index, value).path, value);
    });
  return places;
}
