/** JSON values: their type, and the one check that decides whether a value may be stored. */
import { AdapterError } from "./errors.ts";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Names that would reach an object's prototype; refused wherever keys come from outside. */
export const isForbiddenKey = (key: string): boolean =>
  key === "__proto__" || key === "constructor" || key === "prototype";

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** True when PostgreSQL can hold the text: no U+0000, no unpaired surrogate. */
export const isStorableText = (text: string): boolean => !text.includes("\0") && text.isWellFormed();

/** How deep a value may be nested. PostgreSQL and JSON.parse stand more; nobody's record needs it. */
export const maxDepth = 200;

/**
 * The value itself, with the keys of its objects in code-unit order, so that equal values have equal text.
 * @throws UNSERIALIZABLE (a value JSON does not have, a cycle), TEXT_UNSUPPORTED, PRECISION, BAD_REQUEST (a forbidden
 * key), LIMIT (nested deeper than 200), each with the path.
 */
export function canonicalJson(value: unknown, path = "", depth = 0): Json {
  if (depth > maxDepth) throw new AdapterError("LIMIT", `Nested deeper than ${maxDepth} at ${path}.`, { place: path });
  switch (typeof value) {
    case "string":
      if (isStorableText(value)) return value;
      throw new AdapterError("TEXT_UNSUPPORTED", `The text at ${path || "/"} holds U+0000 or half a surrogate pair.`, {
        place: path,
      });
    case "boolean":
      return value;
    case "number":
      return canonicalNumber(value, path);
    case "object":
      if (value === null) return null;
      if (Array.isArray(value)) {
        return Array.from(value, (item, index) => canonicalJson(item, `${path}/${index}`, depth + 1));
      }
      return canonicalObject(value, path, depth);
    default:
      throw unserializable(typeof value, path);
  }
}

function canonicalNumber(value: number, path: string): number {
  if (!Number.isFinite(value) || Object.is(value, -0))
    throw unserializable(Object.is(value, -0) ? "-0" : `${value}`, path);
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new AdapterError("PRECISION", `The number at ${path || "/"} is beyond 2^53.`, { place: path });
  }
  return value;
}

function canonicalObject(value: object, path: string, depth: number): JsonObject {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw unserializable(value.constructor?.name ?? "object", path);
  const result: Record<string, Json> = {};
  for (const key of Object.keys(value).sort()) {
    if (isForbiddenKey(key))
      throw new AdapterError("BAD_REQUEST", `The key ${path}/${key} is refused.`, { place: path });
    if (!isStorableText(key))
      throw new AdapterError("TEXT_UNSUPPORTED", `A key at ${path || "/"} cannot be stored.`, { place: path });
    result[key] = canonicalJson((value as Record<string, unknown>)[key], `${path}/${key}`, depth + 1);
  }
  return result;
}

const unserializable = (what: string, path: string): AdapterError =>
  new AdapterError("UNSERIALIZABLE", `JSON has no ${what} (at ${path || "/"}).`, { place: path });

/** RFC 6901: one step of a JSON pointer. */
export const pointerStep = (key: string | number): string =>
  `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;

/** RFC 6901: the value at a pointer, or `undefined` where there is none. */
export function atPointer(value: unknown, pointer: string): unknown {
  if (pointer === "") return value;
  let at: unknown = value;
  for (const step of pointer.slice(1).split("/")) {
    if (typeof at !== "object" || at === null) return undefined;
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  }
  return at;
}
