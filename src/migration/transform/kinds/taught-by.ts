/** The teacher that a class names by id: in an object, or in a field. */
import { isJsonObject } from "../../../domain/json.ts";
import type { LegacyEntry } from "../../types.ts";
import type { TransformContext } from "../context.ts";
import { idText } from "../convert.ts";
import { SourceObject } from "../source-object.ts";

export function taughtBy(context: TransformContext, entry: LegacyEntry): string | null {
  if (!isJsonObject(entry.data)) return null;
  const source = new SourceObject(context, entry.kind, entry.data, "");
  return idText(source.peek("teacher")?.value) ?? idText(source.peek("teacherId")?.value);
}
