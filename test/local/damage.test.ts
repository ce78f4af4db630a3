/** Torn, cut and missing values: set aside with their bytes, never taken for empty, and mended where that is possible. */
import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../../src/local/memory-storage.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import { settle, type TestBrowser, testBrowser } from "../support/platform.ts";
import {
  change,
  createTask,
  cursorAt,
  openStore,
  position,
  recordId,
  reply,
  task,
  team,
  titles,
  updateTask,
  wide,
} from "../support/store.ts";
import { exchange, exchangeAll, poison, tinyServer } from "../support/tiny-server.ts";

const never = new AbortController().signal;

interface Bench {
  readonly disk: MemoryDisk;
  readonly browser: TestBrowser;
  readonly store: RecordStore;
  open(): Promise<RecordStore>;
}

async function bench(): Promise<Bench> {
  const disk = memoryDisk();
  const browser = testBrowser();
  const open = () => openStore(disk.open(), browser.tab());
  const store = await open();
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  return { disk, browser, store, open };
}

const keysOf = ({ values }: MemoryDisk, prefix: string): string[] =>
  [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
const lastKey = (disk: MemoryDisk, prefix: string): string => keysOf(disk, prefix).at(-1) ?? "";

const damages: readonly (readonly [name: string, damage: (text: string) => string])[] = [
  ["torn", (text) => text.slice(0, -20) + "\u0000".repeat(20)],
  ["truncated", (text) => text.slice(0, text.length / 2)],
  ["emptied", () => ""],
  ["one character changed", (text) => text.replace("task", "tusk")],
];

function damage(disk: MemoryDisk, key: string, how: (text: string) => string): string {
  const text = disk.values.get(key) ?? "";
  const bad = how(text);
  expect(bad).not.toBe(text);
  disk.values.set(key, bad);
  return bad;
}

describe.each(damages)("F3: %s", (_, how) => {
  test("a chunk: the generation before and the logs behind it are read, the bytes are kept", async () => {
    const { disk, store, open } = await bench();
    const server = tinyServer();
    await store.commit([createTask(1), createTask(2)]);
    await exchangeAll(store, server);
    await store.sync.compact(never);
    await store.commit([updateTask(1, { title: "task one" })]);
    await exchangeAll(store, server);
    await store.sync.compact(never);
    const key = lastKey(disk, "chunk/");
    const raw = damage(disk, key, how);
    const later = await open();
    expect(titles(later)).toEqual(["task one", "task 2"]);
    expect(await later.quarantined()).toMatchObject([{ key, raw, code: "STORE_CORRUPT" }]);
    expect(later.warnings).toHaveLength(1);
    await later.sync.lead();
    await later.sync.compact(never);
    await later.sync.compact(never);
    const healed = await open();
    expect(healed.warnings).toEqual([]);
    expect(titles(healed)).toEqual(["task one", "task 2"]);
    expect(await healed.quarantined()).toHaveLength(1);
  });

  test("a chunk of both generations: what the server holds is asked for again, the rest stays", async () => {
    const { disk, store, open } = await bench();
    const server = tinyServer();
    await store.commit([createTask(1), createTask(2)]);
    await exchangeAll(store, server);
    await store.sync.compact(never);
    await store.commit([
      {
        kind: "create",
        domain: "teams",
        record: { id: recordId(7), externalId: null, name: "t", parentId: null, extra: {} },
      },
    ]);
    await store.sync.compact(never);
    const raw = damage(disk, lastKey(disk, "chunk/tasks"), how);
    const later = await open();
    expect(later.get("teams", recordId(7))).not.toBeNull();
    // No server takes this cursor.
    expect(later.position.cursor).toBe("lost");
    expect(await later.quarantined()).toMatchObject([{ raw }]);
    await later.sync.lead();
    const { changes, seq } = server.pull(null);
    await later.sync.stageSnapshot(changes, { cursor: cursorAt(seq), token: null });
    await later.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(seq), seq });
    expect(titles(later)).toEqual(["task 1", "task 2"]);
    await exchangeAll(later, server);
    await later.sync.compact(never);
    const healed = await open();
    expect(healed.warnings).toEqual([]);
    expect(titles(healed)).toEqual(["task 1", "task 2"]);
    expect(healed.position.cursor).toBe(cursorAt(server.seq()));
  });

  test("an entry of a log: its bytes are set aside, the log goes on with the next", async () => {
    const { disk, store, open } = await bench();
    const server = tinyServer();
    await store.commit([createTask(1)]);
    await store.commit([createTask(2)]);
    await store.commit([createTask(3)]);
    const raw = damage(disk, keysOf(disk, `wal/${store.clientId}/`)[1] ?? "", how);
    const later = await open();
    expect(titles(later)).toEqual(["task 1", "task 3"]);
    expect(later.warnings).toEqual([expect.stringMatching(/torn entry/)]);
    expect(await later.quarantined()).toMatchObject([{ raw }]);
    // The ids have a gap now: the server stops there, and the rest goes on under another name.
    await later.sync.lead();
    expect(() => server.push(later.sync.batch(wide)?.mutations ?? [])).toThrow(/gap/);
    await later.sync.rehome(store.clientId, 2);
    await exchangeAll(later, server);
    expect(server.rows("tasks").map(({ title }) => title)).toEqual(["task 1", "task 3"]);
  });

  test("a step of synchronisation: answers are asked for again, records are loaded again", async () => {
    const { disk, store, open } = await bench();
    const server = tinyServer();
    await store.commit([createTask(1)]);
    await exchangeAll(store, server);
    await store.commit([createTask(2)]);
    await exchange(store, server);
    damage(disk, lastKey(disk, "sync/"), (text) => (how(text) === text ? text.slice(1) : how(text)));
    const later = await open();
    expect(later.position.cursor).toBe("lost");
    expect(later.outbox().mutations).toBe(1);
    expect(titles(later)).toEqual(["task 1", "task 2"]);
    await later.sync.lead();
    await exchangeAll(later, server).catch(() => undefined);
    expect(new Set(server.effects).size).toBe(server.effects.length);
    // Not before a snapshot replaced the records is a cursor believed again.
    expect(later.position.cursor).toBe("lost");
  });

  test("the state beside the records: the generation before has it", async () => {
    const { disk, store, open } = await bench();
    const server = tinyServer();
    await store.commit([createTask(1, poison)]);
    await exchangeAll(store, server);
    await store.sync.compact(never);
    await store.sync.applyReply(reply(50, { changes: [change("tasks", task(2), 1)] }));
    await store.sync.compact(never);
    damage(disk, lastKey(disk, "state/"), (text) => (how(text) === text ? text.slice(1) : how(text)));
    const later = await open();
    expect(later.parked()).toHaveLength(1);
    expect(titles(later)).toEqual(["task 2"]);
    expect(later.position.cursor).toBe(cursorAt(50));
  });

  test("the directory: nothing is opened, nothing is written", async () => {
    const { disk, store, open } = await bench();
    await store.commit([createTask(1)]);
    damage(disk, "meta", (text) => (how(text) === text ? text.slice(1) : how(text)));
    const before = new Map(disk.values);
    await expect(open()).rejects.toMatchObject({ code: "STORE_CORRUPT", place: "meta" });
    expect(disk.values).toEqual(before);
  });
});

test("F3: a page of a snapshot that is damaged is loaded again", async () => {
  const { disk, store } = await bench();
  await store.sync.stageSnapshot([change("tasks", task(1), 1)], { cursor: cursorAt(9), token: null });
  damage(disk, lastKey(disk, "stage/"), (text) => text.slice(1));
  expect(await store.sync.stagedSnapshot()).toBeNull();
  await expect(
    store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(9), seq: 9 }),
  ).rejects.toMatchObject({
    code: "RESYNC_REQUIRED",
  });
});

test("F4: a step whose write was lost is taken again by the next one", async () => {
  const { disk, store, open } = await bench();
  const server = tinyServer();
  await store.commit([createTask(1)]);
  await exchange(store, server);
  // The disk loses its last commit as a whole: records, answers and cursor were in one.
  disk.values.delete(lastKey(disk, "sync/"));
  const later = await open();
  expect(later.outbox().mutations).toBe(1);
  await later.sync.lead();
  await exchangeAll(later, server);
  expect(server.effects).toHaveLength(1);
  expect(later.get("tasks", recordId(1))).toMatchObject({ state: "synced", serverVersion: 1 });
});

test("a loader that is overtaken by new generations begins again", async () => {
  const { disk, store, browser } = await bench();
  const server = tinyServer();
  await store.commit([createTask(1)]);
  await exchangeAll(store, server);
  await store.sync.compact(never);
  const inner = disk.open();
  let overtaken = false;
  const slow: Storage = {
    ...inner,
    async read(keys) {
      const found = await inner.read(keys);
      if (overtaken || !keys.includes("meta")) return found;
      overtaken = true;
      for (let i = 2; i < 5; i++) {
        await store.commit([createTask(i)]);
        await exchangeAll(store, server);
        await store.sync.compact(never);
      }
      return found;
    },
  };
  const later = await openStore(slow, browser.tab());
  expect(titles(later)).toEqual(["task 1", "task 2", "task 3", "task 4"]);
  expect(later.warnings).toEqual([]);
  expect(await later.quarantined()).toEqual([]);
});

test("F3: a chunk that rotted, of several that both generations share, is missed once, and not at every opening", async () => {
  const { disk, store, open } = await bench();
  const changes = Array.from({ length: 2500 }, (_, n) => change("tasks", task(n + 1), 1));
  await store.sync.applyReply(reply(1, { changes }));
  await store.sync.compact(never);
  await store.sync.applyReply(reply(2, { changes: [change("tasks", task(2500), 2)] }));
  await store.sync.compact(never);
  damage(disk, keysOf(disk, "chunk/tasks/")[0] ?? "", (text) => text.slice(1));
  const later = await open();
  expect(later.warnings).toHaveLength(1);
  await later.sync.lead();
  await later.sync.stageSnapshot(changes, { cursor: cursorAt(3), token: null });
  await later.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(3), seq: 3 });
  await later.sync.compact(never);
  const healed = await open();
  expect([healed.warnings, healed.position.cursor, healed.count("tasks")]).toEqual([[], cursorAt(3), 2500]);
  expect(await healed.quarantined()).toHaveLength(1);
});

test("a chunk that is missing although nobody replaced it is reported", async () => {
  const { disk, store, open } = await bench();
  const server = tinyServer();
  await store.commit([createTask(1)]);
  await exchangeAll(store, server);
  await store.sync.compact(never);
  const key = lastKey(disk, "chunk/");
  disk.values.delete(key);
  const later = await open();
  expect(later.warnings).toHaveLength(1);
  expect(await later.quarantined()).toMatchObject([{ key, raw: "" }]);
});

test("an entry that is missing between others is reported", async () => {
  const { disk, store, open } = await bench();
  for (const n of [1, 2, 3]) await store.commit([createTask(n)]);
  disk.values.delete(keysOf(disk, `wal/${store.clientId}/`)[1] ?? "");
  const later = await open();
  expect(titles(later)).toEqual(["task 1", "task 3"]);
  expect(later.warnings).toEqual([expect.stringMatching(/An entry is missing/)]);
});

test("L4 F3: of a snapshot of which a page is missing nothing is shown, and all of it is asked for again", async () => {
  const { disk, store, open } = await bench();
  for (const n of [1, 2])
    await store.sync.stageSnapshot([change("tasks", task(n), 1)], { cursor: cursorAt(9), token: n === 1 ? "a" : null });
  await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(9), seq: 9 });
  expect(titles(store)).toEqual(["task 1", "task 2"]);
  disk.values.delete(keysOf(disk, "stage/")[0] ?? "");
  const later = await open();
  expect([later.position.cursor, titles(later)]).toEqual(["lost", []]);
  expect(later.warnings).toEqual([expect.stringMatching(/damaged step/)]);
});

test("LIMIT: too many records are refused before they are read", async () => {
  const { disk, store, browser } = await bench();
  await store.sync.applyReply(reply(5, { changes: [1, 2, 3].map((n) => change("tasks", task(n), 1)) }));
  await store.sync.compact(never);
  const inner = disk.open();
  const read: string[] = [];
  const watched: Storage = {
    ...inner,
    read: (keys) => {
      read.push(...keys);
      return inner.read(keys);
    },
  };
  await expect(openStore(watched, browser.tab(), { limits: { maxRecords: 2 } })).rejects.toMatchObject({
    code: "LIMIT",
  });
  expect(read).toEqual(["meta"]);
});

test("F3: a damaged step that made mutations of what stage off left is not taken a second time", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.commit([createTask(1)]);
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  const key = lastKey(disk, "sync/");
  const raw = damage(disk, key, (text) => text.slice(1));
  const server = tinyServer();
  const later = await openStore(disk.open(), browser.tab());
  expect(later.position.stage).toBe("dualwrite");
  expect(await later.quarantined()).toMatchObject([{ key, raw }]);
  await later.sync.lead();
  await exchangeAll(later, server);
  expect(server.effects).toHaveLength(1);
});

test("F3: an entry that is damaged while tabs are open is set aside, and those behind it are read", async () => {
  const { disk, browser, store } = await bench();
  const other = await openStore(disk.open(), browser.tab());
  browser.deaf = true;
  await other.commit([createTask(1)]);
  await other.commit([createTask(2)]);
  await other.commit([createTask(3)]);
  damage(disk, keysOf(disk, `wal/${other.clientId}/`)[1] ?? "", (text) => text.slice(1));
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(9), 1)] }));
  await store.sync.applyReply(reply(1));
  expect(titles(store)).toEqual(["task 1", "task 3", "task 9"]);
  expect(await store.quarantined()).toHaveLength(1);
});

test("F3: a damaged entry that was answered already goes to quarantine before it is folded away", async () => {
  const { disk, store, open } = await bench();
  const server = tinyServer();
  await store.commit([createTask(1)]);
  await exchangeAll(store, server);
  const key = lastKey(disk, `wal/${store.clientId}/`);
  const raw = damage(disk, key, (text) => text.slice(1));
  for (let i = 0; i < 3; i++) {
    await store.sync.compact(never);
    await store.sync.applyReply(reply(10 + i, { changes: [change("tasks", task(9), i + 1)] }));
  }
  expect(disk.values.has(key)).toBe(false);
  expect(await (await open()).quarantined()).toMatchObject([{ key, raw }]);
});

test("F3: an update whose record was in a damaged entry is set aside, not dropped", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.commit([createTask(1)]);
  await store.commit([updateTask(1, { points: 4 })]);
  damage(disk, keysOf(disk, "wal/")[0] ?? "", (text) => text.slice(1));
  const later = await openStore(disk.open(), browser.tab());
  await later.sync.lead();
  await later.sync.setPosition(position("dualwrite"));
  expect(await later.quarantined()).toMatchObject([
    { code: "STORE_CORRUPT" },
    { code: "NOT_FOUND", raw: expect.stringContaining('"points":4') },
  ]);
});

test("a mutation whose answer was in a damaged step is answered again, also behind later answers", async () => {
  const { disk, store, open } = await bench();
  const server = tinyServer();
  await store.commit([createTask(1)]);
  await exchange(store, server);
  const key = lastKey(disk, "sync/");
  await store.commit([createTask(2)]);
  await exchange(store, server);
  damage(disk, key, (text) => text.slice(1));
  const later = await open();
  await later.sync.lead();
  await later.sync.compact(never);
  const last = await open();
  expect(last.outbox().mutations).toBeGreaterThan(0);
  await last.sync.lead();
  await exchange(last, server);
  expect(last.outbox().mutations).toBe(0);
  expect(new Set(server.effects).size).toBe(server.effects.length);
});

test("F3: what only the logs held is still behind the generation before", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  await store.commit([createTask(1)]);
  await store.sync.compact(never);
  await store.commit([updateTask(1, { title: "task one" })]);
  await store.sync.compact(never);
  damage(disk, lastKey(disk, "chunk/"), (text) => text.slice(1));
  expect(titles(await openStore(disk.open(), browser.tab()))).toEqual(["task one"]);
});

test("L4: a step that is missing between others: no later cursor is believed", async () => {
  const { disk, store, open } = await bench();
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  const key = lastKey(disk, "sync/");
  await store.sync.applyReply(reply(2, { changes: [change("tasks", task(2), 1)] }));
  disk.values.delete(key);
  expect((await open()).position.cursor).toBe("lost");
});

test.each(["leads", "led by another meanwhile"] as const)(
  "L4 F3: a step that a second tab cannot read is mended by the one that %s, although that one remembers it",
  async (how) => {
    const { disk, store, open } = await bench();
    const server = tinyServer();
    const next = how === "leads" ? store : await open();
    await store.commit([createTask(1)]);
    await store.commit([{ kind: "create", domain: "teams", record: team(1) }]);
    await exchange(store, server);
    const key = lastKey(disk, "sync/");
    await store.commit([createTask(2)]);
    await exchange(store, server);
    await expect.poll(() => next.outbox().mutations).toBe(0);
    damage(disk, key, (text) => text.slice(1));
    const second = await open();
    expect([second.position.cursor, second.outbox().mutations]).toEqual(["lost", 2]);
    await expect.poll(() => store.position.cursor).toBe("lost");
    if (how !== "leads") await next.sync.lead();
    expect(next.position.cursor).toBe("lost");
    const { changes, seq } = server.pull(null);
    await next.sync.stageSnapshot(changes, { cursor: cursorAt(seq), token: null });
    await next.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(seq), seq });
    await exchangeAll(next, server);
    await expect.poll(() => [second.position.cursor, second.outbox().mutations]).toEqual([cursorAt(seq), 0]);
    expect(titles(second)).toEqual(["task 1", "task 2"]);
    expect(new Set(server.effects).size).toBe(server.effects.length);
  },
);

test("L4 F3: who listens to the leading tab is told at once of what it takes back because another tab cannot read it", async () => {
  const { disk, store, open } = await bench();
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  damage(disk, lastKey(disk, "sync/"), (text) => text.slice(1));
  const told = new Set<string>();
  store.subscribe(({ kind }) => told.add(kind));
  await open();
  await expect.poll(() => titles(store)).toEqual([]);
  expect([...told].sort()).toEqual(["records", "status"]);
});

test("L4 F3 F12: who has lost the lead unawares keeps what it has read when a tab finds that step damaged", async () => {
  const { disk, store: deposed, open } = await bench();
  const leading = await open();
  await leading.sync.lead();
  await leading.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  await expect.poll(() => titles(deposed)).toEqual(["task 1"]);
  damage(disk, lastKey(disk, "sync/"), (text) => text.slice(1));
  await open();
  await expect.poll(() => leading.position.cursor).toBe("lost");
  await settle(50);
  expect(titles(deposed)).toEqual(["task 1"]);
});

test("L4 F3: a tab that did not hear of a step, and finds it damaged when it looks, has it mended, too", async () => {
  const { browser, disk, store, open } = await bench();
  const deaf = await open();
  browser.deaf = true;
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  damage(disk, lastKey(disk, "sync/"), (text) => text.slice(1));
  await store.sync.applyReply(reply(2, { changes: [change("tasks", task(2), 1)] }));
  browser.deaf = false;
  await browser.advance(20_000);
  await expect.poll(() => [deaf.position.cursor, store.position.cursor]).toEqual(["lost", "lost"]);
});

test("L4 F3: what a tab could not read is whole again in the generation that the leading one writes", async () => {
  const { browser, disk, store, open } = await bench();
  await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
  damage(disk, lastKey(disk, "sync/"), (text) => text.slice(1));
  browser.deaf = true;
  const second = await open();
  await store.sync.compact(never);
  await browser.advance(20_000);
  await expect.poll(() => [second.position.cursor, titles(second)]).toEqual([cursorAt(1), ["task 1"]]);
});

test("L4 F3: what a tab could not read of a log is there by the generation into which another one has folded it", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  await store.commit([createTask(1)]);
  damage(disk, lastKey(disk, "wal/"), (text) => text.slice(1));
  const second = await openStore(disk.open(), browser.tab());
  expect(titles(second)).toEqual([]);
  await store.sync.compact(never);
  await settle(50);
  expect(titles(second)).toEqual(["task 1"]);
});

test("L4 F3: a step that left stage off is mended although it rotted with the log that repeats it, and a snapshot came since", async () => {
  const { disk, store, open, browser } = await bench();
  await store.sync.setPosition(position("off", 2));
  await store.commit([createTask(1)]);
  await store.sync.setPosition(position("dualwrite", 3));
  const rotting = [lastKey(disk, "sync/"), ...keysOf(disk, "wal/").filter((key) => !key.includes(store.clientId))];
  const server = tinyServer();
  await exchangeAll(store, server);
  const { changes, seq } = server.pull(null);
  await store.sync.stageSnapshot(changes, { cursor: cursorAt(seq), token: null });
  await store.sync.finishSnapshot({ ...position("dualwrite", 3), cursor: cursorAt(seq), seq });
  for (const key of rotting) damage(disk, key, (text) => text.slice(1));
  const second = await open();
  await browser.advance(20_000);
  await exchangeAll(store, server);
  await settle(50);
  for (const tab of [store, second])
    expect(tab.get("tasks", recordId(1))).toMatchObject({ state: "synced", serverVersion: 1 });
  expect(server.effects).toHaveLength(1);
});

test.each(["the leading tab cannot read either", "was folded away since"] as const)(
  "L11 F3: a step that %s is not read again with every look",
  async (how) => {
    const { disk, browser, store, open } = await bench();
    await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
    damage(disk, lastKey(disk, "sync/"), (text) => text.slice(1));
    const second = await open();
    await expect.poll(() => store.position.cursor).toBe("lost");
    const [leading, other] = how === "was folded away since" ? [second, store] : [store, second];
    if (leading === second) await second.sync.lead();
    await leading.sync.stageSnapshot([change("tasks", task(1), 1)], { cursor: cursorAt(1), token: null });
    await leading.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(1), seq: 1 });
    if (leading === second) {
      await second.sync.compact(never);
      await settle(50);
      await store.sync.lead();
      await expect(second.sync.setPosition(position("dualwrite", 2))).rejects.toMatchObject({ code: "FENCED" });
    }
    await settle(50);
    const told: string[] = [];
    for (const tab of [leading, other]) tab.subscribe(({ kind }) => told.push(kind));
    await browser.advance(60_000);
    expect(told).toEqual([]);
    expect([titles(leading), titles(other)]).toEqual([["task 1"], ["task 1"]]);
  },
);

test("L5 F3: an update that was folded in when another domain left stage off is set aside, too, when its record's entry has rotted", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  await store.commit([createTask(1)]);
  const created = lastKey(disk, "wal/");
  await store.commit([updateTask(1, { points: 7 })]);
  await store.commit([{ kind: "create", domain: "teams", record: team(1) }]);
  await store.sync.setPosition({ stage: "dualwrite", stages: { tasks: "off" }, epoch: 1 });
  const raw = damage(disk, created, (text) => text.slice(1));
  const later = await openStore(disk.open(), browser.tab());
  expect([titles(later), titles(later, "teams")]).toEqual([[], ["team 1"]]);
  expect(await later.quarantined()).toEqual([
    expect.objectContaining({ key: created, raw }),
    expect.objectContaining({ code: "NOT_FOUND", raw: expect.stringContaining('"points":7') }),
  ]);
});
