/** Two builds of a page in one profile of real Chromium, the real server behind them. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { firstNotes, secondNotes } from "../../support/notes.ts";
import { type Launched, type Profile, profile, serveBuilds } from "../../support/page.ts";
import { uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import type { buildPage as BuildPage } from "./build-page.ts";

const patiently = { timeout: 60_000, interval: 50 } as const;

declare const buildPage: typeof BuildPage;
type Build = "1.0" | "1.1" | "2.0";

interface Push {
  readonly client: string;
  readonly ids: readonly number[];
  readonly epoch: number;
  readonly status: number;
}

/** The server before and after its own update; the page asks whichever runs. */
let before: TestServer;
let after: TestServer;
let running: TestServer;
let served: Awaited<ReturnType<typeof serveBuilds>>;
let pushes: Push[] = [];
let own: Profile;
let launched: Launched;
let school = "";
let schools = 0;

beforeAll(async () => {
  const rateLimit = { perSecond: 1e6, burst: 1e6 };
  before = await testServer({ domains: [firstNotes], rateLimit });
  after = await testServer({ domains: [secondNotes], rateLimit });
  served = await serveBuilds(`${import.meta.dirname}/build-page.ts`, ["1.0", "1.1", "2.0"], answer);
});
afterAll(async () => {
  await served.close();
  await before.close();
  await after.close();
});
beforeEach(async () => {
  schools += 1;
  school = schoolIdOf(`builds ${schools}`);
  pushes = [];
  own = profile();
  launched = await own.launch();
});
afterEach(async () => {
  await launched.kill();
  own.remove();
});

/** The server's answer; what was pushed is noted. */
async function answer(request: Request): Promise<Response> {
  const body = request.url.endsWith("/api/sync/patch") ? await request.clone().json() : { mutations: [] };
  const response = await running.fetch(request);
  const { mutations, clientId, epoch } = body as { mutations: { id: number }[]; clientId: string; epoch: number };
  if (mutations.length > 0)
    pushes.push({ client: clientId, ids: mutations.map(({ id }) => id), epoch, status: response.status });
  return response;
}

async function openTab(build: Build): Promise<Page> {
  const page = await launched.context.newPage();
  await page.goto(`${served.url}${build}/`);
  const token = await running.token({ school });
  await page.evaluate(([name, bearer]) => buildPage.open(name, bearer), [school, token] as const);
  return page;
}
async function leadingTab(build: Build): Promise<Page> {
  const page = await openTab(build);
  await expect.poll(async () => (await statusOf(page)).leading, patiently).toBe(true);
  await syncNow(page);
  return page;
}
const statusOf = (page: Page): Promise<ReturnType<typeof buildPage.status>> => page.evaluate(() => buildPage.status());
const syncNow = (page: Page): Promise<string> => page.evaluate(() => buildPage.syncNow());
const shownOn = (page: Page): Promise<ReturnType<typeof buildPage.shown>> => page.evaluate(() => buildPage.shown());
const bytesOf = (page: Page): Promise<Record<string, string>> => page.evaluate(() => buildPage.bytes());
const create = (page: Page, n: number, fields: Record<string, string | number>) =>
  page.evaluate(([id, given]) => buildPage.create(id, given), [uuid(n), fields] as const);
const update = (page: Page, n: number, fields: Record<string, string | number>) =>
  page.evaluate(([id, given]) => buildPage.update(id, given), [uuid(n), fields] as const);

/** Moves the school as an administrator on another machine would. */
async function setStage(stage: string, epoch: number): Promise<void> {
  const answer = await running.call("PUT", "/api/migration/stage", { school, body: { stage, epoch } });
  expect(answer.status).toBe(200);
}
/** What the server has of each note, and how many changes its history has. */
async function onServer(): Promise<{ readonly rows: unknown[]; readonly changes: number }> {
  const rows: unknown[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await running.call("GET", `/api/notes?limit=1000${cursor}`, { school });
    const items = body.items as readonly { readonly record: Record<string, unknown>; readonly version: number }[];
    rows.push(
      ...items.map(({ record: { id, title, stars, rating }, version }) => ({ id, title, stars, rating, version })),
    );
    if (body.next === null) break;
    cursor = `&cursor=${String(body.next)}`;
  }
  const [history] = await running.sql(`select count(*)::int as n from history where school_id = '${school}'`);
  return { rows, changes: Number(history?.n) };
}

test("L8 F15: the stage changes through the newer build; what the older one writes goes again under the new epoch, once", async () => {
  running = before;
  await setStage("dualwrite", 0);
  const older = await leadingTab("1.0");
  const newer = await openTab("1.1");
  expect((await statusOf(newer)).leading).toBe(false);
  await older.route("**/api/**", (route) => route.abort());
  await newer.evaluate(() => buildPage.setStage("live"));
  // It has not heard of it, and writes under the stage that it knows.
  expect(await create(older, 1, { title: "by the older", stars: "3" })).toEqual({ acknowledged: "local" });
  expect(await update(older, 1, { stars: "4" })).toEqual({ acknowledged: "local" });
  expect(await statusOf(older)).toMatchObject({ stage: "dualwrite", epoch: 1, waiting: 2 });
  await older.unroute("**/api/**");
  await syncNow(older);
  await expect.poll(async () => (await statusOf(older)).waiting, patiently).toBe(0);
  expect(pushes.map(({ ids, epoch, status }) => ({ ids, epoch, status }))).toEqual([
    { ids: [1, 2], epoch: 1, status: 409 },
    { ids: [1, 2], epoch: 2, status: 200 },
  ]);
  expect(new Set(pushes.map(({ client }) => client)).size).toBe(1);
  const row = { id: uuid(1), title: "by the older", stars: "4", version: 2 };
  expect(await onServer()).toEqual({ rows: [row], changes: 2 });
  for (const page of [older, newer]) {
    await expect
      .poll(() => statusOf(page), patiently)
      .toMatchObject({ stage: "live", epoch: 2, waiting: 0, parked: [] });
    await expect.poll(() => shownOn(page), patiently).toMatchObject([{ stars: "4", state: "synced" }]);
  }
  // From here on the server acknowledges, in both; in one that has heard that nothing older waits.
  expect(await create(older, 2, { title: "again", stars: "1" })).toEqual({ acknowledged: "server" });
  const states = async (): Promise<unknown[]> => (await shownOn(newer)).map(({ state }) => state);
  await expect.poll(states, patiently).toEqual(["synced", "synced"]);
  expect(await create(newer, 3, { title: "here too", stars: "2" })).toEqual({ acknowledged: "server" });
  expect((await onServer()).changes).toBe(4);
});

test("F15: the newer build brings the store up to date under the older one, takes over what that had not sent, and the older one says so", async () => {
  running = after;
  await setStage("dualwrite", 0);
  const older = await leadingTab("1.0");
  expect(await create(older, 1, { title: "a", stars: "3" })).toEqual({ acknowledged: "local" });
  expect(await update(older, 1, { stars: "5" })).toEqual({ acknowledged: "local" });
  // The server has been updated, and takes nothing in the older shape.
  await syncNow(older);
  expect(await statusOf(older)).toMatchObject({ paused: ["outdated"], error: "CLIENT_OUTDATED", waiting: 2 });
  expect(await onServer()).toEqual({ rows: [], changes: 0 });

  const newer = await openTab("2.0");
  expect(await shownOn(newer)).toMatchObject([{ title: "a", rating: 5, state: "pending" }]);
  expect(await create(newer, 2, { title: "b", rating: 1 })).toEqual({ acknowledged: "local" });
  await expect.poll(async () => (await statusOf(newer)).leading, patiently).toBe(true);
  await syncNow(newer);
  const rows = [
    { id: uuid(1), title: "a", rating: 5, version: 2 },
    { id: uuid(2), title: "b", rating: 1, version: 1 },
  ];
  expect(await onServer()).toEqual({ rows, changes: 3 });
  expect(await statusOf(newer)).toMatchObject({ waiting: 0, parked: [], error: null });

  // The older tab only reads from now on, and says what to do.
  expect(await update(older, 1, { stars: "1" })).toEqual({
    code: "SCHEMA_NEWER",
    fix: "Update this program; until then the data is only read.",
  });
  expect(await statusOf(older)).toMatchObject({
    readOnly: expect.stringMatching(/stored in version 2; this program knows 1/),
    leading: false,
  });
  expect(await onServer()).toEqual({ rows, changes: 3 });
});

test("L1 F15: the older build writes on while the newer one brings the store up to date: what was acknowledged is there, in the new form", async () => {
  running = after;
  await setStage("dualwrite", 0);
  const older = await leadingTab("1.0");
  const acknowledged: string[] = [];
  await older.exposeFunction("acknowledge", (id: string) => void acknowledged.push(id));
  const ids = Array.from({ length: 5_000 }, (_, n) => uuid(n + 1));
  const writing = older.evaluate((all) => buildPage.createUntilRefused(all), ids);
  await expect.poll(() => acknowledged.length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(20);
  const newer = await openTab("2.0");
  expect(await writing).toBe("SCHEMA_NEWER");
  await expect.poll(async () => (await statusOf(newer)).leading, patiently).toBe(true);
  await syncNow(newer);
  await expect.poll(async () => (await statusOf(newer)).waiting, patiently).toBe(0);
  expect((await statusOf(newer)).parked).toEqual([]);
  const { rows, changes } = await onServer();
  expect(rows).toEqual(acknowledged.map((id) => ({ id, title: `note ${id.slice(-4)}`, rating: 3, version: 1 })));
  expect(changes).toBe(acknowledged.length);
});

test("B2 F15: an older build that opens a profile of a newer one reads it, refuses to write, and touches nothing", async () => {
  running = after;
  await setStage("dualwrite", 0);
  const newer = await leadingTab("2.0");
  expect(await create(newer, 1, { title: "new", rating: 4 })).toEqual({ acknowledged: "local" });
  await syncNow(newer);
  const stored = await bytesOf(newer);
  await newer.evaluate(() => buildPage.close());
  await newer.close();
  const older = await openTab("1.0");
  expect(await shownOn(older)).toMatchObject([{ title: "new", rating: 4 }]);
  expect(await statusOf(older)).toMatchObject({
    readOnly: expect.stringMatching(/stored in version 2; this program knows 1/),
    leading: false,
  });
  expect(await create(older, 2, { title: "old", stars: "1" })).toMatchObject({ code: "SCHEMA_NEWER" });
  // It tells so by itself as well, as soon as it stands for the lead.
  await expect.poll(async () => (await statusOf(older)).error, patiently).toBe("SCHEMA_NEWER");
  expect(await bytesOf(older)).toEqual(stored);
  expect((await onServer()).changes).toBe(1);
});
