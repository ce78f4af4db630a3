/** `/api/migration`: imports, archive, ledger, backfill, proof and the ways back; for administrators alone. */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import * as wire from "../../domain/migration-wire.ts";
import { takeBackfill } from "../db/queries/backfill.ts";
import { resolveConflicts } from "../db/queries/conflicts.ts";
import { explainRecords } from "../db/queries/explain.ts";
import { noteExport } from "../db/queries/exports.ts";
import { findImport, listImports, openImport } from "../db/queries/imports.ts";
import { repairRecords } from "../db/queries/repair.ts";
import { rollbackImport } from "../db/queries/rollback.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import { requireAdmin } from "../require-admin.ts";
import type { Services } from "../services.ts";
import { ledgerRoutes } from "./ledger.ts";

const adminOnly = createMiddleware<Env>(async (c, next) => {
  requireAdmin(c.get("tenant"));
  await next();
});

export function migrationRoutes(services: Services): Hono<Env> {
  const { db, domains, now } = services;
  const base = "/api/migration";
  return new Hono<Env>()
    .use(`${base}/*`, adminOnly)
    .route("/", ledgerRoutes(services))
    .get(`${base}/imports`, async (c) => {
      const tenant = c.get("tenant");
      return c.json({ imports: await withTenant(db, tenant, (tx) => listImports(tx, tenant)) });
    })
    .post(`${base}/imports`, async (c) => {
      const tenant = c.get("tenant");
      const body = await parseBody(c, wire.openImport);
      return c.json(await withTenant(db, tenant, (tx) => openImport(tx, tenant, body, now())));
    })
    .get(`${base}/imports/:id`, async (c) => {
      const tenant = c.get("tenant");
      return c.json(await withTenant(db, tenant, (tx) => findImport(tx, tenant, c.req.param("id"))));
    })
    .post(`${base}/imports/:id/backfill`, async (c) => {
      const { epoch, parts } = await parseBody(c, wire.backfill);
      return c.json(await takeBackfill(services, c.get("tenant"), { importId: c.req.param("id"), epoch, parts }));
    })
    .post(`${base}/imports/:id/conflicts/resolve`, async (c) => {
      const tenant = c.get("tenant");
      const { parts } = await parseBody(c, wire.resolveConflicts);
      const task = { importId: c.req.param("id"), decisions: parts, at: now() };
      return c.json(await withTenant(db, tenant, (tx) => resolveConflicts(tx, tenant, domains, task)));
    })
    .post(`${base}/imports/:id/rollback`, async (c) => {
      const tenant = c.get("tenant");
      const { dryRun } = await parseBody(c, wire.rollback);
      const task = { importId: c.req.param("id"), dryRun, at: now() };
      return c.json(await withTenant(db, tenant, (tx) => rollbackImport(tx, tenant, domains, task)));
    })
    .post(`${base}/explain`, async (c) => {
      const tenant = c.get("tenant");
      const { domain, ids } = await parseBody(c, wire.explain);
      const found = domains.get(domain);
      return c.json(await withTenant(db, tenant, (tx) => explainRecords(tx, tenant, found, ids)));
    })
    .post(`${base}/repair`, async (c) => {
      const tenant = c.get("tenant");
      const body = await parseBody(c, wire.repair);
      const task = { ...body, at: now() };
      return c.json(await withTenant(db, tenant, (tx) => repairRecords(tx, tenant, domains, task)));
    })
    .post(`${base}/exports`, async (c) => {
      const tenant = c.get("tenant");
      const { seq } = await parseBody(c, wire.noteExport);
      return c.json(await withTenant(db, tenant, (tx) => noteExport(tx, tenant, seq, now())));
    });
}
