/** Is the process there, is its database there, and what did it do. */
import { sql } from "drizzle-orm";
import { Hono } from "hono";
import type { Counters } from "../counters.ts";
import type { Env } from "../env.ts";
import type { Services } from "../services.ts";

export const healthRoutes = ({ db, log }: Services, counters: Counters): Hono<Env> =>
  new Hono<Env>()
    .get("/healthz", (c) => c.json({ ok: true }))
    .get("/readyz", async (c) => {
      try {
        await db.transaction((tx) => tx.rows(sql`select 1`));
        return c.json({ ok: true });
      } catch (error) {
        log.warn({ error: error instanceof Error ? error.name : "unknown" }, "not ready");
        return c.json({ ok: false }, 503);
      }
    })
    .get("/metrics", (c) => c.text(counters.text()));
