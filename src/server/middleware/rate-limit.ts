/** So many requests a second for each user; who has more is told when to come back, and loses nothing by waiting. */
import { createMiddleware } from "hono/factory";
import { AdapterError } from "../../domain/errors.ts";
import type { Env } from "../env.ts";

export interface RateLimit {
  /** Requests a second, on average. */
  readonly perSecond: number;
  /** How many may come at once. */
  readonly burst: number;
}

/** An honest client with a long backlog sends large batches one after another, which stays far below this. */
export const defaultRateLimit: RateLimit = { perSecond: 100, burst: 500 };

const mostUsers = 10_000;

/**
 * A bucket for each school and user of the token; an address from a header (`X-Forwarded-For`) has no say.
 * @throws RATE_LIMITED with `retryAfter` in seconds, before anything of the request is done
 */
export function rateLimit({ perSecond, burst }: RateLimit, now: () => Date) {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return createMiddleware<Env>(async (c, next) => {
    const { school, user } = c.get("tenant");
    const key = `${school} ${user}`;
    const at = now().getTime();
    const last = buckets.get(key) ?? { tokens: burst, at };
    const tokens = Math.min(burst, last.tokens + (Math.max(0, at - last.at) / 1000) * perSecond);
    // Newest last, so that the first is the one to forget.
    buckets.delete(key);
    if (buckets.size >= mostUsers) for (const oldest of [...buckets.keys()].slice(0, 100)) buckets.delete(oldest);
    if (tokens < 1) {
      buckets.set(key, { tokens, at });
      const retryAfter = Math.max(1, Math.ceil((1 - tokens) / perSecond));
      throw new AdapterError("RATE_LIMITED", "Too many requests.", { facts: { retryAfter } });
    }
    buckets.set(key, { tokens: tokens - 1, at });
    await next();
  });
}
