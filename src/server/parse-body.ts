/** From a request's bytes to a value that fits its schema. */
import type { Context } from "hono";
import type * as z from "zod/mini";
import { AdapterError, type ErrorCode } from "../domain/errors.ts";
import { isForbiddenKey, maxDepth } from "../domain/json.ts";
import type { Env } from "./env.ts";

/** The request around the records may be nested this much more than a record. */
const wrapping = 20;

/**
 * The body as JSON, checked against the schema.
 * @param codeAt another code for what is wrong at a place, where BAD_REQUEST says too little
 * @throws BAD_REQUEST naming the place; LIMIT when it is nested too deep
 */
export async function parseBody<S extends z.ZodMiniType>(
  c: Context<Env>,
  schema: S,
  codeAt: (place: string) => ErrorCode = () => "BAD_REQUEST",
): Promise<z.infer<S>> {
  const value = parseJson(c.get("body") ?? new Uint8Array(await c.req.arrayBuffer()));
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data as z.infer<S>;
  const issue = parsed.error.issues[0];
  const place = `/${(issue?.path ?? []).map(String).join("/")}`;
  // The value itself is not repeated: it may be personal.
  const what = issue?.code === "unrecognized_keys" ? "unknown key" : (issue?.message ?? "invalid");
  throw new AdapterError(codeAt(place), `The request is refused at ${place}: ${what}.`, { place });
}

function parseJson(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new AdapterError("BAD_REQUEST", "The body is not JSON in UTF-8.", { place: "/", cause });
  }
  refuseTraps(value);
  return value;
}

/** Walks with a list of its own, so that depth costs no stack. */
function refuseTraps(root: unknown): void {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth + wrapping) {
      throw new AdapterError("LIMIT", `The body is nested deeper than ${maxDepth + wrapping}.`, { place: "/" });
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      if (Array.isArray(value)) for (const item of value) next.push(item);
      else
        for (const [key, item] of Object.entries(value)) {
          if (isForbiddenKey(key)) {
            throw new AdapterError("BAD_REQUEST", `The key ${key} is refused.`, { place: `at depth ${depth}` });
          }
          if (typeof item === "object") next.push(item);
        }
    }
    level = next;
  }
}
