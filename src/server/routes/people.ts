/** `/api/people`: records entered twice, shown, joined, kept apart and split again; for administrators alone. */
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { parseRecordId } from "../../domain/ids.ts";
import * as wire from "../../domain/people-wire.ts";
import type { Tx } from "../db/database.ts";
import { joinPeople } from "../db/queries/join-people.ts";
import { candidatePairs, domainOf, joinable, keepApart, listAliases } from "../db/queries/people.ts";
import { splitPeople } from "../db/queries/split-people.ts";
import { tried } from "../db/tried.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { parseBody } from "../parse-body.ts";
import { requireAdmin } from "../require-admin.ts";
import type { Services } from "../services.ts";

const adminOnly = createMiddleware<Env>(async (c, next) => {
  requireAdmin(c.get("tenant"));
  await next();
});

export function peopleRoutes({ db, domains, now }: Services): Hono<Env> {
  const inTenant = <T>(c: Context<Env>, run: (tx: Tx) => Promise<T>): Promise<T> =>
    withTenant(db, c.get("tenant"), run);
  return new Hono<Env>()
    .use("/api/people", adminOnly)
    .use("/api/people/*", adminOnly)
    .get("/api/people", async (c) => {
      const name = c.req.query("domain");
      const wanted = name === undefined ? joinable(domains) : [domains.get(name)];
      return c.json(await inTenant(c, (tx) => candidatePairs(tx, c.get("tenant"), domains, wanted)));
    })
    .get("/api/people/aliases", async (c) => c.json(await inTenant(c, (tx) => listAliases(tx, c.get("tenant")))))
    .post("/api/people/join", async (c) => {
      const body = await parseBody(c, wire.joinPeople);
      const [survivor, other] = [parseRecordId(body.survivor), parseRecordId(body.other)];
      const run = async (tx: Tx) => {
        const domain = await domainOf(tx, domains, { domain: body.domain, id: survivor });
        return joinPeople(tx, c.get("tenant"), domains, { domain, survivor, other, at: now() });
      };
      return c.json(await inTenant(c, (tx) => (body.dryRun ? tried(tx, run) : run(tx))));
    })
    .post("/api/people/split", async (c) => {
      const body = await parseBody(c, wire.splitPeople);
      const other = parseRecordId(body.other);
      const run = (tx: Tx) => splitPeople(tx, c.get("tenant"), domains, { domain: body.domain, other, at: now() });
      return c.json(await inTenant(c, (tx) => (body.dryRun ? tried(tx, run) : run(tx))));
    })
    .post("/api/people/apart", async (c) => {
      const { domain: name, a, b } = await parseBody(c, wire.keepApart);
      return c.json(
        await inTenant(c, async (tx) => {
          const domain = await domainOf(tx, domains, { domain: name, id: a });
          await keepApart(tx, c.get("tenant"), domain, { a, b, at: now() });
          return { domain: domain.name };
        }),
      );
    });
}
