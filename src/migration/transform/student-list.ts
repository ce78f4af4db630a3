/** The students that a class lists: as ids, or as objects with an id. */
import { isJsonObject } from "../../domain/json.ts";
import { idText } from "./convert.ts";
import { itemOf } from "./record-builder.ts";
import type { Found, SourceObject } from "./source-object.ts";

export interface ListedStudent {
  readonly item: Found;
  /** The leaf that holds the id. */
  readonly idAt: Found;
  readonly legacyId: string | null;
}

export interface StudentList {
  readonly list: Found;
  readonly students: readonly ListedStudent[];
}

/** The list, `null` when there is none. */
export function listedStudents(source: SourceObject): StudentList | null {
  for (const name of ["studentIds", "students"]) {
    const list = source.peek(name);
    if (!list || !Array.isArray(list.value) || list.value.length === 0) continue;
    return { list, students: list.value.map((value: unknown, index) => listed(itemOf(list, index, value))) };
  }
  return null;
}

function listed(item: Found): ListedStudent {
  if (!isJsonObject(item.value)) return { item, idAt: item, legacyId: idText(item.value) };
  const key = Object.hasOwn(item.value, "id") ? "id" : "studentId";
  const value = Object.hasOwn(item.value, key) ? item.value[key] : null;
  return { item, idAt: itemOf(item, key, value), legacyId: typeof value === "object" ? null : idText(value) };
}
