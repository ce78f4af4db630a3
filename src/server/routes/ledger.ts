/** What an import keeps: archive, entries, parts, seal and proof. Mounted behind the check for administrators. */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import { AdapterError } from "../../domain/errors.ts";
import * as wire from "../../domain/migration-wire.ts";
import { readChunk, readManifest, storeChunk } from "../db/queries/archive.ts";
import { askKnown, readKnown } from "../db/queries/known.ts";
import { declareEntries, pageEntries, pageParts, sealImport, summarise } from "../db/queries/ledger.ts";
import { readProof, storeProof } from "../db/queries/proof.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import type { Services } from "../services.ts";

const outcomes = ["quarantined", "conflict", "erased", "excluded", "merged", "migrated"];

export function ledgerRoutes({ db, domains, now }: Services): Hono<Env> {
  const of = "/api/migration/imports/:id";
  return new Hono<Env>()
    .get(`${of}/archive`, async (c) => {
      const tenant = c.get("tenant");
      return c.json(await withTenant(db, tenant, (tx) => readManifest(tx, tenant, c.req.param("id"))));
    })
    .get(`${of}/archive/:value/:chunk`, async (c) => {
      const tenant = c.get("tenant");
      const [value, chunk] = [number(c.req.param("value"), "value"), number(c.req.param("chunk"), "chunk")];
      return c.json({
        data: await withTenant(db, tenant, (tx) => readChunk(tx, tenant, c.req.param("id"), value, chunk)),
      });
    })
    .post(`${of}/archive`, async (c) => {
      const tenant = c.get("tenant");
      const chunk = await parseBody(c, wire.archiveChunk);
      const complete = await withTenant(db, tenant, (tx) => storeChunk(tx, tenant, c.req.param("id"), chunk));
      return c.json({ complete });
    })
    .post(`${of}/entries`, async (c) => {
      const tenant = c.get("tenant");
      const { entries } = await parseBody(c, wire.postEntries);
      return c.json(await withTenant(db, tenant, (tx) => declareEntries(tx, tenant, c.req.param("id"), entries)));
    })
    .post(`${of}/seal`, async (c) => {
      const tenant = c.get("tenant");
      const said = await parseBody(c, wire.seal);
      return c.json(await withTenant(db, tenant, (tx) => sealImport(tx, tenant, c.req.param("id"), said)));
    })
    .post(`${of}/known`, async (c) => {
      const tenant = c.get("tenant");
      const asked = await parseBody(c, wire.askKnown);
      const about = { importId: c.req.param("id"), domain: domains.get(asked.domain), ids: asked.ids };
      return c.json(await withTenant(db, tenant, (tx) => askKnown(tx, tenant, about)));
    })
    .get(`${of}/known`, async (c) => {
      const tenant = c.get("tenant");
      return c.json(await withTenant(db, tenant, (tx) => readKnown(tx, tenant, c.req.param("id"))));
    })
    .get(`${of}/ledger`, async (c) => {
      const tenant = c.get("tenant");
      return c.json(await withTenant(db, tenant, (tx) => summarise(tx, tenant, c.req.param("id"))));
    })
    .get(`${of}/ledger/parts`, async (c) => {
      const tenant = c.get("tenant");
      const after = c.req.query("after");
      const [entry = "", part = ""] = after?.split(".") ?? [];
      const place = after === undefined ? null : ([number(entry, "after"), number(part, "after")] as const);
      const page = { ...pageOf(c), after: place };
      return c.json(await withTenant(db, tenant, (tx) => pageParts(tx, tenant, c.req.param("id"), page)));
    })
    .get(`${of}/ledger/entries`, async (c) => {
      const tenant = c.get("tenant");
      const after = c.req.query("after");
      const page = { ...pageOf(c), after: after === undefined ? null : number(after, "after") };
      return c.json(await withTenant(db, tenant, (tx) => pageEntries(tx, tenant, c.req.param("id"), page)));
    })
    .get(`${of}/proof`, async (c) => {
      const tenant = c.get("tenant");
      const proof = await withTenant(db, tenant, (tx) => readProof(tx, tenant, c.req.param("id")));
      if (!proof) throw new AdapterError("NOT_FOUND", "This import has no proof yet.");
      return c.json(proof);
    })
    .post(`${of}/proof`, async (c) => {
      const tenant = c.get("tenant");
      const task = { proof: await parseBody(c, z.record(z.string(), z.unknown())), at: now() };
      return c.json(await withTenant(db, tenant, (tx) => storeProof(tx, tenant, c.req.param("id"), task)));
    });
}

function pageOf(c: Context<Env>): { outcome: string | null; limit: number } {
  const outcome = c.req.query("outcome") ?? null;
  if (outcome !== null && !outcomes.includes(outcome)) throw refused("outcome");
  const limit = number(c.req.query("limit") ?? "1000", "limit");
  if (limit < 1 || limit > 10_000) throw refused("limit");
  return { outcome, limit };
}

/** @throws BAD_REQUEST for anything but the digits of a PostgreSQL integer */
function number(text: string, place: string): number {
  if (!/^\d{1,9}$/.test(text)) throw refused(place);
  return Number(text);
}

const refused = (place: string): AdapterError =>
  new AdapterError("BAD_REQUEST", `The parameter ${place} cannot be used as it stands.`, { place });
