/** Several tabs of one browser, of which one synchronises. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { uuid } from "../support/records.ts";
import { type Device, type Scenario, scenario, type Tab } from "../support/scenario.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

let school: Scenario;
let office: Device;
let second: Tab;
beforeEach(async () => {
  school = await scenario(server);
  office = await school.device("office");
  await office.sync();
  second = await office.openTab();
});
afterEach(() => school.close());

test("a write in the tab that does not lead goes out through the one that does", async () => {
  await second.create("students", uuid(1), { name: "Ada" });
  await office.until(() => second.get("students", uuid(1))?.state === "synced");
  expect(await school.rows("students")).toEqual([{ id: uuid(1), version: 1, name: "Ada" }]);
  expect(second.engine.status()).toMatchObject({ leading: false });
});

test("`syncNow` in a tab that does not lead is answered by the one that does", async () => {
  const other = await school.device("other");
  await other.create("students", uuid(1), { name: "Ada" });
  await other.sync();
  expect(await second.sync()).toMatchObject({ outcome: "synced", pulled: 1 });
  await office.until(() => second.get("students", uuid(1)) !== null);
});

test("what the leading tab reports of a `syncNow` is there by then, in a tab that heard nothing of the step", async () => {
  const other = await school.device("other");
  await other.create("students", uuid(1), { name: "Ada" });
  await other.sync();
  office.browser.deafTo = "hda/";
  await second.create("students", uuid(2), { name: "Bo" });
  expect(await second.sync()).toMatchObject({ outcome: "synced", pushed: 1, pulled: 2 });
  expect(second.get("students", uuid(1))).toMatchObject({ record: { name: "Ada" } });
  expect(second.get("students", uuid(2))?.state).toBe("synced");
});

test("the tab that does not lead tells what the leading one said", async () => {
  office.network.always({ status: 401 });
  await second.create("students", uuid(1), { name: "Ada" });
  await office.until(() => second.engine.status().paused.includes("auth"));
  expect(second.engine.status()).toMatchObject({ leading: false, phase: "paused", outbox: { mutations: 1 } });
});

test("a tab that is opened while all is quiet tells what the leading one would say", async () => {
  await office.until(() => office.engine.status().phase === "idle");
  const third = await office.openTab();
  await office.until(() => third.engine.status().phase === "idle");
  const { leading: _, ...said } = office.engine.status();
  expect(third.engine.status()).toEqual({ ...said, leading: false });
});

test("a sign-in and a hold in the tab that does not lead reach the one that does", async () => {
  office.network.always({ status: 401 });
  await second.create("students", uuid(1), { name: "Ada" });
  await office.until(() => office.engine.status().paused.includes("auth"));
  office.network.heal();
  second.engine.tokenChanged();
  await office.until(() => second.store.outbox().mutations === 0);
  second.engine.hold("maintenance");
  await office.until(() => office.engine.status().paused.includes("maintenance"));
  await second.update("students", uuid(1), { name: "Ada L." });
  expect((await office.sync()).outcome).toBe("paused");
  expect(await school.changes("students")).toBe(1);
  second.engine.release("maintenance");
  await office.until(() => second.store.outbox().mutations === 0);
  expect(await school.changes("students")).toBe(2);
});

test("L2: the leader dies in the middle of a push; the other tab takes over, and nothing is applied twice", async () => {
  office.network.next("hold");
  await office.create("students", uuid(1), { name: "by the first" });
  await office.until(() => JSON.stringify(office.network.sent.at(-1)?.body).includes("by the first"));
  await second.create("students", uuid(2), { name: "by the second" });
  office.tab.kill();
  office.network.release();
  await office.until(() => second.engine.status().leading && second.store.outbox().mutations === 0);
  expect(await school.rows("students")).toMatchObject([{ name: "by the first" }, { name: "by the second" }]);
  expect(await school.changes("students")).toBe(2);
});

test("L2 F13: a frozen leader whose lock was taken wakes up with an answer, and writes nothing any more", async () => {
  office.network.next("hold");
  await office.create("students", uuid(1), { name: "1" });
  await office.until(() => JSON.stringify(office.network.sent.at(-1)?.body).includes('"1"'));
  office.browser.stealLock();
  await office.until(() => second.engine.status().leading);
  await second.sync();
  await second.update("students", uuid(1), { name: "2" });
  await second.sync();
  office.network.release();
  await office.browser.advance(10_000);
  await office.until(() => office.get("students", uuid(1))?.state === "synced");
  expect(office.get("students", uuid(1))).toMatchObject({ serverVersion: 2, record: { name: "2" } });
  // What it said of itself while it believed to lead is not what is left standing.
  await office.until(() => office.engine.status().phase === "idle");
  expect(await school.changes("students")).toBe(2);
});

test("L2 F12: two tabs that both believe to lead: the fence lets one write, and all of it arrives once", async () => {
  // No lock: both tabs are granted it.
  await second.store.sync.lead();
  await office.create("students", uuid(1), { name: "A" });
  await second.create("students", uuid(2), { name: "B" });
  const report = await office.sync();
  expect(report.outcome).not.toBe("synced");
  await office.browser.advance(10_000);
  await office.until(() => office.store.outbox().mutations === 0);
  expect(await school.rows("students")).toHaveLength(2);
  expect(await school.changes("students")).toBe(2);
});

test("tabs that hear nothing of each other: the leader finds what the other one wrote", async () => {
  office.browser.deafTo = "";
  await second.create("students", uuid(1), { name: "Ada" });
  await office.browser.advance(80_000);
  for (let i = 0; i < 3 && (await school.rows("students")).length === 0; i++) await office.sync();
  expect(await school.rows("students")).toHaveLength(1);
});

test("1,000 writes in each of two tabs, the leader killed in the middle: 2,000 records, each once", async () => {
  const writes = async (tab: Tab, from: number): Promise<void> => {
    for (let i = 0; i < 1000; i++) await tab.create("students", uuid(from + i), { name: `${from + i}` });
  };
  const both = Promise.all([writes(second, 20_000), writes(office.tab, 10_000).catch(() => undefined)]);
  await office.until(() => second.store.count("students") > 300);
  const acknowledged = [...office.store.all("students")].map((view) => view.record.id);
  office.tab.kill();
  await both;
  await office.until(() => second.engine.status().leading);
  await second.sync();
  const rows = (await school.rows("students")).map((row) => String(row.id));
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.filter((id) => id >= uuid(20_000))).toHaveLength(1000);
  expect(acknowledged.every((id) => rows.includes(id))).toBe(true);
  expect(await school.changes("students")).toBe(rows.length);
});

test("G15: closing gives up what is out, and another tab goes on", async () => {
  office.network.next("hold");
  await office.create("students", uuid(1), { name: "Ada" });
  await office.until(() => JSON.stringify(office.network.sent.at(-1)?.body).includes("Ada"));
  await office.tab.close();
  expect((await office.sync()).outcome).toBe("closed");
  await office.until(() => second.engine.status().leading && second.store.outbox().mutations === 0);
  expect(await school.changes("students")).toBe(1);
});
