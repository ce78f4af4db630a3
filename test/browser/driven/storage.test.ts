/** Real Chromium, real disk: its disk is full, its data is cleared. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Launched, type Profile, profile, servePage } from "../../support/page.ts";
import type { storagePage as StoragePage } from "./storage-page.ts";

declare const storagePage: typeof StoragePage;

let served: Awaited<ReturnType<typeof servePage>>;
let own: Profile;
let running: Launched | null = null;

beforeAll(async () => {
  served = await servePage(`${import.meta.dirname}/storage-page.ts`);
});
afterAll(() => served.close());
beforeEach(() => {
  own = profile();
});
afterEach(async () => {
  await killed();
  own.remove();
});

async function killed(): Promise<void> {
  await running?.kill();
  running = null;
}

const name = "hybrid-data-adapter/school/user";

async function openPage() {
  running ??= await own.launch();
  const page = await running.context.newPage();
  await page.goto(served.url);
  return page;
}

test("F5: a full disk is STORAGE_FULL with its cause and figures; nothing of the write is kept, the old bytes are whole", async () => {
  const page = await openPage();
  const session = await page.context().newCDPSession(page);
  const origin = new URL(served.url).origin;
  // Before the first write: Chromium remembers for some seconds how much room there was.
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 2_000_000 });
  await page.evaluate((database) => storagePage.open(database), name);
  expect(await page.evaluate(() => storagePage.put("old", 100_000))).toMatchObject({ code: "ok" });
  const refused = await page.evaluate(() => storagePage.put("big", 5_000_000));
  expect(refused).toMatchObject({ code: "STORAGE_FULL", facts: { cause: "QuotaExceededError" } });
  expect(refused.facts.usage).toBeGreaterThan(100_000);
  expect(await page.evaluate(() => storagePage.keys(""))).toEqual(["old"]);
  expect(await page.evaluate(() => storagePage.length("old"))).toBe(100_000);
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  expect(await page.evaluate(() => storagePage.put("big", 5_000_000))).toMatchObject({ code: "ok" });
});

test("F9: IndexedDB cleared under an open page is lost, not empty; the next start knows that something was there", async () => {
  const page = await openPage();
  await page.evaluate((database) => storagePage.open(database), name);
  await page.evaluate(() => storagePage.put("a", 10));
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", {
    origin: new URL(served.url).origin,
    storageTypes: "indexeddb",
  });
  expect(await page.evaluate(() => storagePage.read("a"))).toMatchObject({ code: "STORAGE_LOST" });
  expect(await page.evaluate(() => storagePage.put("b", 10))).toMatchObject({ code: "STORAGE_LOST" });
  expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
  const next = await openPage();
  expect(await next.evaluate((database) => storagePage.open(database), name)).toMatchObject({
    missing: expect.stringContaining("cleared"),
  });
});

test("F9: a whole origin cleared is a new store, and nothing pretends otherwise", async () => {
  const page = await openPage();
  await page.evaluate((database) => storagePage.open(database), name);
  await page.evaluate(() => storagePage.put("a", 10));
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.clearDataForOrigin", { origin: new URL(served.url).origin, storageTypes: "all" });
  expect(await page.evaluate(() => storagePage.read("a"))).toMatchObject({ code: "STORAGE_LOST" });
  const next = await openPage();
  expect(await next.evaluate((database) => storagePage.open(database), name)).toMatchObject({ missing: null });
  expect(await next.evaluate(() => storagePage.keys(""))).toEqual([]);
});

test("F10: a private window does not promise to keep anything", async () => {
  const launched = await own.launch();
  running = launched;
  const browser = launched.context.browser();
  const context = await browser?.newContext();
  const page = await context?.newPage();
  await page?.goto(served.url);
  expect(await page?.evaluate(() => storagePage.persist())).toBe("best effort");
});
