/** Commits on a disk that refuses, loses or hangs, and what queues while one is under way. */
import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../../src/local/memory-storage.ts";
import type { OpenOptions } from "../../src/local/open-record-store.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import { type Fault, faultyStorage, type Operation } from "../support/faulty-storage.ts";
import { settle, type TestPlatform, testBrowser } from "../support/platform.ts";
import {
  change,
  createTask,
  openStore,
  position,
  recordId,
  reply,
  task,
  titles,
  updateTask,
  wide,
} from "../support/store.ts";

interface Bench {
  readonly disk: MemoryDisk;
  readonly store: RecordStore;
  readonly platform: TestPlatform;
  /** What happens at the next operations of this kind, in turn. */
  next(operation: Operation, ...faults: Fault[]): void;
  again(): Promise<RecordStore>;
}

async function bench(more: Partial<OpenOptions> = {}, stage: "off" | "dualwrite" = "dualwrite"): Promise<Bench> {
  const disk = memoryDisk();
  const browser = testBrowser();
  const platform = browser.tab();
  const planned: { operation: Operation; fault: Fault }[] = [];
  const storage = faultyStorage(disk.open(), (_, operation) => {
    if (planned[0]?.operation !== operation) return null;
    return planned.shift()?.fault ?? null;
  });
  const store = await openStore(storage, platform, more);
  if (stage !== "off") {
    await store.sync.lead();
    await store.sync.setPosition(position(stage));
  }
  return {
    disk,
    store,
    platform,
    next: (operation, ...faults) => planned.push(...faults.map((fault) => ({ operation, fault }))),
    again: () => openStore(disk.open(), browser.tab()),
  };
}

const walKeys = ({ values }: MemoryDisk): string[] => [...values.keys()].filter((key) => key.startsWith("wal/"));

describe("group commit", () => {
  test("a thousand commits at once become a handful of entries", async () => {
    const { store, disk } = await bench();
    await Promise.all(Array.from({ length: 1000 }, (_, i) => store.commit([createTask(i)])));
    expect(walKeys(disk).length).toBeLessThan(5);
    expect(store.outbox().mutations).toBe(1000);
  });

  test("an entry takes no more once it is about a megabyte long", async () => {
    const { store, disk } = await bench();
    const long = "x".repeat(90_000);
    await Promise.all(Array.from({ length: 30 }, (_, i) => store.commit([createTask(i, long)])));
    expect(walKeys(disk).length).toBeGreaterThan(2);
    expect(Math.max(...[...disk.values.values()].map((value) => value.length))).toBeLessThan(1_200_000);
  });

  test("the page draws a few times while a thousand commits are formed, and not after each", async () => {
    const platform = testBrowser().tab();
    let drawn = 0;
    const breathe = async (): Promise<void> => {
      drawn += 1;
    };
    const store = await openStore(memoryDisk().open(), { ...platform, timers: { ...platform.timers, breathe } });
    drawn = 0;
    await Promise.all(Array.from({ length: 1100 }, (_, i) => store.commit([createTask(i)])));
    expect(drawn).toBe(2);
  });

  test("one commit that the disk refuses fails alone; the others of its group are tried once each", async () => {
    const { store, next, again } = await bench();
    // The group, then the first, the second, the third alone.
    next("commit", "quota late", null, "quota late", null);
    const three = await Promise.allSettled([1, 2, 3].map((n) => store.commit([createTask(n)])));
    expect(three.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(three[1]).toMatchObject({ reason: { code: "STORAGE_FULL" } });
    expect(store.sync.batch(wide)?.mutations.map(({ id }) => id)).toEqual([1, 2]);
    expect(titles(store)).toEqual(["task 1", "task 3"]);
    expect(titles(await again())).toEqual(["task 1", "task 3"]);
  });

  test("L3 B15: a commit that finds the outbox full leaves no gap in the ids of those that go with it", async () => {
    const { store } = await bench({ limits: { maxOutboxBytes: 2000 } });
    const three = await Promise.allSettled(
      [createTask(1), createTask(2, "x".repeat(2000)), createTask(3)].map((write) => store.commit([write])),
    );
    expect(three.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(store.sync.batch(wide)?.mutations.map(({ id }) => id)).toEqual([1, 2]);
    await expect(store.commit([updateTask(2, { points: 1 })])).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("L4: what the server says of a record while a write over it is on its way to the disk is kept", async () => {
    const disk = memoryDisk();
    const gate = Promise.withResolvers<void>();
    const plain = disk.open();
    let held = false;
    const storage: Storage = {
      ...plain,
      async commit(change) {
        const isLog = change.puts.some(([key]) => key.startsWith("wal/"));
        if (held && isLog) await gate.promise;
        await plain.commit(change);
      },
    };
    const store = await openStore(storage, testBrowser().tab());
    await store.sync.lead();
    await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)] }));
    held = true;
    const committed = store.commit([updateTask(1, { title: "mine" })]);
    await store.sync.applyReply(reply(2, { changes: [change("tasks", task(1, "theirs", { points: 7 }), 2)] }));
    gate.resolve();
    await committed;
    expect(store.get("tasks", recordId(1))?.record).toMatchObject({ title: "mine", points: 7 });
    expect(store.get("tasks", recordId(1))?.state).toBe("pending");
  });

  test("one commit that makes no sense fails alone", async () => {
    const { store } = await bench();
    const two = await Promise.allSettled([store.commit([updateTask(5, { points: 1 })]), store.commit([createTask(1)])]);
    expect(two.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
  });
});

describe("a full disk", () => {
  test.each(["quota at once", "quota late", "quota after success", "fails"] as const)(
    "F5: %s: nothing is acknowledged, nothing is seen, old bytes are whole, no id is lost",
    async (fault) => {
      const { store, next, disk, again } = await bench();
      await store.commit([createTask(1)]);
      const before = new Map(disk.values);
      next("commit", fault);
      const code = fault === "fails" ? expect.anything() : expect.objectContaining({ code: "STORAGE_FULL" });
      await expect(store.commit([createTask(2)])).rejects.toEqual(code);
      expect(disk.values).toEqual(before);
      expect(store.get("tasks", recordId(2))).toBeNull();
      expect((await store.commit([createTask(3)])).ids).toEqual([2]);
      expect(titles(await again())).toEqual(["task 1", "task 3"]);
    },
  );

  test("what waits for the server has a limit that can be seen", async () => {
    const { store } = await bench({ limits: { maxOutbox: 3 } });
    await store.commit([createTask(1), createTask(2)]);
    await expect(store.commit([createTask(3), createTask(4)])).rejects.toMatchObject({ code: "OUTBOX_FULL" });
    await store.commit([createTask(5)]);
    const two = await Promise.allSettled([store.commit([createTask(6)]), store.commit([createTask(7)])]);
    expect(two.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(titles(store)).toEqual(["task 1", "task 2", "task 5"]);
  });

  test("a limit in bytes holds as well", async () => {
    const { store } = await bench({ limits: { maxOutboxBytes: 1000 } });
    await store.commit([createTask(1)]);
    await expect(store.commit([createTask(2, "x".repeat(1000))])).rejects.toMatchObject({ code: "OUTBOX_FULL" });
  });

  test("B9: more records than a tab can hold are refused", async () => {
    const { store } = await bench({ limits: { maxRecords: 2 } }, "off");
    await store.commit([createTask(1), createTask(2)]);
    await store.sync.lead();
    await store.sync.compact(new AbortController().signal);
    await expect(store.commit([createTask(3)])).rejects.toMatchObject({ code: "LIMIT" });
  });
});

describe("a lost connection", () => {
  test("F7: a commit that was kept although the connection was lost is acknowledged", async () => {
    const { store, next, again } = await bench();
    next("commit", "lost, done");
    expect((await store.commit([createTask(1)])).ids).toEqual([1]);
    expect((await store.commit([createTask(2)])).ids).toEqual([2]);
    expect(titles(await again())).toEqual(["task 1", "task 2"]);
  });

  test("F7: one that was not kept is refused, and its id is used again", async () => {
    const { store, next, again } = await bench();
    next("commit", "lost, not done");
    await expect(store.commit([createTask(1)])).rejects.toMatchObject({ code: "STORAGE_LOST" });
    expect(store.get("tasks", recordId(1))).toBeNull();
    expect((await store.commit([createTask(2)])).ids).toEqual([1]);
    expect(titles(await again())).toEqual(["task 2"]);
  });

  test("F7: one of unknown fate is asked for before the next: it was kept, and nothing is written over it", async () => {
    const { store, next, again } = await bench();
    next("commit", "lost, done");
    next("read", "fails");
    await expect(store.commit([createTask(1)])).rejects.toMatchObject({ code: "STORAGE_LOST" });
    expect((await store.commit([createTask(2)])).ids).toEqual([2]);
    expect(titles(store)).toEqual(["task 1", "task 2"]);
    expect(titles(await again())).toEqual(["task 1", "task 2"]);
  });

  test("L1 F7: one of unknown fate that landed and rotted has used its number up: the next is seen, and found again", async () => {
    const { store, next, disk, again } = await bench();
    await store.commit([createTask(1)]);
    next("commit", "lost, done");
    next("read", "fails");
    await expect(store.commit([createTask(2)])).rejects.toMatchObject({ code: "STORAGE_LOST" });
    const rotten = walKeys(disk).at(-1) ?? "";
    disk.values.set(rotten, `${disk.values.get(rotten)}?`);
    await store.sync.lead();
    await store.commit([createTask(3)]);
    expect(titles(store)).toEqual(["task 1", "task 3"]);
    expect(titles(await again())).toEqual(["task 1", "task 3"]);
  });

  test.each([false, true])(
    "L1 F7: an id of unknown fate that was read, and may have been sent, is not used again when it has rotted (reads all again: %s)",
    async (reads) => {
      const { store, next, disk, platform } = await bench();
      await store.commit([createTask(1)]);
      next("commit", "lost, done");
      next("read", "fails");
      await expect(store.commit([createTask(2)])).rejects.toMatchObject({ code: "STORAGE_LOST" });
      await store.sync.lead();
      await store.sync.applyReply(reply(0));
      expect(store.sync.batch(wide)?.mutations.map(({ id }) => id)).toEqual([1, 2]);
      const rotten = walKeys(disk).at(-1) ?? "";
      disk.values.set(rotten, `${disk.values.get(rotten)}?`);
      if (reads) platform.channel("hda/test").post({ kind: "lost" });
      await settle();
      expect((await store.commit([createTask(3)])).ids).toEqual([3]);
    },
  );

  test("F7: a transaction that never settles ends as lost; later writes are taken on again", async () => {
    const { store, next, platform, again } = await bench();
    next("commit", "hangs");
    const hanging = store.commit([createTask(1)]).catch((error: unknown) => error);
    await settle();
    await platform.advance(20_000);
    expect(await hanging).toMatchObject({ code: "STORAGE_LOST" });
    await store.commit([createTask(2)]);
    expect(titles(await again())).toEqual(["task 2"]);
    // Only each tab's look at the disk now and then is left.
    expect(platform.sleeping()).toBe(2);
  });

  test("F7: a lost entry that lands late is not written over", async () => {
    const { store, next, disk, again } = await bench();
    await store.commit([createTask(1)]);
    const [last] = walKeys(disk);
    const first = disk.values.get(last ?? "") ?? "";
    next("commit", "lost, not done");
    await expect(store.commit([createTask(2)])).rejects.toMatchObject({ code: "STORAGE_LOST" });
    // Asked for: it is not there. It lands before the next one is written.
    const late = (last ?? "").replace(/1$/, "2");
    const original = disk.values.get.bind(disk.values);
    let reads = 0;
    disk.values.has = (key) => {
      if (key === late && ++reads === 1) queueMicrotask(() => disk.values.set(late, first));
      return original(key) !== undefined;
    };
    await expect(store.commit([createTask(3)])).rejects.toMatchObject({ code: "FENCED" });
    expect(disk.values.get(late)).toBe(first);
    expect(titles(await again())).toEqual(["task 1"]);
  });
});

describe("opening", () => {
  const start = async (fault: Fault) => {
    const disk = memoryDisk();
    const browser = testBrowser();
    const store = await openStore(disk.open(), browser.tab());
    await store.commit([createTask(1)]);
    await store.close();
    const before = new Map(disk.values);
    let faults: Fault[] = [fault];
    const storage = faultyStorage(disk.open(), (_, operation) =>
      operation === "read" ? (faults.shift() ?? null) : null,
    );
    const platform = browser.tab();
    return { disk, before, platform, open: () => openStore(storage, platform), heal: () => (faults = []) };
  };

  test("F6: a first read that fails is not an empty store; nothing is written; it may be tried again", async () => {
    const { open, disk, before } = await start("fails");
    await expect(open()).rejects.toMatchObject({ code: "STORAGE_UNREADABLE" });
    expect(disk.values).toEqual(before);
    expect(titles(await open())).toEqual(["task 1"]);
  });

  test("F6: a first read that never settles ends after ten seconds, and nothing is written", async () => {
    const { open, disk, before, platform } = await start("hangs");
    const opening = open().catch((error: unknown) => error);
    await settle();
    await platform.advance(10_000);
    expect(await opening).toMatchObject({ code: "STORAGE_UNREADABLE" });
    expect(disk.values).toEqual(before);
    expect(titles(await open())).toEqual(["task 1"]);
  });

  test("F9: values without a directory are never taken for an empty store", async () => {
    const { open, disk, heal } = await start(null);
    heal();
    disk.values.delete("meta");
    const before = new Map(disk.values);
    await expect(open()).rejects.toMatchObject({ code: "STORE_CORRUPT", place: "meta" });
    expect(disk.values).toEqual(before);
  });

  test("two tabs that open an empty store at once agree on it", async () => {
    const disk = memoryDisk();
    const browser = testBrowser();
    const [a, b] = await Promise.all([openStore(disk.open(), browser.tab()), openStore(disk.open(), browser.tab())]);
    await a.commit([createTask(1)]);
    await b.commit([createTask(2)]);
    expect(titles(await openStore(disk.open(), browser.tab()))).toEqual(["task 1", "task 2"]);
  });

  test("what weakens the promise is said: relaxed durability, a single tab", async () => {
    const inner = memoryDisk().open();
    const weak = { ...inner, durability: "relaxed", shared: false } as const;
    const store = await openStore(weak, testBrowser().tab());
    expect(store.warnings).toEqual([
      "Durability is relaxed: the last writes before a power cut may be lost.",
      "This storage serves a single tab: do not open the app twice.",
    ]);
  });
});

describe("what may be written", () => {
  test("S12: a field that is none is refused, also one that every object has", async () => {
    const { store } = await bench();
    await store.commit([createTask(1)]);
    for (const name of ["constructor", "toString", "nothing"])
      await expect(store.commit([updateTask(1, { [name]: 1 })])).rejects.toMatchObject({ place: expect.any(String) });
    const proto: object = JSON.parse('{"__proto__": {"polluted": true}}');
    const pollute = { kind: "update", domain: "tasks", id: recordId(1), fields: { ...proto } } as const;
    await expect(store.commit([pollute])).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect("polluted" in {}).toBe(false);
    await expect(store.commit([updateTask(1, { points: 1.5 })])).rejects.toMatchObject({ place: "/points" });
    await store.commit([updateTask(1, { extra: { b: 1, a: 2 } })]);
    expect(JSON.stringify(store.get("tasks", recordId(1))?.record.extra)).toBe('{"a":2,"b":1}');
  });

  test("a commit that is called in the very turn in which the queue ran empty is written as well", async () => {
    const { store } = await bench();
    for (let i = 0; i < 200; i++) {
      await store.commit([createTask(i)]);
      for (let turns = i % 7; turns > 0; turns--) await Promise.resolve();
    }
    expect(store.count("tasks")).toBe(200);
  });
});

test("L1: 150,000 records are taken in one commit", { timeout: 60_000 }, async () => {
  const store = await openStore(memoryDisk().open(), testBrowser().tab());
  await store.commit(Array.from({ length: 150_000 }, (_, i) => createTask(i + 1)));
  expect(store.count("tasks")).toBe(150_000);
});
