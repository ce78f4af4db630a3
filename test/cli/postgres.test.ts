import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startPostgres } from "../support/postgres.ts";
import { cli, scratch } from "./command-line.ts";

let cluster: Cluster;
let place: ReturnType<typeof scratch>;
beforeAll(async () => {
  cluster = await startPostgres();
  place = scratch();
  const students = JSON.stringify([{ id: "s1", name: "Ada", status: "active", joinDate: "2024-09-01" }]);
  writeFileSync(place.file("school.json"), JSON.stringify({ students }));
});
afterAll(async () => {
  await cluster.stop();
  place[Symbol.dispose]();
});

test("--to postgres with the owner once; afterwards the runtime role alone does everything", async () => {
  const owner = await cluster.createDatabase();
  const to = owner.replace("owner:owner", "runtime:runtime");
  const early = await cli(["status", "--to", to, "--json"], { cwd: place.folder });
  expect([early.code, early.json()]).toMatchObject([2, { error: { code: "CONFIG_INVALID", place: "--to" } }]);
  const made = await cli(["migrate", "school.json", "--to", to, "--owner-url", owner, "--json"], { cwd: place.folder });
  expect([made.code, made.json()]).toMatchObject([
    0,
    { ledger: { entries: 1, balanced: true }, verification: { equal: true } },
  ]);
  const env = { DATABASE_URL: to };
  const verified = await cli(["verify", "--deep", "--json"], { cwd: place.folder, env });
  expect([verified.code, verified.json()]).toMatchObject([0, { verification: { equal: true, differences: [] } }]);
  const { checks } = (await cli(["doctor", "--json"], { cwd: place.folder, env })).json() as unknown as {
    checks: { name: string; state: string }[];
  };
  expect(checks.find((check) => check.name === "role")).toMatchObject({ state: "ok" });
});

test("S9: --to with the owner's role is refused, and doctor says why", async () => {
  const owner = await cluster.createDatabase();
  const refused = await cli(["migrate", "school.json", "--to", owner, "--json"], { cwd: place.folder });
  expect([refused.code, refused.json()]).toMatchObject([1, { error: { code: "ROLE_UNSAFE" } }]);
  const { code, out } = await cli(["doctor", "--to", owner], { cwd: place.folder });
  expect(code).toBe(1);
  expect(out).toMatch(/WRONG role: ROLE_UNSAFE/);
});

test("two schools in one database do not see each other", async () => {
  const owner = await cluster.createDatabase();
  const to = ["--to", owner.replace("owner:owner", "runtime:runtime"), "--owner-url", owner];
  const run = async (...args: string[]) => {
    const ran = await cli([...args, ...to, "--json"], { cwd: place.folder });
    return { code: ran.code, value: ran.json() as Record<string, unknown> };
  };
  const hill = await run("migrate", "school.json", "--school", "Hill");
  expect((await run("status", "--school", "Dale")).value).toMatchObject({ domains: {}, imports: [] });
  const importId = String(hill.value.importId);
  for (const command of ["verify", "repair", "rollback"])
    expect((await run(command, "--school", "Dale", "--import", importId)).value).toMatchObject({
      error: { code: "IMPORT_UNKNOWN" },
    });
  expect((await run("migrate", "school.json", "--school", "Dale")).code).toBe(0);
  expect((await run("verify", "--school", "Hill")).value).toMatchObject({ verification: { equal: true } });
});
