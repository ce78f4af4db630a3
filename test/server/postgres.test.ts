/** Row security where it counts: on a real PostgreSQL, through a pooled role that owns nothing. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasCode } from "../../src/domain/errors.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { openPostgres } from "../../src/server/db/database.ts";
import { type Tenant, withTenant } from "../../src/server/db/with-tenant.ts";
import { type Cluster, startPostgres } from "../support/postgres.ts";
import type { TestServer } from "../support/server.ts";

let cluster: Cluster;
let server: TestServer & { readonly ownerUrl: string };
beforeAll(async () => {
  cluster = await startPostgres();
  server = await cluster.server({ max: 2, rateLimit: { perSecond: 1e6, burst: 1e6 } });
});
afterAll(async () => {
  await server?.close();
  await cluster?.stop();
});

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "nothing was thrown",
    (error: unknown) => (hasCode("ROLE_UNSAFE", "TENANT_MISSING")(error) ? error.code : String(error)),
  );

test("S9: every table is under a forced policy and belongs to another role", async () => {
  const tables = await server.sql(`select c.relname as name, relrowsecurity and relforcerowsecurity as forced,
      (select count(*)::int from pg_policy p where p.polrelid = c.oid and p.polqual is not null and p.polwithcheck is not null) as policies,
      pg_get_userbyid(relowner) as owner
    from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'schema_migrations'`);
  expect(tables.length).toBeGreaterThan(17);
  for (const table of tables) expect(table).toMatchObject({ forced: true, policies: 1, owner: "owner" });
});

test("S9: a role that could get round the policies is refused at the start", async () => {
  const as = (role: string) => server.ownerUrl.replace("owner:owner", `${role}:x`);
  await server.sql(`create role bypass login bypassrls password 'x'; create role heir login password 'x';
    grant owner to heir; create role holder login password 'x'; create table held (x int); alter table held owner to holder;
    create role plain login password 'x'`);
  expect(await codeOf(openPostgres(server.ownerUrl))).toBe("ROLE_UNSAFE");
  for (const role of ["bypass", "heir", "holder"]) expect(await codeOf(openPostgres(as(role)))).toBe("ROLE_UNSAFE");
  await (await openPostgres(as("plain"))).close();
  await server.sql("drop table held");
});

test("S10: without a school there are no rows; a pool of two never mixes two schools", async () => {
  const schools = ["north", "south"].map((name) => schoolIdOf(name));
  for (const school of schools) await server.call("POST", "/api/students", { school, body: { name: school } });
  expect(await codeOf(withTenant(server.db, undefined, async () => 1))).toBe("TENANT_MISSING");
  const bare = () => server.db.transaction((tx) => tx.rows(sql`select name from students`));
  const one = async (i: number): Promise<string[]> => {
    const school = schools[i % 2] ?? "";
    const tenant: Tenant = { school: schoolIdOf(school), user: "u", role: "admin", studentId: null };
    if (i % 7 === 0) await withTenant(server.db, tenant, (tx) => tx.rows(sql`select 1 / 0`)).catch(() => {});
    if (i % 11 === 0) expect(await bare()).toEqual([]);
    const { body } = await server.call("GET", "/api/students", { school });
    return (body.items as { record: { name: string } }[]).map((item) => item.record.name);
  };
  const answers = await Promise.all(Array.from({ length: 1000 }, (_, i) => one(i)));
  answers.forEach((names, i) => {
    expect(names).toEqual([schools[i % 2]]);
  });
});
