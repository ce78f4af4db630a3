/** The previous version of an app, as plain code on localStorage, beside the new one in the same profile of real Chromium. */
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Launched, type Profile, profile, servePage } from "../../support/page.ts";
import type { legacyPage as LegacyPage } from "./legacy-page.ts";

declare const legacyPage: typeof LegacyPage;

type Row = Record<string, unknown>;

let served: Awaited<ReturnType<typeof servePage>>;
let own: Profile;
let running: Launched;

beforeAll(async () => {
  served = await servePage(`${import.meta.dirname}/legacy-page.ts`);
});
afterAll(() => served.close());
beforeEach(async () => {
  own = profile();
  running = await own.launch();
});
afterEach(async () => {
  await running.kill();
  own.remove();
});

const rows = (count: number, from = 0): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `student-${from + i}`,
    name: `Student ${from + i}`,
    email: "",
    phone: "",
    classId: "unassigned",
    status: "active",
  }));

/** A page on which our program is loaded and not begun: what runs there is the old app alone. */
async function page(): Promise<Page> {
  const opened = await running.context.newPage();
  await opened.goto(served.url);
  return opened;
}
const put = (old: Page, key: string, list: readonly Row[]): Promise<void> =>
  old.evaluate(([name, text]) => localStorage.setItem(name, text), [key, JSON.stringify(list)] as const);
const get = async (old: Page, key = "students"): Promise<Row[]> =>
  JSON.parse(await old.evaluate((name) => localStorage.getItem(name) ?? "[]", key));
const namesIn = async (old: Page): Promise<unknown[]> => (await get(old)).map(({ name }) => name);
const state = (app: Page) => app.evaluate(() => legacyPage.status()?.mirror?.state);
const patient = { timeout: 20_000 };

async function newVersion(afterMs = 20): Promise<Page> {
  const app = await page();
  await app.evaluate((after) => legacyPage.open(after), afterMs);
  await expect.poll(() => state(app), patient).not.toBe("waiting");
  return app;
}

test("localStorage, sessionStorage and two databases of the old app are adopted, and stay as they are", async () => {
  const app = await page();
  const before = await app.evaluate(async (students) => {
    localStorage.setItem("students", JSON.stringify(students));
    sessionStorage.setItem("teachers", JSON.stringify([{ id: "teacher-1", name: "Tea" }]));
    const made = (name: string, fill: (db: IDBDatabase) => void) =>
      new Promise<void>((resolve) => {
        const request = indexedDB.open(name, 2);
        request.onupgradeneeded = () => fill(request.result);
        request.onsuccess = () => {
          request.result.close();
          resolve();
        };
      });
    await made("localforage", (db) => {
      const store = db.createObjectStore("keyvaluepairs");
      store.put([{ id: "room-1", name: "A", location: "", capacity: 3 }], "classrooms");
      store.put(new Date(0), "seen");
    });
    await made("plain", (db) => {
      const store = db.createObjectStore("terms", { keyPath: "id" });
      store.put({ id: "term-1", name: "Spring", startDate: "2024-01-01", endDate: "2024-06-01" });
    });
    return { ...localStorage };
  }, rows(2));
  expect(await app.evaluate(() => legacyPage.open(20))).toEqual({
    localStorage: { adopted: 2, quarantined: [] },
    sessionStorage: { adopted: 1, quarantined: [] },
    "IndexedDB localforage": {
      adopted: 1,
      quarantined: [{ place: "IndexedDB localforage/keyvaluepairs/seen", reason: "UNSERIALIZABLE" }],
    },
    "IndexedDB plain": { adopted: 1, quarantined: [] },
  });
  expect(await app.evaluate(() => localStorage.getItem("students"))).toBe(before.students);
  expect(
    await app.evaluate(async () => (await indexedDB.databases()).map(({ name, version }) => [name, version])),
  ).toEqual(
    expect.arrayContaining([
      ["localforage", 2],
      ["plain", 2],
    ]),
  );
});

test("L6 L7: old and new version in two tabs: each finds what the other wrote, and nothing is written where nothing changed", async () => {
  const old = await page();
  await put(old, "students", rows(3));
  const untouched = await old.evaluate(() => {
    const writes: string[] = [];
    addEventListener("storage", ({ key }) => {
      // Our own notes lie beside.
      if (!key?.startsWith("hybrid-data-adapter/")) writes.push(String(key));
    });
    Object.assign(globalThis, { writes });
    return localStorage.getItem("students");
  });
  const app = await newVersion();
  await expect.poll(() => state(app), patient).toBe("current");
  const second = await page();
  await second.evaluate(() => legacyPage.open(0));
  expect(await old.evaluate(() => localStorage.getItem("students"))).toBe(untouched);

  expect(await app.evaluate(() => legacyPage.create("New here"))).toBe("local");
  await expect.poll(() => namesIn(old), patient).toContain("New here");
  const list = await get(old);
  await put(old, "students", [...list.filter(({ id }) => id !== "student-1"), ...rows(1, 7)]);
  const all = ["New here", "Student 0", "Student 2", "Student 7"];
  await expect.poll(() => app.evaluate(() => legacyPage.names()), patient).toEqual(all);
  // Of the two tabs of the new version one mirrors: the key was written once.
  expect(await old.evaluate(() => Reflect.get(globalThis, "writes"))).toEqual(["students"]);
  expect(await state(second)).toBe("waiting");

  await app.evaluate(() => legacyPage.create("Last"));
  await app.evaluate(() => legacyPage.close());
  expect(await namesIn(old)).toContain("Last");
});

test("L1 L5 F2: the browser is killed right after writes were acknowledged: whatever localStorage comes back with, nothing is undone", async () => {
  const old = await page();
  await put(old, "students", rows(200));
  const app = await newVersion(0);
  await expect.poll(() => state(app), patient).toBe("current");
  for (let i = 0; i < 20; i++) {
    await app.evaluate((n) => legacyPage.create(`New ${n}`), i);
    await app.evaluate((n) => legacyPage.rename(`Student ${n}`, `Renamed ${n}`), i);
  }
  // Chromium had no time to bring localStorage to its disk: it comes back as it was at some moment before.
  await running.kill();
  running = await own.launch();
  const again = await page();
  const app2 = await newVersion();
  await expect.poll(async () => (await namesIn(again)).length, patient).toBe(220);
  const names = await app2.evaluate(() => legacyPage.names());
  expect(names).toHaveLength(220);
  expect((await namesIn(again)).sort()).toEqual([...names].sort());
  expect(names.filter((name) => String(name).startsWith("Renamed"))).toHaveLength(20);
  expect(await app2.evaluate(() => legacyPage.status()?.mirror)).toMatchObject({ takenOver: 0, losses: 0 });
});

test("F5: localStorage is really full: the write stands, the rest goes into a file, and it is told", async () => {
  const old = await page();
  await put(old, "students", rows(3));
  await old.evaluate(() => localStorage.setItem("photos", "x".repeat(5_200_000)));
  const app = await newVersion();
  await expect.poll(() => state(app), patient).toBe("current");
  const before = await old.evaluate(() => localStorage.getItem("students"));
  expect(await app.evaluate(() => legacyPage.create("Long", "y".repeat(9_000)))).toBe("local");
  await app.evaluate(async () => {
    for (let i = 0; i < 12; i++) await legacyPage.create(`Long ${i}`, "y".repeat(9_000));
  });
  await expect.poll(() => state(app), patient).toBe("behind");
  const status = await app.evaluate(() => legacyPage.status());
  expect(status?.mirror?.unfit).toEqual(["students"]);
  expect(status?.mirror?.savedAs).toMatch(/^old-app-.*\.json$/);
  expect(status?.warnings.join()).toContain("localStorage is full");
  expect((await get(old)).length).toBeLessThan(16);
  expect(before).not.toBeNull();
  expect(await app.evaluate(async () => (await legacyPage.names()).length)).toBe(16);

  await old.evaluate(() => localStorage.removeItem("photos"));
  await expect.poll(() => state(app), patient).toBe("current");
  expect(await get(old)).toHaveLength(16);
});
