/** `/api/sync/digest`: sums of digests by domain and id range, for every role over what it may read. */
import { type Context, Hono } from "hono";
import type { Domain } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { mayRead } from "../authorise.ts";
import { type DigestScope, listDigests, longestPrefix, sumDigests } from "../db/queries/digest.ts";
import { withTenant } from "../db/with-tenant.ts";
import type { Env } from "../env.ts";
import { requireAdmin } from "../require-admin.ts";
import type { Services } from "../services.ts";

export function digestRoutes({ db, domains }: Services): Hono<Env> {
  const scopeOf = (c: Context<Env>): DigestScope => {
    const tenant = c.get("tenant");
    const names = listOf(c, "domain");
    const asked = names?.map((name) => domains.get(name));
    for (const domain of asked ?? []) mayRead(tenant, domain);
    const readable = (domain: Domain): boolean => domain.rights[tenant.role] !== "none";
    const prefixes = listOf(c, "prefix");
    if (prefixes?.some((prefix) => !/^[0-9a-f]{0,8}$/.test(prefix))) throw refused("prefix");
    const importId = c.req.query("import") ?? null;
    if (importId !== null) requireAdmin(tenant);
    return { domains: [...new Set(asked ?? domains.all.filter(readable))], prefixes, importId };
  };
  return new Hono<Env>()
    .get("/api/sync/digest", async (c) => {
      const width = c.req.query("width") ?? "0";
      if (!/^\d$/.test(width) || Number(width) > longestPrefix) throw refused("width");
      const scope = { ...scopeOf(c), width: Number(width) };
      return c.json(await withTenant(db, c.get("tenant"), (tx) => sumDigests(tx, c.get("tenant"), scope)));
    })
    .get("/api/sync/digest/records", async (c) => {
      const scope = scopeOf(c);
      if (scope.domains.length !== 1) throw refused("domain");
      return c.json(await withTenant(db, c.get("tenant"), (tx) => listDigests(tx, c.get("tenant"), scope)));
    });
}

const listOf = (c: Context<Env>, name: string): readonly string[] | null => {
  const text = c.req.query(name);
  return text === undefined ? null : [...new Set(text.split(","))];
};

const refused = (place: string): AdapterError =>
  new AdapterError("BAD_REQUEST", `The parameter ${place} cannot be used as it stands.`, { place });
