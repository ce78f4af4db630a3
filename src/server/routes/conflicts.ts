/** `/api/conflicts`: what nobody decided yet, and the decision. */
import { Hono } from "hono";
import { resolveOpen as resolveOpenBody } from "../../domain/conflict-wire.ts";
import { AdapterError } from "../../domain/errors.ts";
import { openConflicts } from "../db/queries/open-conflicts.ts";
import { resolveOpen } from "../db/queries/resolve-open.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import { requireAdmin } from "../require-admin.ts";
import type { Services } from "../services.ts";

const defaultLimit = 100;

export function conflictRoutes(services: Services): Hono<Env> {
  const { db, domains } = services;
  return new Hono<Env>()
    .get("/api/conflicts", async (c) => {
      const tenant = c.get("tenant");
      const importId = c.req.query("import") ?? null;
      if (importId !== null) requireAdmin(tenant);
      const limit = Number(c.req.query("limit") ?? defaultLimit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
        throw new AdapterError("BAD_REQUEST", "The parameter limit is no number from 1 to 1,000.", { place: "limit" });
      }
      const query = { importId, after: c.req.query("after") ?? null, limit };
      return c.json(await withTenant(db, tenant, (tx) => openConflicts(tx, tenant, domains, query)));
    })
    .post("/api/conflicts/resolve", async (c) => {
      const tenant = c.get("tenant");
      const body = await parseBody(c, resolveOpenBody);
      return c.json(await withTenant(db, tenant, (tx) => resolveOpen(tx, services, tenant, body)));
    });
}
