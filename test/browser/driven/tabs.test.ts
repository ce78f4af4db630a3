/** Two tabs of one profile in real Chromium, the real server behind them. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Launched, type Profile, profile, servePage } from "../../support/page.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import type { syncPage as SyncPage } from "./sync-page.ts";

declare const syncPage: typeof SyncPage;

const name = "hybrid-data-adapter/school/user";
let server: TestServer;
let served: Awaited<ReturnType<typeof servePage>>;
let own: Profile;
let running: Launched;
let token: string;

beforeAll(async () => {
  server = await testServer({ rateLimit: { perSecond: 1e6, burst: 1e6 } });
  served = await servePage(`${import.meta.dirname}/sync-page.ts`, server.fetch);
  token = await server.token();
  await server.call("PUT", "/api/migration/stage", { body: { stage: "dualwrite", epoch: 0 } });
});
afterAll(async () => {
  await served.close();
  await server.close();
});
beforeEach(async () => {
  own = profile();
  running = await own.launch();
});
afterEach(async () => {
  await running.kill();
  own.remove();
});

async function openTab(acknowledge: (number: number) => unknown = () => undefined): Promise<Page> {
  const page = await running.context.newPage();
  await page.goto(served.url);
  await page.exposeFunction("acknowledge", acknowledge);
  await page.evaluate(([database, bearer]) => syncPage.open(database, bearer), [name, token] as const);
  await page.evaluate(() => syncPage.start());
  return page;
}

const numbers = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);

test("L1 L2 L3 F13: two tabs write 1,000 each, the leader dies in the middle: 2,000 records, each once, on disk and on the server", async () => {
  const acknowledged = new Set<number>();
  const note = (number: number): unknown => acknowledged.add(number);
  const leader = await openTab((number) => {
    note(number);
    // It never gets to its last write, however late the crash comes.
    return number < 900 ? undefined : new Promise(() => undefined);
  });
  await expect.poll(() => leader.evaluate(() => syncPage.leads())).toBe(true);
  const other = await openTab(note);
  const dying = leader.evaluate((mine) => syncPage.write(mine), numbers(0, 1_000)).catch(() => "died");
  const writing = other.evaluate((mine) => syncPage.write(mine), numbers(1_000, 1_000));
  await expect.poll(() => acknowledged.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(600);
  const session = await leader.context().newCDPSession(leader);
  // The renderer is gone in the middle of what it did: a push, a write, a compaction.
  void session.send("Page.crash").catch(() => undefined);
  expect(await dying).toBe("died");
  const mine = [...acknowledged].filter((number) => number < 1_000).length;
  expect(mine).toBeGreaterThan(0);
  expect(mine).toBeLessThan(1_000);

  // The user opens the app again and does the rest.
  const again = await openTab(note);
  await again.evaluate((rest) => syncPage.write(rest), numbers(0, 1_000));
  await writing;
  expect(acknowledged.size).toBe(2_000);
  await other.evaluate(() => syncPage.syncNow());
  const done = { count: 2_000, ids: 2_000, waiting: 0, states: { synced: 2_000 } };
  for (const page of [other, again])
    await expect.poll(() => page.evaluate(() => syncPage.state()), { timeout: 30_000 }).toEqual(done);

  const [rows] = await server.sql("select count(*)::int as n, count(distinct id)::int as ids from students");
  expect(rows).toEqual({ n: 2_000, ids: 2_000 });
  // Once, and not twice and back: the history has one change of each.
  const [changes] = await server.sql("select count(*)::int as n, count(distinct record_id)::int as ids from history");
  expect(changes).toEqual({ n: 2_000, ids: 2_000 });
  const fresh = await openTab();
  expect(await fresh.evaluate(() => syncPage.state())).toEqual(done);
});

test("another tab sees a write within two frames", async () => {
  const writer = await openTab();
  const reader = await openTab();
  await reader.evaluate(() => syncPage.listen());
  const written = await writer.evaluate((some) => syncPage.writeTimed(some), numbers(5_000, 60));
  await expect
    .poll(async () => Object.keys((await reader.evaluate(() => syncPage.seen())).records).length)
    .toBeGreaterThanOrEqual(written.length);
  const seen = await reader.evaluate(() => syncPage.seen());
  const median = (times: Record<string, number>): number => {
    const delays = written.map(([id, at]) => (times[id] ?? Number.POSITIVE_INFINITY) - at).sort((a, b) => a - b);
    return delays[delays.length >> 1] ?? Number.POSITIVE_INFINITY;
  };
  // Beyond what a bare message between the same two tabs takes, since the machine of the test may be busy with others.
  expect(median(seen.records) - median(seen.bare)).toBeLessThan(2 * (1_000 / 60));
});
