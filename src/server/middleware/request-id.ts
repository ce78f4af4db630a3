/** Every request has an id, in the answer and in the log, by which a report finds its line. */
import { createMiddleware } from "hono/factory";
import type { Env } from "../env.ts";

const acceptable = /^[A-Za-z0-9_-]{8,64}$/;

export const requestId = createMiddleware<Env>(async (c, next) => {
  const given = c.req.header("x-request-id");
  const id = given && acceptable.test(given) ? given : crypto.randomUUID();
  c.set("requestId", id);
  await next();
  c.header("x-request-id", id);
});
