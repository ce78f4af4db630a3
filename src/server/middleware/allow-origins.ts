/** Which pages of other origins may call: those listed, by name; never "any", and never with cookies. */
import { cors } from "hono/cors";
import { AdapterError } from "../../domain/errors.ts";

/** @throws CONFIG_INVALID for `*` or anything that is no origin */
export function allowOrigins(origins: readonly string[]) {
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new AdapterError("CONFIG_INVALID", `"${origin}" is not an origin such as https://school.example.`);
    }
  }
  return cors({
    origin: (origin) => (origins.includes(origin) ? origin : null),
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: ["authorization", "content-type", "content-encoding", "if-match", "x-request-id"],
    exposeHeaders: ["etag", "retry-after", "x-request-id"],
    credentials: false,
    maxAge: 600,
  });
}
