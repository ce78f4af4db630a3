/** Changing a JSON value by JSON pointers. */
import { AdapterError } from "../../domain/errors.ts";
import { isForbiddenKey } from "../../domain/json.ts";

const stepsOf = (pointer: string): string[] =>
  pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

type Holder = Record<string, unknown>;

/** The object or list that holds the last step; missing objects on the way are made. */
function holderOf(root: unknown, steps: readonly string[]): Holder | null {
  let at = root as Holder;
  for (const step of steps.slice(0, -1)) {
    if (isForbiddenKey(step)) throw new AdapterError("BAD_REQUEST", `The key ${step} is refused.`);
    const next = Object.hasOwn(at, step) ? at[step] : undefined;
    if (typeof next === "object" && next !== null) at = next as Holder;
    else if (next === undefined) {
      at[step] = {};
      at = at[step] as Holder;
    } else return null;
  }
  return at;
}

/**
 * Sets the value at a pointer.
 * @returns false where a text or number stands in the way
 * @throws BAD_REQUEST for a key that reaches a prototype
 */
export function setAt(root: unknown, pointer: string, value: unknown): boolean {
  const steps = stepsOf(pointer);
  const last = steps.at(-1);
  if (last === undefined || isForbiddenKey(last))
    throw new AdapterError("BAD_REQUEST", `The path ${pointer} is refused.`);
  const holder = holderOf(root, steps);
  if (!holder) return false;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return true;
}

/** Removes values by pointer; items of one list from behind, so that the indexes before them stay true. */
export function removeAll(root: unknown, pointers: readonly string[]): void {
  const ordered = [...new Set(pointers)].sort((a, b) => Number(stepsOf(b).at(-1)) - Number(stepsOf(a).at(-1)));
  for (const pointer of ordered) {
    const steps = stepsOf(pointer);
    const holder = holderOf(root, steps);
    const last = steps.at(-1) ?? "";
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else if (holder) delete holder[last];
  }
}
