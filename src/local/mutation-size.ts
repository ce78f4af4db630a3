/** How long the JSON of a mutation is, without writing it. */
import type { StoredMutation } from "./stored.ts";

/** Of what all mutations have besides their fields, names and ids included. */
const envelope = 215;

/**
 * In UTF-16 code units. What JSON has to escape counts once, and numbers count as a few digits: it is for limits, which are
 * no sharper than that.
 */
export const mutationSize = ({ fields }: StoredMutation): number => envelope + sizeOf(fields);

function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return 5;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += sizeOf(item) + 1;
  else for (const [name, of] of Object.entries(value)) size += name.length + 4 + sizeOf(of);
  return size;
}
