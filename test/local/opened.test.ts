/** A store that was opened finds its records whichever way they are first asked for. */
import { expect, test } from "vitest";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import { testBrowser } from "../support/platform.ts";
import {
  change,
  createTask,
  deleteTask,
  openStore,
  position,
  recordId,
  reply,
  task,
  titles,
  updateTask,
} from "../support/store.ts";

const never = new AbortController().signal;
const all = Array.from({ length: 2500 }, (_, n) => n + 1);

/** Opens again what holds three chunks of tasks, and a team. */
async function opened(): Promise<{ store: RecordStore; again: () => Promise<RecordStore> }> {
  const disk = memoryDisk();
  const browser = testBrowser();
  const again = () => openStore(disk.open(), browser.tab());
  const store = await again();
  await store.sync.lead();
  await store.sync.applyReply(reply(1, { changes: all.map((n) => change("tasks", task(n), 1)) }));
  await store.sync.compact(never);
  await store.close();
  return { store: await again(), again };
}

test("F9: a store that is empty and should not be says what is lost, once; one that holds records does not", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const missing = "The storage was cleared.";
  const open = () => openStore({ ...disk.open(), missing }, browser.tab());
  const first = await open();
  expect(first.warnings).toEqual([`${missing} What was not sent yet is lost; the rest is on the server.`]);
  await first.close();
  expect((await open()).warnings).toEqual([]);
});

const ways: Readonly<Record<string, (store: RecordStore) => Promise<void> | void>> = {
  counted: (store) => expect(store.count("tasks")).toBe(2500),
  "read by id": (store) => expect(store.get("tasks", recordId(1700))?.record).toEqual(task(1700)),
  "not there": (store) => expect(store.get("tasks", recordId(9000))).toBeNull(),
  listed: (store) => expect([...store.all("tasks")]).toHaveLength(2500),
  changed: async (store) => {
    await store.commit([updateTask(2200, { points: 3 })]);
    expect(store.get("tasks", recordId(2200))).toMatchObject({ serverVersion: 1, record: { points: 3 } });
    await store.commit([updateTask(2200, { points: null })]);
  },
  "created again": async (store) => {
    await expect(store.commit([createTask(900)])).rejects.toMatchObject({ code: "CREATE_CREATE" });
  },
  "changed by the server": async (store) => {
    await store.sync.lead();
    await store.sync.applyReply(reply(2, { changes: [change("tasks", task(5), 2)] }));
    expect(store.get("tasks", recordId(5))?.serverVersion).toBe(2);
  },
  "folded in": async (store) => {
    await store.sync.lead();
    await store.sync.setPosition(position("dualwrite", 2));
    await store.sync.compact(never);
  },
};

test.each(Object.entries(ways))("L5: records that were opened are all there when first %s", async (_, way) => {
  const { store, again } = await opened();
  await way(store);
  for (const one of [store, await again()]) {
    expect(one.count("tasks")).toBe(2500);
    expect(titles(one)).toEqual(all.map((n) => `task ${n}`));
  }
});

test("L5: a record that was deleted before its domain was first read stays deleted, and is counted so", async () => {
  const { store, again } = await opened();
  await store.commit([deleteTask(1000)]);
  expect(store.count("tasks")).toBe(2499);
  const next = await again();
  expect(next.count("tasks")).toBe(2499);
  expect(next.get("tasks", recordId(1000))).toBeNull();
});
