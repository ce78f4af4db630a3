/** `/api/migration/stage`: read by every role, changed by an administrator. */
import { Hono } from "hono";
import { putStage } from "../../domain/sync-wire.ts";
import { readSchool } from "../db/school.ts";
import { changeStage, stageOf } from "../db/stage.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import { requireAdmin } from "../require-admin.ts";
import type { Services } from "../services.ts";

export const stageRoutes = ({ db, domains, now }: Services): Hono<Env> =>
  new Hono<Env>()
    .get("/api/migration/stage", async (c) => {
      const tenant = c.get("tenant");
      return c.json(await withTenant(db, tenant, async (tx) => stageOf(await readSchool(tx, tenant.school))));
    })
    .put("/api/migration/stage", async (c) => {
      const tenant = c.get("tenant");
      requireAdmin(tenant);
      const body = await parseBody(c, putStage);
      const change = { ...body, at: now() };
      return c.json(await withTenant(db, tenant, (tx) => changeStage(tx, tenant, domains, change)));
    });
