/** What a human decides after an import, on the command line: conflicts, and people entered twice. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { listen } from "../../src/server/listen.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { cli, type Ran, scratch, type World } from "./command-line.ts";

const secret = "a secret for tests, of at least 32 bytes";
const ada = { id: "s1", name: "Ada", email: "ada@hill.example", status: "active", joinDate: "2024-09-01" };
const twin = { ...ada, id: "s2", name: "Ada L.", phone: "7" };
const maths = { id: "c1", name: "Maths", studentIds: ["s1", "s2"] };
const choir = { id: "c2", name: "Choir", studentIds: ["s2"] };
const first = { students: JSON.stringify([ada, twin]), classes: JSON.stringify([maths, choir]) };

let server: TestServer;
let url: string;
let place: ReturnType<typeof scratch>;
let close: () => Promise<void>;
let schools = 0;
let token: string;

beforeAll(async () => {
  server = await testServer({ rateLimit: { perSecond: 10_000, burst: 10_000 } });
  ({ url, close } = await listen(server.server, { port: 0 }));
  place = scratch();
});
afterAll(async () => {
  await close();
  await server.close();
  place[Symbol.dispose]();
});
beforeEach(async () => {
  schools += 1;
  const made = await cli(["token", "--school", `Decisions ${schools}`], {
    cwd: place.folder,
    env: { HDA_SECRET: secret },
  });
  token = made.out.trim();
});

const run = (args: readonly string[], world: Partial<World> = {}): Promise<Ran> =>
  cli([...args, "--to", url], { cwd: place.folder, ...world, env: { HDA_TOKEN: token } });
const json = async (args: readonly string[]) => {
  const ran = await run([...args, "--json"]);
  return { code: ran.code, value: ran.json() as Record<string, unknown> };
};
const migrate = async (name: string, dump: object) => {
  writeFileSync(place.file(name), JSON.stringify(dump));
  return json(["migrate", name, "--yes", "--namespace", "shared"]);
};
const equal = async () => {
  const { value } = await json(["verify", "--deep"]);
  expect(value).toMatchObject({ verification: { equal: true, differences: [] } });
};
/** The pair as `people` lists it: Ada, then Ada L. */
const pair = async (): Promise<[string, string]> => {
  const { value } = await json(["people"]);
  const [found] = value.pairs as { a: { id: string; externalId: string }; b: { id: string } }[];
  if (!found) throw new Error("nobody looks entered twice");
  return found.a.externalId === "s1" ? [found.a.id, found.b.id] : [found.b.id, found.a.id];
};

test("people: a pair is shown, joined after a preview, and every import stays proven before and after", async () => {
  await migrate("first.json", first);
  const shown = await run(["people"]);
  expect(shown.out).toContain("1 pair that a human would call the same");
  expect(shown.out).not.toContain("ada@hill.example");
  expect((await run(["people", "--show-values"])).out).toContain("ada@hill.example");
  const [survivor, other] = await pair();
  const preview = await run(["people", "join", survivor, other, "--dry-run"]);
  expect(preview.out).toContain("references moved: enrollments 1; joined along: enrollments 1");
  expect((await run(["people", "join", survivor, other])).err).toContain("CONFIRMATION_REQUIRED");
  expect((await run(["people", "join", survivor, other], { answers: ["y"] })).code).toBe(0);
  expect((await run(["people"])).out).toContain(`students ${other} → ${survivor}`);
  await equal();

  // The same school's other browser still knows both, and has put the twin into one more class.
  const chess = { id: "c3", name: "Chess", studentIds: ["s2"] };
  const second = {
    students: JSON.stringify([ada, { ...twin, phone: "8" }]),
    classes: JSON.stringify([maths, choir, chess]),
  };
  const { value } = await migrate("second.json", second);
  expect(value).toMatchObject({ ledger: { balanced: true }, verification: { equal: true } });
  expect((await json(["people"])).value.pairs).toEqual([]);
  await equal();

  expect((await run(["people", "split", other, "--yes"])).out).toContain(
    "records back: students 1, enrollments 1; references moved back: enrollments 2",
  );
  expect((await json(["people"])).value.pairs).toHaveLength(1);
  await equal();
});

test("people apart: two people are not shown again", async () => {
  await migrate("first.json", first);
  const [a, b] = await pair();
  expect((await run(["people", "apart", a, b])).code).toBe(0);
  expect((await run(["people"])).out).toContain("Nobody looks entered twice.");
  expect((await run(["people", "apart", a])).err).toContain("Two ids are expected.");
});

test("conflicts: listed with both sides, previewed, decided, and the ledger follows", async () => {
  await migrate("first.json", first);
  const other = {
    students: JSON.stringify([
      { ...ada, phone: "1" },
      { ...twin, phone: "9" },
    ]),
    classes: JSON.stringify([]),
  };
  const { value } = await migrate("other.json", other);
  const importId = String(value.importId);
  const listed = await run(["conflicts", "--import", importId.slice(0, 8), "--show-values"]);
  expect(listed.out).toContain("2 open conflicts");
  expect(listed.out).toContain('phone: first null, second "1"');
  const [one, two] = (await json(["conflicts"])).value.conflicts as { id: string }[];
  if (!one || !two) throw new Error("two conflicts were expected");
  const preview = await json(["conflicts", "resolve", one.id, "--keep", "second", "--dry-run"]);
  expect(preview.value).toMatchObject({ outcomes: [{ id: one.id, did: "updated" }] });
  expect((await json(["conflicts"])).value.conflicts).toHaveLength(2);
  expect((await run(["conflicts", "resolve", one.id, "--keep", "second"])).err).toContain("CONFIRMATION_REQUIRED");
  await run(["conflicts", "resolve", one.id, "--keep", "second", "--yes"]);
  await run(["conflicts", "resolve", "--all", "--import", importId, "--keep", "first", "--yes"]);
  expect((await run(["conflicts"])).out).toBe("No open conflicts.\n");
  const again = await json(["conflicts", "resolve", one.id, "--keep", "second", "--yes"]);
  expect(again.value).toMatchObject({ outcomes: [{ did: "already" }] });
  const { value: status } = await json(["status"]);
  const ledgers = (status.imports as { importId: string; ledger: object }[]).find((i) => i.importId === importId);
  expect(ledgers?.ledger).toMatchObject({ balanced: true, byOutcome: { merged: 1, excluded: 1 } });
  await equal();
});

test("conflicts resolve: says what is missing on its command line", async () => {
  expect((await run(["conflicts", "resolve", "x"])).err).toContain("Add --keep first, second or restore.");
  expect((await run(["conflicts", "resolve", "--keep", "first"])).err).toContain("Give their ids, or --all");
  expect((await run(["conflicts", "resolve", "x", "--all", "--keep", "first"])).code).toBe(2);
  expect((await run(["conflicts", "resolve", "x", "--keep", "first"])).err).toContain("NOT_FOUND");
  expect((await run(["conflicts", "resolve", "--help"])).out).toContain("--keep <side>");
});
