import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/server/listen.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { cli, type Ran, scratch, type World } from "./command-line.ts";

const ada = { id: "s1", name: "Ada", email: "ada@hill.example", status: "active", joinDate: "2024-09-01" };
const bob = { id: "s2", name: "Bob", email: "", status: "inactive", joinDate: "2024-09-02" };
const maths = { id: "c1", name: "Maths", teacherId: "t1", studentIds: ["s1", "s2", "nobody"] };
const gauss = { id: "t1", name: "Gauss", email: "gauss@hill.example" };
const dump = {
  students: JSON.stringify([ada, bob], null, 2),
  teachers: JSON.stringify([gauss]),
  classes: JSON.stringify([maths]),
};

let server: TestServer;
let url: string;
let place: ReturnType<typeof scratch>;
let close: () => Promise<void>;
let schools = 0;
/** A school of its own for each test. */
let school: string;
let token: string;

beforeAll(async () => {
  server = await testServer({ rateLimit: { perSecond: 10_000, burst: 10_000 } });
  const listening = await listen(server.server, { port: 0 });
  ({ url, close } = listening);
  place = scratch();
});
afterAll(async () => {
  await close();
  await server.close();
  place[Symbol.dispose]();
});
beforeEach(async () => {
  schools += 1;
  school = `School ${schools}`;
  const made = await cli(["token", "--school", school], { cwd: place.folder, env: { HDA_SECRET: secret } });
  token = made.out.trim();
  writeFileSync(place.file("school.json"), JSON.stringify(dump));
});
const secret = "a secret for tests, of at least 32 bytes";

const run = (args: readonly string[], world: Partial<World> = {}): Promise<Ran> =>
  cli([...args, "--to", url], { cwd: place.folder, ...world, env: { HDA_TOKEN: token } });
const json = async (args: readonly string[], world?: Partial<World>) => {
  const ran = await run([...args, "--json"], world);
  return { code: ran.code, value: ran.json() as Record<string, unknown> };
};

test("migrate --json prints one object with ledger, domains and verification, and nothing on stderr", async () => {
  const ran = await run(["migrate", "school.json", "--json"]);
  expect([ran.code, ran.err]).toEqual([0, ""]);
  expect(ran.json()).toMatchObject({
    ledger: { entries: 4, balanced: true, byOutcome: { quarantined: 1, migrated: 3 } },
    domains: { students: { records: 2 }, classes: { records: 1 }, enrollments: { records: 2 } },
    verification: { equal: true, differences: [] },
    backup: { restoredEqual: true },
  });
  expect((await json(["verify"])).value).toMatchObject({ verification: { equal: true, differences: [] } });
});

test("piped, migrate prints lines of progress on stderr and the result alone on stdout", async () => {
  const { code, out, err } = await run(["migrate", "school.json"]);
  expect(code).toBe(0);
  expect(err).toMatch(/^archive: 3 of 3 values$/m);
  expect(err).toMatch(/^backfill students: [1-9]\d* of 7 parts$/m);
  expect(out).toMatch(/Ledger: balanced/);
  expect(out).toMatch(/Verification: equal/);
  expect(out).not.toMatch(/^archive/m);
});

test("--dry-run writes nothing anywhere and estimates the time", async () => {
  const { code, value } = await json(["migrate", "school.json", "--dry-run"]);
  expect(code).toBe(0);
  expect(value).toMatchObject({ dryRun: true, ledger: { balanced: true }, estimate: { seconds: expect.any(Number) } });
  expect((await json(["status"])).value).toMatchObject({ imports: [], domains: {} });
});

test("a second run of the same source is the same import; status shows it once", async () => {
  const first = await json(["migrate", "school.json"]);
  const again = await json(["migrate", "school.json"]);
  expect(again).toMatchObject({ code: 0, value: { importId: first.value.importId, ledger: first.value.ledger } });
  expect((await json(["status"])).value).toMatchObject({ imports: [{ state: "sealed", ledger: { balanced: true } }] });
});

test("another source of the school asks whether it held the same data set", async () => {
  await run(["migrate", "school.json"]);
  writeFileSync(place.file("laptop.json"), JSON.stringify({ students: JSON.stringify([ada]) }));
  const piped = await json(["migrate", "laptop.json"]);
  expect(piped).toMatchObject({ code: 2, value: { error: { code: "CONFIRMATION_REQUIRED" } } });
  const own = await json(["migrate", "laptop.json", "--dry-run"], { answers: ["own"] });
  expect(own.code).toBe(0);
  const shared = await json(["migrate", "laptop.json", "--namespace", "shared"]);
  expect(shared).toMatchObject({ code: 0, value: { ledger: { byOutcome: { merged: 1, migrated: 0 } } } });
});

test("B13: an empty source is refused without a yes; a missing key and an empty list are told apart", async () => {
  writeFileSync(place.file("empty.json"), JSON.stringify({ students: "[]" }));
  const audit = await cli(["audit", "empty.json", "--json"], { cwd: place.folder });
  const { domains } = audit.json() as unknown as { domains: { domain: string; stored: string }[] };
  expect(domains.find((d) => d.domain === "students")?.stored).toBe("empty");
  expect(domains.find((d) => d.domain === "teachers")?.stored).toBe("missing");
  const refused = await json(["migrate", "empty.json"]);
  expect(refused).toMatchObject({ code: 2, value: { error: { code: "SOURCE_EMPTY" } } });
  expect((await json(["migrate", "empty.json"], { answers: ["n"] })).value).toMatchObject({
    error: { code: "CONFIRMATION_REQUIRED" },
  });
  expect((await json(["status"])).value).toMatchObject({ imports: [] });
  expect((await json(["migrate", "empty.json"], { answers: ["y"] })).code).toBe(0);
  expect((await json(["migrate", "empty.json", "--yes"])).code).toBe(0);
});

test("rows changed, deleted and added behind its back: verify names them, repair previews, asks and mends", async () => {
  const { value } = await json(["migrate", "school.json"]);
  const id = String(value.school);
  await server.sql(`update students set name = 'Eve' where school_id = '${id}' and external_id = 's1';
    delete from enrollments where school_id = '${id}' and student_id = (select id from students where school_id = '${id}' and external_id = 's2');`);
  const differing = await json(["verify", "--show-values"]);
  expect(differing.code).toBe(1);
  const { verification } = differing.value as { verification: { equal: boolean; differences: object[] } };
  expect(verification.equal).toBe(false);
  expect(verification.differences).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        kind: "data_mismatch",
        domain: "students",
        externalId: "s1",
        fields: [expect.objectContaining({ field: "name", expected: '"Ada"', actual: '"Eve"' })],
      }),
      expect.objectContaining({ kind: "missing_record", domain: "enrollments" }),
    ]),
  );
  expect((await json(["repair", "--dry-run"])).value).toMatchObject({ applied: false, plan: { put: [{}, {}] } });
  expect((await json(["repair"])).value).toMatchObject({ error: { code: "CONFIRMATION_REQUIRED" } });
  expect((await json(["verify"])).code).toBe(1);
  expect(await json(["repair"], { answers: ["y"] })).toMatchObject({ code: 0, value: { applied: true, put: 2 } });
  expect(await json(["verify", "--deep"])).toMatchObject({ code: 0, value: { verification: { equal: true } } });
});

test("export --layout origin of an untouched migration gives back every value as it stood", async () => {
  await run(["migrate", "school.json"]);
  expect((await json(["export", "--layout", "origin", "--out", "back.json"])).code).toBe(0);
  expect(JSON.parse(readFileSync(place.file("back.json"), "utf8"))).toEqual(dump);
  const twice = await json(["export", "--layout", "origin", "--out", "back.json"]);
  expect(twice).toMatchObject({ code: 2, value: { error: { code: "CONFIG_INVALID" } } });
});

test.each([
  ["json", [], /^\{/],
  ["sql", [], /^SET standard_conforming_strings/],
])("export --format %s goes to stdout, and nothing else does", async (format, more, beginning) => {
  await run(["migrate", "school.json"]);
  const { code, out, err } = await run(["export", "--format", format, ...more]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(beginning);
});

test("rollback shows what it would remove, asks, and leaves a school without records", async () => {
  await run(["migrate", "school.json"]);
  expect((await json(["rollback", "--dry-run"])).value).toMatchObject({ removed: { students: 2 } });
  expect((await json(["rollback"])).value).toMatchObject({ error: { code: "CONFIRMATION_REQUIRED" } });
  expect(await json(["rollback", "--yes"])).toMatchObject({ code: 0, value: { removed: { students: 2, classes: 1 } } });
  expect((await json(["status"])).value).toMatchObject({ domains: {}, imports: [{ state: "rolledBack" }] });
  expect((await json(["verify"])).value).toMatchObject({ error: { code: "IMPORT_UNKNOWN" } });
});

test("rollback refuses on rows that were changed since, until they are exported", async () => {
  await run(["migrate", "school.json"]);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const { items } = (await (await fetch(`${url}/api/teachers`, { headers })).json()) as { items: Row[] };
  const [row] = items;
  const change = { method: "PATCH", body: JSON.stringify({ name: "Noether" }) };
  const changed = await fetch(`${url}/api/teachers/${row?.record.id}`, {
    ...change,
    headers: { ...headers, "if-match": `"${row?.version}"` },
  });
  expect(changed.status).toBe(200);
  expect(await json(["rollback", "--yes"])).toMatchObject({ code: 1, value: { error: { code: "ROLLBACK_CHANGED" } } });
  const exported = await json(["export", "--layout", "origin", "--out", "changed.json"]);
  expect(exported.code).toBe(0);
  const back = JSON.parse(readFileSync(place.file("changed.json"), "utf8")) as typeof dump;
  expect(JSON.parse(back.teachers)).toEqual([expect.objectContaining({ id: "t1", name: "Noether" })]);
  expect(back.students).toBe(dump.students);
  expect((await json(["rollback", "--yes"])).code).toBe(0);
});
interface Row {
  readonly record: { readonly id: string };
  readonly version: number;
}

test("backup and restore: a deleted record comes back, a wrong password gets nothing", async () => {
  await run(["migrate", "school.json"]);
  writeFileSync(place.file("key"), "correct horse\n");
  writeFileSync(place.file("wrong"), "battery staple\n");
  const made = await json(["backup", "--out", "hill.hdabackup", "--password-file", "key", "--yes"]);
  expect(made).toMatchObject({ code: 0, value: { kind: "records", encrypted: true, restoredEqual: true } });
  const before = (await json(["status"])).value.domains;
  await server.sql(`delete from enrollments where school_id = '${made.value.school}'`);
  const wrong = await json(["restore", "hill.hdabackup", "--password-file", "wrong", "--yes"]);
  expect(wrong).toMatchObject({ code: 2, value: { error: { code: "BACKUP_AUTH" } } });
  expect((await json(["status"])).value.domains).not.toEqual(before);
  expect((await json(["restore", "hill.hdabackup", "--password-file", "key", "--yes"])).code).toBe(0);
  expect((await json(["status"])).value.domains).toEqual(before);
});

test("B14: a backup of another school is refused before anything is written", async () => {
  await run(["backup", "school.json", "--out", "other.hdabackup", "--school", "Elsewhere", "--yes"]);
  const { code, value } = await json(["restore", "other.hdabackup", "--out", "out.json"]);
  expect([code, value]).toMatchObject([2, { error: { code: "BACKUP_AUTH" } }]);
  expect(() => readFileSync(place.file("out.json"))).toThrow("ENOENT");
});

test("S3: another school's token sees neither records nor imports", async () => {
  const { value } = await json(["migrate", "school.json"]);
  const made = await cli(["token", "--school", "Stranger"], { cwd: place.folder, env: { HDA_SECRET: secret } });
  token = made.out.trim();
  expect((await json(["status"])).value).toMatchObject({ imports: [], domains: {} });
  for (const command of ["verify", "rollback", "repair"]) {
    const { code, value: said } = await json(
      [command, "--import", String(value.importId), "--yes"].slice(0, command === "verify" ? 3 : 4),
    );
    expect([command, code, said]).toMatchObject([command, 2, { error: { code: "IMPORT_UNKNOWN" } }]);
  }
});

test("S8: a viewer's token migrates nothing", async () => {
  const args = ["token", "--school", school, "--role", "viewer"];
  token = (await cli(args, { cwd: place.folder, env: { HDA_SECRET: secret } })).out.trim();
  expect(await json(["migrate", "school.json"])).toMatchObject({ code: 1, value: { error: { code: "FORBIDDEN" } } });
});

test("stopped on request: 130, how to go on, and going on", async () => {
  const stop = new AbortController();
  const onOutput = (text: string) => text.startsWith("backfill") && stop.abort();
  const { code, err } = await run(["migrate", "school.json"], { signal: stop.signal, onOutput });
  expect(code).toBe(130);
  expect(err).toContain("To go on: hybrid-data-adapter migrate school.json --to http");
  expect(await json(["migrate", "school.json"])).toMatchObject({ code: 0, value: { verification: { equal: true } } });
});

test("doctor looks at a server, its clock and the token", async () => {
  const { code, value } = await json(["doctor"]);
  expect(code).toBe(0);
  const { checks } = value as { checks: { name: string; state: string }[] };
  for (const name of ["node", "folder", "server", "clock", "token", "imports"])
    expect(checks.find((check) => check.name === name)).toMatchObject({ state: "ok" });
});
