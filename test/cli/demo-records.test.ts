/** Records that the old app came with: shown, asked about, left out when somebody says so, and the same ever after. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/server/listen.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { cli, scratch, type World } from "./command-line.ts";

const secret = "a secret for tests, of at least 32 bytes";

const demo = { students: JSON.stringify([{ id: "d1", name: "Demo Dora", status: "active" }]), teachers: "[]" };
const school = {
  // The same, its keys in another order.
  students: JSON.stringify([
    { name: "Demo Dora", id: "d1", status: "active" },
    { id: "s1", name: "Ada", status: "active" },
  ]),
  classes: JSON.stringify([{ id: "c1", name: "Maths", studentIds: ["s1", "d1"] }]),
};

let server: TestServer;
let url: string;
let close: () => Promise<void>;
let place: ReturnType<typeof scratch>;
let token: string;
let schools = 0;
beforeAll(async () => {
  server = await testServer({ rateLimit: { perSecond: 10_000, burst: 10_000 } });
  ({ url, close } = await listen(server.server, { port: 0 }));
  place = scratch();
  writeFileSync(place.file("demo.json"), JSON.stringify(demo));
  writeFileSync(place.file("school.json"), JSON.stringify(school));
});
afterAll(async () => {
  await close();
  await server.close();
  place[Symbol.dispose]();
});
beforeEach(async () => {
  schools += 1;
  const made = await cli(["token", "--school", `Demo ${schools}`], { cwd: place.folder, env: { HDA_SECRET: secret } });
  token = made.out.trim();
});

/** A command that asks the server; `audit` asks none. */
const run = (args: readonly string[], world: Partial<World> = {}) =>
  cli(args[0] === "audit" ? args : [...args, "--to", url], { cwd: place.folder, env: { HDA_TOKEN: token }, ...world });
const json = async (args: readonly string[]) => (await run([...args, "--json"])).json() as Record<string, unknown>;

test("the audit asks about them, and a migration nobody decided about takes them along", async () => {
  const audited = await run(["audit", "school.json", "--demo", "demo.json"]);
  expect(audited.out).toContain("DEMO");
  expect(audited.out).toContain("students[0]");
  const value = await json(["migrate", "school.json", "--demo", "demo.json"]);
  expect(value).toMatchObject({ domains: { students: { records: 2 } }, ledger: { byOutcome: { excluded: 0 } } });
});

test("L5: --exclude-demo leaves them out by name: counted in the ledger, proven, and left out by a second run and by verify", async () => {
  const first = await json(["migrate", "school.json", "--demo", "demo.json", "--exclude-demo"]);
  expect(first).toMatchObject({
    ledger: { balanced: true, byOutcome: { excluded: 1 }, partsByOutcome: { excluded: 1 } },
    domains: { students: { records: 1 }, enrollments: { records: 1 } },
    verification: { equal: true },
  });
  const again = await json(["migrate", "school.json"]);
  expect(again).toMatchObject({ verification: { equal: true }, ledger: { byOutcome: { excluded: 1 } } });
  expect(await json(["verify", "--deep"])).toMatchObject({
    verification: { equal: true, differences: [] },
  });
  expect(await json(["verify", "school.json"])).toMatchObject({ verification: { equal: true } });
  const back = await run(["export", "--layout", "origin"]);
  expect(JSON.parse(back.out)).toEqual(school);
});

test("a run that was stopped before it came to them leaves them out when it goes on", async () => {
  const stop = new AbortController();
  const args = ["migrate", "school.json", "--demo", "demo.json", "--exclude-demo"];
  const stopped = await run(args, { signal: stop.signal, onOutput: () => stop.abort() });
  expect(stopped.code).toBe(130);
  const value = await json(args);
  expect(value).toMatchObject({
    verification: { equal: true },
    ledger: { balanced: true, byOutcome: { excluded: 1 } },
  });
});

test("on a terminal it is asked; no keeps them", async () => {
  const kept = await run(["migrate", "school.json", "--demo", "demo.json", "--dry-run", "--json"]);
  expect(kept.json()).toMatchObject({ domains: { students: { records: 2 } } });
  const world = { answers: ["y"] };
  const ran = await run(["migrate", "school.json", "--demo", "demo.json", "--json"], world);
  expect(ran.err).toContain("1 entry equal records that the app came with. Leave them out?");
  expect(ran.json()).toMatchObject({ domains: { students: { records: 1 } }, verification: { equal: true } });
});
