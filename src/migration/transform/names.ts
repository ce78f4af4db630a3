/** The name that a legacy record is shown by. */
import type { EntryKind } from "../../domain/legacy.ts";
import { nameOf } from "./convert.ts";
import type { SourceObject } from "./source-object.ts";

const named: ReadonlySet<EntryKind> = new Set(["student", "teacher", "classroom", "class", "term", "assessment"]);

/** True for kinds whose record cannot be without a name (or title). */
export const requiresName = (kind: EntryKind): boolean => named.has(kind);

/** The parts that a name may be given in. */
export const nameParts = ["firstName", "middleName", "lastName"] as const;

/** The name as a record will hold it; `null` when there is none. */
export function shownName(source: SourceObject): string | null {
  const name = source.peek(source.kind === "assessment" ? "title" : "name")?.value;
  if (typeof name === "string" && name !== "") return name;
  if (typeof name === "number") return String(name);
  if (source.kind !== "student" && source.kind !== "teacher") return null;
  return nameOf(nameParts.map((part) => source.peek(part)?.value)) || null;
}
