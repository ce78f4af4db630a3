/** What stage `off` left becomes the same mutations each time it is promoted: names and stamps come of the content. */
import { expect, test } from "vitest";
import { parseHlc } from "../../src/domain/hlc.ts";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import { settle, testBrowser } from "../support/platform.ts";
import {
  applied,
  change,
  createTask,
  deleteTask,
  openStore,
  position,
  reply,
  task,
  team,
  updateTask,
  wide,
} from "../support/store.ts";
import { exchangeAll, tinyServer } from "../support/tiny-server.ts";

const never = new AbortController().signal;

async function leave(store: RecordStore, epoch = 1) {
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite", epoch));
  return store.sync.batch(wide)?.mutations ?? [];
}

const someWrites = async (store: RecordStore): Promise<void> => {
  await store.commit([createTask(3), createTask(1)]);
  await store.commit([{ kind: "create", domain: "teams", record: team(1) }]);
  await store.commit([createTask(2), updateTask(1, { points: 4 })]);
};

test("L2 F11: a profile that goes back to before its promotion makes the same mutations again", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await someWrites(store);
  const image = new Map(disk.values);
  const first = await leave(store);
  const server = tinyServer();
  await exchangeAll(store, server);
  expect(server.effects).toHaveLength(4);
  // Later, in another tab, with a store that has read its records in another order.
  await browser.advance(600_000);
  const again = await openStore(memoryDisk(image).open(), browser.tab());
  const second = await leave(again, 7);
  expect(second).toEqual(first);
  expect(server.push(second).map(({ status }) => status)).toEqual(second.map(() => "duplicate"));
  expect(server.effects).toHaveLength(4);
});

test("L2: a compaction in between changes nothing of what is made", async () => {
  const disk = memoryDisk();
  const store = await openStore(disk.open(), testBrowser().tab());
  await someWrites(store);
  const image = memoryDisk(new Map(disk.values));
  const first = await leave(store);
  const other = await openStore(image.open(), testBrowser({ seed: 9 }).tab());
  await other.sync.lead();
  await other.sync.compact(never);
  await other.sync.compact(never);
  const loaded = await openStore(image.open(), testBrowser({ seed: 10 }).tab());
  expect(await leave(loaded)).toEqual(first);
});

test("edits and deletions of confirmed records are made alike, too", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  const server = tinyServer();
  await someWrites(store);
  await leave(store);
  await exchangeAll(store, server);
  await store.sync.setPosition(position("off", 2));
  await store.commit([updateTask(3, { points: 9 }), deleteTask(1)]);
  await store.commit([updateTask(2, { points: 5 })]);
  const image = new Map(disk.values);
  const first = await leave(store, 3);
  expect(first).toMatchObject([{ kind: "update" }, { kind: "update" }, { kind: "delete" }]);
  const again = await openStore(memoryDisk(image).open(), browser.tab());
  expect(await leave(again, 3)).toEqual(first);
});

test("another content, another write and another store have other names", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await someWrites(store);
  const more = memoryDisk(new Map(disk.values));
  const [first] = await leave(store);
  const other = await openStore(more.open(), browser.tab());
  await other.commit([updateTask(2, { points: 1 })]);
  const stranger = await openStore(memoryDisk().open(), browser.tab());
  await someWrites(stranger);
  const names = [first, (await leave(other))[0], (await leave(stranger))[0]].map((mutation) => mutation?.client);
  expect(new Set(names).size).toBe(3);
});

test("F22: what was written long before it was promoted is stamped by when it was written", async () => {
  const browser = testBrowser();
  const store = await openStore(memoryDisk().open(), browser.tab());
  const written = Date.parse("2026-01-05T08:00:00.000Z");
  await someWrites(store);
  await browser.advance(600_000);
  const made = await leave(store);
  expect(made.map(({ hlc }) => parseHlc(hlc ?? "")?.ms)).toEqual(made.map(() => written));
  expect(new Set(made.map(({ hlc }) => hlc)).size).toBe(made.length);
  expect(new Set(made.map(({ at }) => at))).toEqual(new Set([new Date(written).toISOString()]));
});

test("L4: a tab that follows never sees less while what stage `off` left is promoted", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  const other = await openStore(disk.open(), browser.tab());
  await someWrites(store);
  await expect.poll(() => other.count("tasks")).toBe(3);
  const seen: number[] = [];
  other.subscribe(() => seen.push(other.count("tasks")));
  await leave(store);
  await expect.poll(() => other.outbox().mutations).toBe(4);
  expect(new Set(seen)).toEqual(new Set([3]));
});

/** A tab that has not heard that the school left `off` has given task 1 one point; the tab that leads has not read it yet. */
async function unawareWrite(disk = memoryDisk(), storage: Storage = disk.open()) {
  const browser = testBrowser();
  const store = await openStore(storage, browser.tab());
  const unaware = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  await store.sync.setPosition(position("off", 2));
  await expect.poll(() => unaware.position.epoch).toBe(2);
  browser.deaf = true;
  await store.sync.setPosition(position("dualwrite", 3));
  await unaware.commit([updateTask(1, { points: 1 })]);
  return { browser, store };
}

test.each(["pending", "settled"] as const)(
  "L6 F15: what a tab wrote unaware of the stage is no answer to a later write that it had not seen, which is %s",
  async (is) => {
    const { browser, store } = await unawareWrite();
    await browser.advance(20);
    await store.commit([updateTask(1, { points: 2 })]);
    const at = { position: position("dualwrite", 3) };
    const later = store.sync.batch(wide)?.mutations ?? [];
    if (is === "settled") {
      const changes = [change("tasks", task(1, "task 1", { points: 2 }), 2)];
      await store.sync.applyReply(reply(2, { ...at, results: applied(later, 2), changes }));
    }
    await store.sync.applyReply(reply(is === "settled" ? 2 : 1, at));
    const [stray] = store.sync.batch(wide)?.mutations ?? [];
    expect(stray).toMatchObject({ kind: "update", fields: { points: 1 }, base: { version: 1 } });
  },
);

test.each(["edited once", "edited and compacted", "edited back"] as const)(
  "L4 L7 F28: what was %s in stage `off` of one domain, and deleted by another device, is gone when the deletion has won",
  async (how) => {
    const disk = memoryDisk();
    const browser = testBrowser();
    const store = await openStore(disk.open(), browser.tab());
    await store.sync.lead();
    await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
    const halfOff = { ...position("dualwrite", 2), stages: { tasks: "off" } } as const;
    await store.sync.setPosition(halfOff);
    await store.commit([updateTask(1, { points: 7 })]);
    await store.sync.compact(never);
    const tombstone = change("tasks", null, null, task(1).id);
    await store.sync.applyReply(reply(2, { position: halfOff, changes: [tombstone] }));
    expect(store.get("tasks", task(1).id)).toMatchObject({
      state: "local",
      serverVersion: null,
      record: { points: 7 },
    });
    if (how !== "edited once") {
      const fields = how === "edited back" ? { points: task(1).points } : { points: 8 };
      await store.commit([updateTask(1, fields)]);
      await store.sync.compact(never);
    }
    const loaded = await openStore(disk.open(), browser.tab());
    expect([...loaded.all("tasks")]).toEqual([...store.all("tasks")]);
    await store.sync.setPosition(position("dualwrite", 3));
    const made = store.sync.batch(wide)?.mutations ?? [];
    expect(made).toMatchObject([{ kind: "update", recordId: task(1).id, base: { version: 1 } }]);
    const won = { status: "conflict", conflict: "UPDATE_DELETE", stands: "server" } as const;
    const results = made.map(({ client, id }) => ({ client, id, ...won }));
    await store.sync.applyReply(reply(2, { results, position: position("dualwrite", 3) }));
    expect(store.count("tasks")).toBe(0);
    const again = await openStore(disk.open(), browser.tab());
    expect([[...again.all("tasks")], again.count("tasks")]).toEqual([[], 0]);
  },
);

/** A disk that takes no entry of a log, or no step, before it is let go. */
function slowDisk(which: "wal/" | "sync/", disk = memoryDisk()) {
  const plain = disk.open();
  let gate = Promise.resolve();
  const storage: Storage = {
    ...plain,
    async commit(change) {
      if (change.puts.at(-1)?.[0].startsWith(which)) await gate;
      await plain.commit(change);
    },
  };
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { storage, hold };
}

test("L3: what was on its way to the disk when the school left `off` is sent before what refers to it", async () => {
  const disk = slowDisk("wal/");
  const browser = testBrowser();
  const store = await openStore(disk.storage, browser.tab());
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite", 1));
  await store.commit([createTask(1)]);
  await store.sync.setPosition(position("off", 2));
  const letGo = disk.hold();
  const late = store.commit([{ kind: "create", domain: "teams", record: team(1) }]);
  await settle();
  const ended = store.sync.setPosition(position("dualwrite", 3));
  await settle();
  letGo();
  await Promise.all([late, ended]);
  await browser.advance(20);
  await store.commit([updateTask(1, { teamId: team(1).id })]);
  const sent: string[] = [];
  for (let seq = 1; seq < 4; seq++) {
    const mutations = store.sync.batch(wide)?.mutations ?? [];
    sent.push(...mutations.map(({ kind, domain }) => `${kind} ${domain}`));
    await store.sync.applyReply(reply(seq, { results: applied(mutations), position: position("dualwrite", 3) }));
  }
  expect(sent).toContain("create teams");
  expect(sent.indexOf("update tasks")).toBeGreaterThan(sent.indexOf("create teams"));
});

test("L3: a write over what is being made into a mutation comes after it, and has seen it", async () => {
  const disk = memoryDisk();
  const slow = slowDisk("sync/", disk);
  const { store } = await unawareWrite(disk, slow.storage);
  const letGo = slow.hold();
  const answered = store.sync.applyReply(reply(1, { position: position("dualwrite", 3) }));
  await settle();
  const last = store.commit([updateTask(1, { points: 2 })]);
  await settle();
  letGo();
  await Promise.all([answered, last]);
  const [stray, word] = store.sync.batch(wide)?.mutations ?? [];
  expect(stray).toMatchObject({ fields: { points: 1 }, base: { version: 1 } });
  expect(word).toMatchObject({ fields: { points: 2 }, base: { mutation: stray?.id, client: stray?.client } });
});

test("L3: what was formed before mutations are made of what `off` left is among them, however slow the disk is", async () => {
  const slow = slowDisk("wal/");
  const store = await openStore(slow.storage, testBrowser().tab());
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite", 1));
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  await store.sync.setPosition(position("off", 2));
  await store.commit([updateTask(1, { points: 1 })]);
  const letGo = slow.hold();
  const last = store.commit([updateTask(1, { points: 2 })]);
  await settle();
  const ended = store.sync.setPosition(position("dualwrite", 3));
  await settle();
  letGo();
  await Promise.all([last, ended]);
  expect(store.sync.batch(wide)?.mutations).toMatchObject([{ fields: { points: 2 }, base: { version: 1 } }]);
});

test("L1: what is edited in `off` over a write that was answered, and whose change has not come, is folded in with it", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite", 1));
  await store.sync.applyReply(reply(1));
  await store.commit([createTask(1)]);
  const results = applied(store.sync.batch(wide)?.mutations ?? []);
  await store.sync.applyReply({ ...reply(1, { results }), seq: 9 });
  await store.sync.setPosition(position("off", 2));
  await store.commit([updateTask(1, { title: "edited" })]);
  await store.sync.compact(never);
  const open = (): Promise<RecordStore> => openStore(disk.open(), browser.tab());
  for (const one of [store, await open()])
    expect([one.get("tasks", task(1).id)?.record.title, await one.quarantined()]).toEqual(["edited", []]);
  await store.sync.applyReply(reply(9, { changes: [change("tasks", task(1), 1)], position: position("off", 2) }));
  await store.sync.compact(never);
  await store.sync.compact(never);
  for (const one of [store, await open()])
    expect([one.get("tasks", task(1).id)?.record.title, await one.quarantined()]).toEqual(["edited", []]);
});

test("L1 F3: what stage `off` left is promoted again when both that tell of the promotion rotted, under a name of its own", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.commit([createTask(1)]);
  const [first] = await leave(store);
  for (const key of disk.values.keys())
    if (key.startsWith("sync/") || key.startsWith(`wal/${first?.client}/`)) disk.values.set(key, "rotten");
  const later = await openStore(disk.open(), browser.tab());
  const [again] = await leave(later);
  expect(again).toMatchObject({ kind: "create", fields: first?.fields });
  expect(again?.client).not.toBe(first?.client);
});

test("L2 F11: of a profile that goes back, another part of what stage `off` left has another name", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await someWrites(store);
  const image = new Map(disk.values);
  await store.sync.lead();
  await store.sync.setPosition({ stage: "off", stages: { tasks: "dualwrite" }, epoch: 1 });
  const [first] = store.sync.batch(wide)?.mutations ?? [];
  const [again] = await leave(await openStore(memoryDisk(image).open(), browser.tab()));
  expect([first?.domain, again?.domain]).toEqual(["tasks", "teams"]);
  expect(again?.client).not.toBe(first?.client);
});

test("L3: what a tab wrote unaware of the stage goes out behind what it refers to, though that was promoted before it", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const [store, unaware] = [await openStore(disk.open(), browser.tab()), await openStore(disk.open(), browser.tab())];
  browser.deaf = true;
  await leave(store);
  for (const n of [1, 2, 3]) await unaware.commit([{ kind: "create", domain: "teams", record: team(n) }]);
  await store.sync.applyReply(reply(0));
  await unaware.commit([createTask(1, "of the third", { teamId: team(3).id })]);
  await store.sync.applyReply(reply(0));
  expect(store.sync.batch(wide)?.mutations.map(({ domain }) => domain)).toEqual(["teams", "teams", "teams", "tasks"]);
});
