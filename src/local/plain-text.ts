/** The JSON of a value that was stored as it is, and not as text; what JSON would bend is refused. */
import { AdapterError } from "../domain/errors.ts";
import { maxDepth } from "../domain/json.ts";

/**
 * The text of the value, its members in their order; a member that is `undefined` is as good as absent.
 * @throws UNSERIALIZABLE (a Date, a Blob, NaN, a cycle, …), LIMIT (nested deeper than 200), each with the path
 */
export function plainText(value: unknown): string {
  check(value, "", []);
  return JSON.stringify(value);
}

function check(value: unknown, path: string, above: readonly object[]): void {
  switch (typeof value) {
    case "string":
    case "boolean":
      return;
    case "number":
      if (!Number.isFinite(value) || Object.is(value, -0))
        throw refused(Object.is(value, -0) ? "-0" : `${value}`, path);
      return;
    case "object":
      if (value !== null) checkObject(value, path, above);
      return;
    default:
      throw refused(typeof value, path);
  }
}

function checkObject(value: object, path: string, above: readonly object[]): void {
  if (above.includes(value)) throw refused("cycle", path);
  if (above.length >= maxDepth)
    throw new AdapterError("LIMIT", `Nested deeper than ${maxDepth} at ${path}.`, { place: path });
  const inside = [...above, value];
  if (Array.isArray(value)) {
    // By index: a hole is no item.
    for (let i = 0; i < value.length; i++) check(value[i], `${path}/${i}`, inside);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // What comes out of a database may be of another realm: then its prototype is not ours, but it is nobody's child either.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw refused(nameOf(value), path);
  if (isBuiltIn(value)) throw refused(nameOf(value), path);
  for (const [key, member] of Object.entries(value)) if (member !== undefined) check(member, `${path}/${key}`, inside);
}

/** `[object Date]`, `[object Map]`, … */
const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);
const isBuiltIn = (value: object): boolean => tagOf(value) !== "Object";
const nameOf = (value: object): string => tagOf(value);

const refused = (what: string, path: string): AdapterError =>
  new AdapterError("UNSERIALIZABLE", `JSON has no ${what} (at ${path || "/"}).`, { place: path });
