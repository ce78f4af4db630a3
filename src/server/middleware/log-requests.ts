/** One line a request: method, route, status, time. No query, header or body, which could hold personal data. */
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Counters } from "../counters.ts";
import type { Env } from "../env.ts";
import type { Logger } from "../services.ts";

export const logRequests = (log: Logger, counters: Counters, monotonic: () => number) =>
  createMiddleware<Env>(async (c, next) => {
    const start = monotonic();
    await next();
    const ms = Math.round(monotonic() - start);
    counters.count(c.res.status);
    // The pattern of the route, not the path, so that no id is in it.
    log.info(
      { requestId: c.get("requestId"), method: c.req.method, route: routePath(c, -1), status: c.res.status, ms },
      "request",
    );
  });
