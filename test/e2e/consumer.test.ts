/** The package as a new user meets it: packed, installed from the tarball, and used by an ordinary Vite React app. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { dependencies as asked } from "../oldest/package.json";
import { type Launched, type Profile, profile } from "../support/page.ts";
import { type ConsumerApp, consumerApp, done, install, packed } from "./consumer-app.ts";
import { program, type Running, type Scratch, scratch } from "./program.ts";

let place: Scratch;
let tarball: string;
let app: ConsumerApp;

beforeAll(async () => {
  place = scratch();
  tarball = await packed(place);
  app = await consumerApp(place, tarball);
});
afterAll(() => place.remove());

test("it type-checks, strictly and with our declarations checked, and its own test runs against the mocks", async () => {
  await done(app.run("tsc", []));
  // Without the test: the declarations of the mocks lead to those of PGlite and Drizzle, which do not hold by themselves.
  await done(app.run("tsc", ["-p", strictly(app.folder)]));
  const { out } = await done(app.run("vitest", ["run"], { NO_COLOR: "1" }));
  expect(out).toMatch(/Tests\s+1 passed/);
});

describe("in real Chromium, before the real server", () => {
  let server: Running;
  let site: Running;
  let api: string;
  let address: string;
  let token: string;
  let own: Profile;
  let running: Launched;
  let page: Page;

  beforeAll(async () => {
    await done(app.run("vite", ["build", "--logLevel", "warn"]));
    server = app.run("hybrid-data-adapter", ["serve", "--port", "0"]);
    api = (await server.printed(/Serving .* at (http\S+)/))[1] ?? "";
    token = (await done(app.run("hybrid-data-adapter", ["token", "--school", "Hill School"]))).out.trim();
    site = app.run("vite", ["preview", "--port", "0"], { API_URL: api, NO_COLOR: "1" });
    address = (await site.printed(/Local:\s+(http\S+)/))[1] ?? "";
    own = profile();
    running = await own.launch();
    page = await running.context.newPage();
  });
  afterAll(async () => {
    await running?.kill();
    own?.remove();
    for (const one of [site, server]) {
      one?.process.kill("SIGTERM");
      await one?.ended;
    }
  });

  /** Each student with where its last write stands, as the page shows them. */
  const shown = () => page.getByRole("listitem").allInnerTexts();
  /** The names in the server's rows. */
  async function rows(): Promise<string[]> {
    const response = await fetch(`${api}/api/students?sort=name`, { headers: { authorization: `Bearer ${token}` } });
    const { items } = (await response.json()) as { items: { record: { name: string } }[] };
    return items.map(({ record }) => record.name);
  }
  async function add(name: string): Promise<string> {
    await page.getByLabel("New student").fill(name);
    await page.getByRole("button", { name: "Add" }).click();
    const outcome = page.getByRole("status");
    await expect.poll(() => outcome.innerText()).toContain(name);
    return outcome.innerText();
  }
  async function signIn(as: string): Promise<void> {
    await page.getByLabel("Token").fill(as);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  async function choose(mode: string, stage: string): Promise<void> {
    await page.getByRole("radio", { name: mode }).click();
    await expect.poll(() => page.locator("legend").innerText()).toContain(`Mode: ${mode} (stage ${stage})`);
  }
  /** Everything that lies in the adapter's database of this profile. */
  const onDisk = () => page.evaluate(bytesOf, `hybrid-data-adapter/${schoolIdOf("Hill School")}/office@hill.example`);

  test("mode localStorage: the old app's students are there, one is added, nothing leaves the browser", async () => {
    await page.goto(`${address}old-app.html`);
    const before = await page.evaluate(oldKeys);
    await page.goto(address);
    await expect.poll(shown).toEqual(["Emma Kostova local", "Luka Petrov local"]);
    expect(await add("Ada")).toBe("Ada: local");
    await expect.poll(shown).toEqual(["Ada local", "Emma Kostova local", "Luka Petrov local"]);
    await page.reload();
    await expect.poll(shown).toEqual(["Ada local", "Emma Kostova local", "Luka Petrov local"]);
    expect(await onDisk()).toMatch(/"Emma Kostova"[\s\S]*"Ada"|"Ada"[\s\S]*"Emma Kostova"/);
    expect(before.map(([key]) => key)).toEqual(["classes", "mockDataMetadata", "students"]);
    expect(await page.evaluate(oldKeys)).toEqual(before);
    expect(await rows()).toEqual([]);
  });

  test("without a token a change of mode is refused in words that say what to do", async () => {
    await page.getByRole("radio", { name: "hybrid" }).click();
    const alert = page.getByRole("alert");
    await expect.poll(() => alert.innerText()).toMatch(/sign in|token/i);
    expect(await page.locator("legend").innerText()).toContain("Mode: localStorage");
  });

  test("L10: with a token of another school a change of mode is refused, and nothing goes there", async () => {
    await signIn((await done(app.run("hybrid-data-adapter", ["token"]))).out.trim());
    await page.getByRole("radio", { name: "hybrid" }).click();
    await expect.poll(() => page.getByRole("alert").innerText()).toMatch(/another school.*token --school/);
    expect(await page.locator("legend").innerText()).toContain("Mode: localStorage");
  });

  test("mode hybrid: what was there and what is added reaches the server; offline it waits, marked so", async () => {
    await signIn(token);
    await choose("hybrid", "dualwrite");
    expect(await add("Bea")).toBe("Bea: local");
    await expect.poll(rows).toEqual(["Ada", "Bea", "Emma Kostova", "Luka Petrov"]);
    await expect.poll(shown).toEqual(["Ada synced", "Bea synced", "Emma Kostova synced", "Luka Petrov synced"]);
    await running.context.setOffline(true);
    await add("Cleo");
    await expect.poll(shown).toContain("Cleo pending");
    expect(await rows()).not.toContain("Cleo");
    expect(await onDisk()).toContain('"Cleo"');
    await running.context.setOffline(false);
    await page.reload();
    await expect.poll(rows).toContain("Cleo");
    await expect.poll(shown).toContain("Cleo synced");
    expect(await shown()).toHaveLength(5);
  });

  test("mode api: the server acknowledges and is read; what somebody else wrote is there", async () => {
    await choose("api", "rampdown");
    await expect.poll(() => page.getByRole("heading", { level: 2 }).innerText()).toContain("read from: server");
    expect(await add("Dora")).toBe("Dora: server");
    expect(await rows()).toContain("Dora");
    await fetch(`${api}/api/students`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ id: crypto.randomUUID(), name: "Eve, written elsewhere" }),
    });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    const all = ["Ada", "Bea", "Cleo", "Dora", "Emma Kostova", "Eve, written elsewhere", "Luka Petrov"];
    await expect.poll(shown).toEqual(all.map((name) => `${name} synced`));
    expect(await page.getByRole("heading", { level: 2 }).innerText()).toContain("read from: server");
    expect(asked).toContain("/api/students");
    expect(await rows()).toEqual(all);
  });

  test("L9: on the way back to mode localStorage the browser is read, and everything is there", async () => {
    const before = await shown();
    await page.getByRole("radio", { name: "localStorage" }).click();
    await expect.poll(() => page.locator("legend").innerText()).toContain("stage draining");
    await page.reload();
    await expect.poll(shown).toEqual(before);
    expect(await page.getByRole("heading", { level: 2 }).innerText()).toContain("read from: local");
    expect(await add("Finn")).toBe("Finn: local");
    await expect.poll(rows).toContain("Finn");
  });
});

test("on the oldest React and Redux Toolkit that are allowed it type-checks, runs its test and builds", async () => {
  const oldest = ["react", "react-dom", "@types/react", "@types/react-dom", "@reduxjs/toolkit"] as const;
  await install(app.folder, tarball, ...oldest.map((name) => `${name}@${asked[name]}`));
  for (const name of oldest) {
    const { version } = JSON.parse(readFileSync(join(app.folder, "node_modules", name, "package.json"), "utf8"));
    expect([name, version]).toEqual([name, asked[name]]);
  }
  await done(app.run("tsc", ["-p", strictly(app.folder)]));
  await done(app.run("vitest", ["run"]));
  await done(app.run("vite", ["build", "--logLevel", "warn"]));
});

test("L11: without the optional packages the server and the command name what is missing, with the line that installs it", async () => {
  const folder = place.path("bare");
  mkdirSync(folder);
  const main = join(folder, "main.mjs");
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  writeFileSync(main, openEverything);
  await install(folder, tarball);
  const { out } = await done(program([], { cwd: folder, main }));
  const missing = { code: "PEER_MISSING", fix: "npm install hono drizzle-orm jose pino" };
  expect(JSON.parse(out)).toEqual({
    school: "imported",
    migration: "imported",
    createServer: missing,
    makeToken: { code: "PEER_MISSING", fix: expect.stringContaining("jose") },
    listen: { code: "PEER_MISSING", fix: "npm install @hono/node-server ws" },
  });
  const command = join(folder, "node_modules/.bin/hybrid-data-adapter");
  const refused = await program(["serve"], { cwd: folder, main: command });
  expect(refused.code).toBeGreaterThan(0);
  expect(refused.err).toMatch(/PEER_MISSING[\s\S]*npm install hono drizzle-orm jose pino\n/);
});

const openEverything = `
import { createServer, listen, makeToken } from "hybrid-data-adapter/server";
const told = (run) => run().then(() => "imported", ({ code, fix }) => ({ code, fix }));
console.log(JSON.stringify({
  school: await told(() => import("hybrid-data-adapter/school")),
  migration: await told(() => import("hybrid-data-adapter/migration")),
  createServer: await told(() => createServer({ database: { memory: true }, auth: { secret: "x".repeat(40) } })),
  makeToken: await told(() => makeToken({ secret: "x".repeat(40), school: "s", role: "admin", user: "u" })),
  listen: await told(() => listen({}, { port: 0 })),
}));
`;

function strictly(folder: string): string {
  const config = { extends: "./tsconfig.json", compilerOptions: { skipLibCheck: false }, include: ["src"] };
  const file = join(folder, "tsconfig.strict.json");
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** In the page: what lies in localStorage, but for our own notes. */
const oldKeys = () =>
  Object.entries({ ...localStorage })
    .filter(([key]) => !key.startsWith("hybrid-data-adapter/"))
    .sort();

/** In the page: all values of a database, as one text. */
async function bytesOf(name: string): Promise<string> {
  const settled = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const known = (await indexedDB.databases()).map((one) => one.name);
  if (!known.includes(name)) throw new Error(`There is no ${name} among ${known.join(", ")}.`);
  const database = await settled(indexedDB.open(name));
  const values: unknown[] = [];
  for (const store of database.objectStoreNames)
    values.push(...(await settled(database.transaction(store).objectStore(store).getAll())));
  database.close();
  return values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n");
}
