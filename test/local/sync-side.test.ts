/** The leader's steps: fenced, replayed alike by every tab, and the ways back when client and server disagree. */
import { describe, expect, test } from "vitest";
import { domainSet } from "../../src/domain/define-domain.ts";
import { type MemoryDisk, memoryDisk } from "../../src/local/memory-storage.ts";
import { type OpenOptions, openRecordStore } from "../../src/local/open-record-store.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import { type Fault, faultyStorage } from "../support/faulty-storage.ts";
import { eventually, settle, type TestBrowser, testBrowser } from "../support/platform.ts";
import {
  applied,
  change,
  createTask,
  cursorAt,
  deleteTask,
  openStore,
  position,
  recordId,
  reply,
  task,
  team,
  teams,
  titles,
  updateTask,
  wide,
} from "../support/store.ts";
import { exchange, exchangeAll, poison, tinyServer } from "../support/tiny-server.ts";

const never = new AbortController().signal;

interface Bench {
  readonly disk: MemoryDisk;
  readonly browser: TestBrowser;
  open(more?: Partial<OpenOptions>): Promise<RecordStore>;
}

function bench(): Bench {
  const disk = memoryDisk();
  const browser = testBrowser();
  return { disk, browser, open: (more) => openStore(disk.open(), browser.tab(), more) };
}

/** A tab that leads, in stage `dualwrite`. */
async function leader(more: Partial<OpenOptions> = {}) {
  const on = bench();
  const store = await on.open(more);
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  return { ...on, store, server: tinyServer() };
}

describe("who leads", () => {
  test("F12 F13: of two leaders the older one is fenced off, whatever it does", async () => {
    const { store: frozen, open } = await leader();
    await frozen.commit([createTask(1)]);
    const waiting = frozen.sync.batch(wide)?.mutations ?? [];
    const other = await open();
    await other.sync.lead();
    const steps: readonly (() => Promise<unknown>)[] = [
      () => frozen.sync.applyReply(reply(1, { results: applied(waiting), changes: [change("tasks", task(1), 1)] })),
      () => frozen.sync.setPosition(position("live", 9)),
      () => frozen.sync.compact(never),
      () => frozen.sync.stageSnapshot([], { cursor: cursorAt(1), token: null }),
      () => frozen.sync.rehome(frozen.clientId, 1),
      () => frozen.sync.rewind({ [frozen.clientId]: 0 }),
    ];
    for (const step of steps) await expect(step()).rejects.toMatchObject({ code: "FENCED" });
    expect((await open()).outbox().mutations).toBe(1);
    await frozen.commit([createTask(2)]);
    await eventually(() => expect(other.outbox().mutations).toBe(2));
    await frozen.sync.lead();
    await expect(other.sync.applyReply(reply(4, { changes: [change("tasks", task(4), 1)] }))).rejects.toMatchObject({
      code: "FENCED",
    });
  });

  test("F13: a leader that is fenced in the middle of compaction breaks nothing", async () => {
    const { disk, browser, store } = await leader();
    await store.sync.applyReply(reply(5, { changes: [1, 2, 3].map((n) => change("tasks", task(n), 1)) }));
    for (let k = 1; ; k++) {
      let thaw = (): void => undefined;
      const frozen = new Promise<void>((resolve) => {
        thaw = resolve;
      });
      const inner = disk.open();
      let commits = Number.NEGATIVE_INFINITY;
      const commit: typeof inner.commit = async (part) => {
        commits += 1;
        if (commits === k) await frozen;
        await inner.commit(part);
      };
      const old = await openStore({ ...inner, commit }, browser.tab());
      await old.sync.lead();
      await old.sync.applyReply(reply(10 * k, { changes: [change("tasks", task(1, `before ${k}`), 2 * k)] }));
      commits = 0;
      const compacting = old.sync.compact(never).catch((error: unknown) => error);
      await settle(3);
      const other = await openStore(disk.open(), browser.tab());
      await other.sync.lead();
      await other.sync.applyReply(reply(10 * k + 1, { changes: [change("tasks", task(1, `title ${k}`), 1 + 2 * k)] }));
      await other.sync.compact(never);
      thaw();
      await compacting;
      const later = await openStore(disk.open(), browser.tab());
      expect(later.warnings).toEqual([]);
      expect(titles(later)).toEqual([`title ${k}`, "task 2", "task 3"]);
      if (commits < k) break;
    }
  });

  test("a tab that never led cannot step", async () => {
    const { open } = bench();
    const store = await open();
    await expect(store.sync.setPosition(position("dualwrite"))).rejects.toMatchObject({ code: "FENCED" });
  });

  test("a step of unknown fate is asked for before the next", async () => {
    const { disk, browser } = await leader();
    const faults: Fault[] = [];
    const storage = faultyStorage(disk.open(), (_, operation) =>
      operation === "commit" ? (faults.shift() ?? null) : null,
    );
    const store = await openStore(storage, browser.tab());
    await store.sync.lead();
    faults.push("lost, done");
    const first = reply(5, { changes: [change("tasks", task(1), 1)] });
    await expect(store.sync.applyReply(first)).rejects.toMatchObject({ code: "STORAGE_LOST" });
    await store.sync.applyReply(reply(6, { changes: [change("tasks", task(2), 1)] }));
    expect(titles(store)).toEqual(["task 1", "task 2"]);
    expect(titles(await openStore(disk.open(), browser.tab()))).toEqual(["task 1", "task 2"]);
  });
});

describe("tabs", () => {
  test("where messages are lost, the leader finds the other tabs' writes with its next step", async () => {
    const { browser, store, open, server } = await leader();
    browser.deaf = true;
    const other = await open();
    await other.commit([createTask(1)]);
    await settle();
    expect(store.outbox().mutations).toBe(0);
    await store.sync.applyReply(reply(0));
    expect(store.outbox().mutations).toBe(1);
    await exchangeAll(store, server);
    await other.commit([createTask(2)]);
    await exchange(store, server);
    await exchange(store, server);
    expect(server.rows("tasks")).toHaveLength(2);
  });

  /** A record that two tabs change while nobody hears of the other; the third one has read neither. */
  async function twoWrites() {
    const { browser, store, open } = await leader();
    const [other, third] = [await open(), await open()];
    const answers = (seq: number, status: "applied" | "conflict") => {
      const results = applied(store.sync.batch(wide)?.mutations ?? [], seq).map((result) => ({ ...result, status }));
      return store.sync.applyReply(reply(seq, { results, changes: [change("tasks", task(1), seq)] }));
    };
    await store.commit([createTask(1)]);
    await answers(1, "applied");
    await eventually(() => expect(third.get("tasks", recordId(1))?.state).toBe("synced"));
    browser.deaf = true;
    return { browser, store, other, third, answers, states: () => [store, other, third].map(stateOf) };
  }
  const stateOf = (store: RecordStore) => store.get("tasks", recordId(1))?.state;

  test("L6: a conflict is shown in a tab, too, that reads only afterwards what was taken before it", async () => {
    const { browser, store, other, third, answers, states } = await twoWrites();
    await other.commit([updateTask(1, { title: "earlier" })]);
    await browser.advance(1000);
    await store.commit([updateTask(1, { title: "later" })]);
    await answers(2, "applied");
    await store.sync.readUntil(other.sync.mark());
    await answers(3, "conflict");
    for (const tab of [other, third]) await tab.sync.readUntil(store.sync.mark());
    await third.sync.readUntil(other.sync.mark());
    expect(states()).toEqual(["conflict", "conflict", "conflict"]);
  });

  test("a conflict that a later write has ended is not shown in a tab that reads of it only afterwards", async () => {
    const { browser, store, other, third, answers, states } = await twoWrites();
    await other.commit([updateTask(1, { title: "earlier" })]);
    await store.sync.readUntil(other.sync.mark());
    await answers(2, "conflict");
    await browser.advance(1000);
    await store.commit([updateTask(1, { title: "later" })]);
    await answers(3, "applied");
    for (const tab of [other, third]) await tab.sync.readUntil(store.sync.mark());
    await third.sync.readUntil(other.sync.mark());
    expect(states()).toEqual(["synced", "synced", "synced"]);
  });

  test("L6: of the conflicts that one step answers the one that was made last is shown, in whichever log it stands", async () => {
    const { browser, store, other, third, states } = await twoWrites();
    // By their stamps one after another, of two tabs that do not hear of each other.
    for (const [tab, title] of [
      [store, "1"],
      [other, "2"],
      [other, "3"],
      [store, "4"],
    ] as const) {
      await tab.commit([updateTask(1, { title })]);
      await browser.advance(10);
    }
    await store.sync.readUntil(other.sync.mark());
    const status = { 1: "applied", 2: "conflict", 3: "applied", 4: "conflict" } as const;
    const results = (store.sync.batch(wide)?.mutations ?? []).map(({ client, id, fields }, i) => ({
      client,
      id,
      status: status[Number(fields.title) as 1 | 2 | 3 | 4],
      version: 2 + i,
    }));
    expect(results.map(({ status: one }) => one)).toEqual(["applied", "conflict", "applied", "conflict"]);
    await store.sync.applyReply(reply(5, { results, changes: [change("tasks", { ...task(1), title: "4" }, 5)] }));
    for (const tab of [other, third]) await tab.sync.readUntil(store.sync.mark());
    await third.sync.readUntil(other.sync.mark());
    expect(states()).toEqual(["conflict", "conflict", "conflict"]);
  });

  test("a tab that has missed everything follows again with the first message that arrives", async () => {
    const { browser, store, open, server } = await leader();
    const other = await open();
    await store.commit([createTask(1)]);
    await eventually(() => expect(titles(other)).toEqual(["task 1"]));
    browser.deaf = true;
    for (let i = 2; i < 6; i++) {
      await store.commit([createTask(i)]);
      await exchangeAll(store, server);
      await store.sync.compact(never);
    }
    browser.deaf = false;
    await store.commit([updateTask(1, { title: "heard" })]);
    await eventually(() => expect(titles(other)).toEqual(["heard", "task 2", "task 3", "task 4", "task 5"]));
    expect(other.get("tasks", recordId(5))?.serverVersion).toBe(1);
    await other.sync.lead();
    await exchangeAll(other, server);
    await other.sync.compact(never);
    expect(titles(await open())).toEqual(titles(other));
  });

  test("a tab follows a new generation without reading its records again", async () => {
    const { store, open, server } = await leader();
    const other = await open();
    await store.commit([createTask(1)]);
    await exchangeAll(store, server);
    await eventually(() => expect(other.get("tasks", recordId(1))?.state).toBe("synced"));
    const record = other.get("tasks", recordId(1))?.record;
    await store.sync.compact(never);
    await settle();
    expect(other.get("tasks", recordId(1))?.record).toBe(record);
    await other.sync.lead();
    await other.sync.applyReply(reply(9, { changes: [change("tasks", task(2), 1)] }));
    await other.sync.compact(never);
    expect(titles(await open())).toEqual(["task 1", "task 2"]);
  });

  test("T14: a record at rest is shown as it is held, without a copy", async () => {
    const { store } = await leader();
    await store.sync.applyReply(reply(5, { changes: [change("tasks", task(1), 1)] }));
    expect(store.get("tasks", recordId(1))).toBe([...store.all("tasks")][0]);
  });
});

describe("answers", () => {
  test("an answer that comes twice changes nothing the second time", async () => {
    const { store } = await leader();
    await store.commit([createTask(1), createTask(2, poison)]);
    const [one, two] = store.sync.batch(wide)?.mutations ?? [];
    const client = store.clientId;
    const results = [
      { client, id: one?.id ?? 0, status: "applied", version: 1 },
      { client, id: two?.id ?? 0, status: "rejected", code: "RECORD_INVALID" },
    ] as const;
    await store.sync.applyReply(reply(5, { results, changes: [change("tasks", task(1), 1)] }));
    await store.discardParked(client, 2);
    await store.sync.applyReply(reply(5, { results, changes: [change("tasks", task(1), 1)] }));
    expect(store.parked()).toEqual([]);
    expect(titles(store)).toEqual(["task 1"]);
  });

  test("answered and not yet covered: it stays visible through compaction and a start anew", async () => {
    const { store, open } = await leader();
    await store.commit([createTask(1)]);
    const results = applied(store.sync.batch(wide)?.mutations ?? []);
    await store.sync.applyReply(reply(9, { results, cursor: cursorAt(3) }));
    await store.sync.compact(never);
    const later = await open();
    expect(titles(later)).toEqual(["task 1"]);
    expect(later.outbox().mutations).toBe(0);
    // A write on it is made on the version that the answer named.
    await later.commit([updateTask(1, { points: 1 })]);
    expect(later.sync.batch(wide)?.mutations).toMatchObject([{ base: { version: 1 } }]);
  });

  test("compaction forgets nothing that waits, in whichever log it stands", async () => {
    const { store, open, server } = await leader();
    const other = await open();
    await store.commit([createTask(1)]);
    await other.commit([createTask(2)]);
    await eventually(() => expect(store.outbox().mutations).toBe(2));
    await exchange(store, server, { maxMutations: 1 });
    for (let i = 0; i < 3; i++) await store.sync.compact(never);
    const later = await open();
    expect(later.outbox().mutations).toBe(1);
    expect(titles(later)).toEqual(["task 1", "task 2"]);
  });
});

describe("leaving off", () => {
  /** A record that the server knows, edited and another deleted while there was no outbox. */
  async function edited(fold: boolean) {
    const on = await leader();
    await on.store.commit([createTask(1), createTask(2), createTask(3)]);
    await exchangeAll(on.store, on.server);
    await on.store.sync.setPosition(position("off", 2));
    await on.store.commit([updateTask(1, { points: 1 }), deleteTask(2), createTask(4)]);
    await on.store.commit([updateTask(1, { points: 2 }), updateTask(3, { points: 3 })]);
    await on.store.commit([updateTask(3, { points: null })]);
    if (fold) await on.store.sync.compact(never);
    return on;
  }

  test.each([false, true])(
    "dirty fields, tombstones and new records become mutations (folded in: %s)",
    async (fold) => {
      const { store, open, server } = await edited(fold);
      const reopened = await open();
      for (const one of [store, reopened]) {
        expect(one.outbox().mutations).toBe(0);
        expect(one.get("tasks", recordId(1))).toMatchObject({
          state: "local",
          record: task(1, "task 1", { points: 2 }),
        });
        expect(titles(one)).toEqual(["task 1", "task 3", "task 4"]);
      }
      await reopened.sync.lead();
      await reopened.sync.setPosition(position("dualwrite", 3));
      expect(reopened.sync.batch(wide)?.mutations).toMatchObject([
        { id: 1, kind: "create", recordId: recordId(4), base: null },
        { id: 2, kind: "update", recordId: recordId(1), base: { version: 1 }, fields: { points: 2 } },
        { id: 3, kind: "delete", recordId: recordId(2), base: { version: 1 } },
      ]);
      for (const one of [reopened, await open()]) expect(titles(one)).toEqual(["task 1", "task 3", "task 4"]);
      await eventually(() => expect(store.outbox().mutations).toBe(3));
      await exchangeAll(reopened, server);
      expect(server.rows("tasks").map(({ title, points }) => [title, points])).toEqual([
        ["task 1", 2],
        ["task 3", null],
        ["task 4", null],
      ]);
      await eventually(() => expect(store.get("tasks", recordId(1))?.state).toBe("synced"));
    },
  );

  test("what the server refuses of it shows again what the server had confirmed", async () => {
    const { store } = await edited(true);
    await store.sync.setPosition(position("dualwrite", 3));
    const mutations = store.sync.batch(wide)?.mutations ?? [];
    const results = mutations.map(({ client, id }) => ({ client, id, status: "rejected", code: "FORBIDDEN" }) as const);
    await store.sync.applyReply(reply(50, { results }));
    expect(titles(store)).toEqual(["task 1", "task 2", "task 3"]);
    expect(store.get("tasks", recordId(1))?.record).toEqual(task(1));
    expect(store.parked()).toHaveLength(3);
  });

  test("parents are sent before the children that name them, within a domain as well", async () => {
    const { open, browser } = bench();
    const store = await open();
    const child = team(1, "child", { parentId: recordId(2) });
    await store.commit([
      createTask(5, "t", { teamId: recordId(1) }),
      { kind: "create", domain: "teams", record: child },
    ]);
    await store.commit([{ kind: "create", domain: "teams", record: team(2, "parent") }]);
    await store.sync.lead();
    await store.sync.setPosition(position("dualwrite"));
    expect(store.sync.batch(wide)?.mutations.map((m) => m.recordId)).toEqual([recordId(2), recordId(1), recordId(5)]);
    expect(browser.deaf).toBe(false);
  });

  test("records that the server never confirmed wait for the backfill where that is asked for", async () => {
    const { open } = bench();
    const store = await open({ promoteUnconfirmed: false });
    await store.commit([createTask(1), createTask(2), createTask(3)]);
    await store.sync.lead();
    await store.sync.setPosition(position("dualwrite"));
    expect(store.outbox().mutations).toBe(0);
    expect(store.get("tasks", recordId(1))).toMatchObject({ state: "local", serverVersion: null });
    // Written to, it is sent whole; deleted, it is made known first.
    await store.commit([updateTask(1, { points: 1 })]);
    await store.commit([deleteTask(2)]);
    const { id: _, ...whole } = task(1, "task 1", { points: 1 });
    expect(store.sync.batch(wide)?.mutations).toMatchObject([
      { id: 1, kind: "create", base: null, fields: whole },
      { id: 2, kind: "create", recordId: recordId(2) },
      { id: 3, kind: "delete", recordId: recordId(2), base: { mutation: 2 } },
    ]);
    expect(titles(store)).toEqual(["task 1", "task 3"]);
  });

  test("F15: what a tab wrote that had not heard of the stage is sent as well", async () => {
    const { browser, open, disk } = bench();
    const store = await open();
    await store.commit([createTask(1)]);
    const other = await open();
    await store.sync.lead();
    browser.deaf = true;
    await store.sync.setPosition(position("dualwrite"));
    await other.commit([updateTask(1, { points: 7 })]);
    await other.commit([createTask(2), createTask(3)]);
    expect(other.outbox().mutations).toBe(0);
    const server = tinyServer();
    browser.deaf = false;
    await exchangeAll(store, server);
    await exchangeAll(store, server);
    await exchangeAll(store, server);
    expect(server.rows("tasks").map(({ title, points }) => [title, points])).toEqual([
      ["task 1", 7],
      ["task 2", null],
      ["task 3", null],
    ]);
    expect(new Set(server.effects).size).toBe(server.effects.length);
    for (const one of [store, await openStore(disk.open(), browser.tab())]) {
      expect(titles(one)).toEqual(["task 1", "task 2", "task 3"]);
      expect(one.get("tasks", recordId(1))?.record).toEqual(task(1, "task 1", { points: 7 }));
    }
    await eventually(() => expect(titles(other)).toEqual(["task 1", "task 2", "task 3"]));
  });

  test("L1 F12 F15: one that lost the lead unawares, and could not adopt what it wrote so, goes on with what is on disk", async () => {
    const { browser, open, disk } = bench();
    const [deposed, store] = [await open(), await open()];
    await deposed.sync.lead();
    await store.sync.lead();
    browser.deaf = true;
    await store.sync.setPosition(position("dualwrite"));
    for (const n of [1, 2, 3]) await deposed.commit([createTask(n)]);
    browser.deaf = false;
    const server = tinyServer();
    const ear = browser.tab().channel("hda/test");
    // The leader adopts the first of them, `deposed` would adopt the others; and so on.
    for (const entry of [1, 2, 3]) {
      ear.post({ kind: "wal", client: deposed.clientId, entry });
      await settle(50);
      expect(titles(deposed)).toEqual(["task 1", "task 2", "task 3"]);
    }
    await store.sync.stageSnapshot([], { cursor: cursorAt(0), token: null });
    await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(0), seq: 0 });
    await exchangeAll(store, server);
    await settle(50);
    for (const one of [store, deposed, await openStore(disk.open(), browser.tab())])
      expect(titles(one)).toEqual(["task 1", "task 2", "task 3"]);
  });

  test("F15: while nobody leads, two tabs that both wrote unaware of the stage do not answer each other for ever", async () => {
    const { browser, open } = bench();
    const store = await open();
    const [one, two] = [await open(), await open()];
    await store.sync.lead();
    browser.deaf = true;
    await store.sync.setPosition(position("dualwrite"));
    await one.commit([createTask(1)]);
    await two.commit([createTask(2)]);
    await store.close();
    browser.deaf = false;
    let messages = 0;
    const ear = browser.tab().channel("hda/test");
    ear.subscribe(() => {
      messages += 1;
    });
    // Both look at the disk, and learn of the stage.
    ear.post({ kind: "generation" });
    await settle(300);
    // Each tells a leader once, in case there is one.
    expect(messages).toBe(2);
    for (const tab of [one, two]) expect(titles(tab)).toEqual(["task 1", "task 2"]);
  });

  test("L3: what was folded in over a write that waits is not laid over what was written since", async () => {
    const { open } = bench();
    const store = await open();
    await store.sync.lead();
    await store.sync.applyReply(reply(1, { changes: [change("tasks", task(2), 1)] }));
    await store.commit([createTask(1)]);
    await store.sync.setPosition(position("off", 2));
    await store.commit([updateTask(2, { points: 1 })]);
    await store.sync.compact(never);
    const other = await open();
    await other.commit([updateTask(2, { points: 2 })]);
    await store.sync.compact(never);
    expect((await open()).get("tasks", recordId(2))?.record).toMatchObject({ points: 2 });
  });

  test("L4: what was edited in `off`, folded in and deleted elsewhere is shown alike by all, and by who opens then", async () => {
    const { open } = bench();
    const [store, follower] = [await open(), await open()];
    await store.sync.lead();
    const off = { position: { stage: "dualwrite", stages: { tasks: "off" }, epoch: 1 } } as const;
    await store.sync.applyReply(reply(1, { ...off, changes: [change("tasks", task(1), 1)] }));
    await store.commit([updateTask(1, { points: 7 })]);
    await store.sync.compact(never);
    await settle(50);
    await store.sync.applyReply(reply(2, { ...off, changes: [change("tasks", null, null, recordId(1))] }));
    await settle(50);
    for (const tab of [store, follower]) expect(tab.get("tasks", recordId(1))?.record).toMatchObject({ points: 7 });
    await store.sync.setPosition(position("dualwrite", 2));
    expect(store.outbox().mutations).toBe(1);
    expect(store.get("tasks", recordId(1))).toEqual((await open()).get("tasks", recordId(1)));
  });

  test("a domain of its own stage: only what is not off waits", async () => {
    const { open } = bench();
    const store = await open();
    await store.sync.lead();
    await store.sync.setPosition({ stage: "dualwrite", stages: { tasks: "off" }, epoch: 1 });
    await store.commit([createTask(1)]);
    await store.commit([{ kind: "create", domain: "teams", record: team(1) }]);
    expect(store.sync.batch(wide)?.mutations).toMatchObject([{ domain: "teams" }]);
    await store.sync.setPosition({ stage: "dualwrite", stages: {}, epoch: 2 });
    expect(store.sync.batch(wide)?.mutations).toMatchObject([{ domain: "teams" }, { domain: "tasks" }]);
  });

  test("L1 F15: what was written unaware of one domain's stage is sent, although another domain leaves `off` just then", async () => {
    const { browser, open } = bench();
    const [store, unaware] = [await open(), await open()];
    await store.sync.lead();
    await store.sync.applyReply(reply(1, { changes: [change("tasks", task(1), 1)], position: position("off") }));
    await eventually(() => expect(titles(unaware)).toEqual(["task 1"]));
    browser.deaf = true;
    await store.sync.setPosition({ stage: "off", stages: { tasks: "dualwrite" }, epoch: 1 });
    await unaware.commit([updateTask(1, { points: 7 })]);
    await store.sync.setPosition(position("dualwrite", 2));
    expect(store.sync.batch(wide)?.mutations).toMatchObject([{ domain: "tasks", fields: { points: 7 } }]);
  });

  test.each(["lost, done", "lost, not done", "quota late"] as const)(
    "a promotion whose commit ends with %s loses nothing and makes nothing twice",
    async (fault) => {
      const { disk, browser } = bench();
      const faults: Fault[] = [];
      const storage = faultyStorage(disk.open(), (_, operation) =>
        operation === "commit" ? (faults.shift() ?? null) : null,
      );
      const store = await openStore(storage, browser.tab());
      await store.commit([createTask(1)]);
      await store.sync.lead();
      faults.push(fault);
      await store.sync.setPosition(position("dualwrite")).catch(() => undefined);
      await store.sync.setPosition(position("dualwrite"));
      expect(store.outbox().mutations).toBe(1);
      expect(titles(store)).toEqual(["task 1"]);
      expect((await openStore(disk.open(), browser.tab())).outbox().mutations).toBe(1);
    },
  );
});

describe("client and server disagree", () => {
  test("F11: CLIENT_FORKED: from there on the log goes by a new name, in its order, each on the one before", async () => {
    const { store, open, server } = await leader();
    await store.commit([createTask(1)]);
    const [other] = store.sync.batch(wide)?.mutations ?? [];
    await exchangeAll(store, server);
    if (!other) throw new Error("nothing waits");
    // The server knows a mutation 2 of this client that this image of the profile does not.
    const client = store.clientId;
    server.push([{ ...other, client, id: 2, recordId: recordId(90), base: null }]);
    await store.commit([createTask(2)]);
    await store.commit([updateTask(2, { points: 1 }), createTask(3)], { group: true });
    expect(() => server.push(store.sync.batch(wide)?.mutations ?? [])).toThrow(/forked/);
    expect(store.sync.batch(wide)?.retired).toEqual([]);
    await store.sync.rehome(client, 2);
    const sent = store.sync.batch(wide)?.mutations ?? [];
    const renamed = sent[0]?.client ?? "";
    expect(renamed).not.toBe(client);
    expect(sent).toMatchObject([
      { client: renamed, id: 1, base: null },
      { client: renamed, id: 2, base: { mutation: 1 }, group: 2, groupSize: 2 },
      { client: renamed, id: 3, group: 2, groupSize: 2 },
    ]);
    // What is still on its way under the old name comes too late.
    expect(store.sync.batch(wide)?.retired).toEqual([client]);
    expect((await open()).sync.batch({ ...wide, maxMutations: 1 })?.retired).toEqual([client]);
    // A later write of the same tab goes by the new name too, and so in every tab and after compaction.
    await store.commit([updateTask(3, { points: 9 })]);
    await store.sync.compact(never);
    const later = await open();
    expect(later.sync.batch(wide)).toEqual(store.sync.batch(wide));
    const heard: unknown[] = [];
    store.subscribe(
      (change) => change.kind === "results" && heard.push(...change.results.map(({ client, id }) => [client, id])),
    );
    await exchangeAll(store, server);
    expect(server.rows("tasks").map(({ title, points }) => [title, points])).toEqual([
      ["task 1", null],
      ["task 1", null],
      ["task 2", 1],
      ["task 3", 9],
    ]);
    // Whoever waits for an answer knows the mutation by the name that its commit gave it.
    expect(heard).toEqual([2, 3, 4, 5].map((id) => [client, id]));
    expect(store.sync.clients()).toEqual([
      { client, answered: 1 },
      { client: renamed, answered: 4 },
    ]);
  });

  test("another tab's mutation that is made on a renamed one names it anew", async () => {
    const { store, open } = await leader();
    const other = await open();
    await store.commit([createTask(1)]);
    await eventually(() => expect(titles(other)).toEqual(["task 1"]));
    await other.commit([updateTask(1, { points: 1 })]);
    await eventually(() => expect(store.outbox().mutations).toBe(2));
    await store.sync.rehome(store.clientId, 1);
    const [first, second] = store.sync.batch(wide)?.mutations ?? [];
    expect(second).toMatchObject({ client: other.clientId, base: { mutation: 1, client: first?.client } });
  });

  test("F29: a server that comes back from an older backup gets again what it does not know", async () => {
    const { store, open, server } = await leader();
    await store.commit([createTask(1)]);
    await exchangeAll(store, server);
    const restore = server.backup();
    await store.commit([createTask(2)]);
    await store.commit([updateTask(1, { points: 1 })]);
    await store.commit([createTask(3, poison)]);
    await exchangeAll(store, server);
    await store.commit([createTask(4)]);
    await exchange(store, server, { maxMutations: 1 });
    await store.sync.compact(never);
    await store.sync.compact(never);
    await store.commit([createTask(5)]);
    restore();
    const later = await open();
    await later.sync.lead();
    expect(later.parked()).toHaveLength(1);
    await later.sync.rewind(Object.fromEntries(server.last));
    expect(later.parked()).toHaveLength(0);
    expect(later.outbox().mutations).toBe(5);
    const { changes, seq } = server.pull(null);
    await later.sync.stageSnapshot(changes, { cursor: cursorAt(seq), token: null });
    await later.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(seq), seq });
    const shown = ["task 1", "task 2", poison, "task 4", "task 5"];
    for (const one of [later, await open()]) {
      expect(titles(one)).toEqual(shown);
      expect(one.sync.batch(wide)?.mutations.map(({ id }) => id)).toEqual([2, 3, 4, 5, 6]);
    }
    await later.sync.compact(never);
    expect((await open()).sync.batch(wide)).toEqual(later.sync.batch(wide));
    await eventually(() => expect(titles(store)).toEqual(shown));
    await exchangeAll(later, server);
    expect(server.rows("tasks").map(({ title, points }) => [title, points])).toEqual([
      ["task 1", 1],
      ["task 2", null],
      ["task 4", null],
      ["task 5", null],
    ]);
    expect(later.parked()).toHaveLength(1);
  });

  test("L3 F29: what is parked, and is not kept any more, stays in sight when the server goes back", async () => {
    const { browser, open, store: before, server } = await leader();
    await before.commit([createTask(1)]);
    await exchangeAll(before, server);
    const restore = server.backup();
    await before.commit([updateTask(1, { title: poison })]);
    await exchangeAll(before, server);
    await before.sync.compact(never);
    await before.close();
    await browser.advance(8 * 24 * 3_600_000);
    const store = await open();
    await store.sync.lead();
    await store.commit([createTask(2)]);
    await exchangeAll(store, server);
    await store.sync.compact(never);
    restore();
    await store.sync.rewind(Object.fromEntries(server.last));
    for (const one of [store, await open()]) {
      expect(one.parked()).toMatchObject([{ mutation: { fields: { title: poison } } }]);
      expect(one.get("tasks", recordId(1))?.state).toBe("parked");
    }
  });

  test("L6 F29: a conflict is over when what met it is taken by a server that has gone back", async () => {
    const { browser, store, open, server } = await leader();
    const restore = server.backup();
    const elsewhere = await openStore(memoryDisk().open(), browser.tab(), { name: "elsewhere" });
    await elsewhere.sync.lead();
    await elsewhere.sync.setPosition(position("dualwrite"));
    await elsewhere.commit([createTask(1, "elsewhere")]);
    await exchangeAll(elsewhere, server);
    await store.commit([createTask(1)]);
    await exchangeAll(store, server);
    expect(store.get("tasks", recordId(1))?.state).toBe("conflict");
    restore();
    await store.sync.rewind({ [store.clientId]: 0 });
    await exchangeAll(store, server);
    for (const one of [store, await open()]) expect(one.get("tasks", recordId(1))?.state).toBe("synced");
  });

  test("F29: what was given up is not sent again, though its id is", async () => {
    const { store, server } = await leader();
    const restore = server.backup();
    await store.commit([createTask(1, poison)]);
    await store.commit([createTask(2)]);
    await exchangeAll(store, server);
    await store.discardParked(store.clientId, 1);
    await store.sync.compact(never);
    restore();
    await store.sync.rewind({ [store.clientId]: 0 });
    expect(store.sync.batch(wide)?.mutations).toMatchObject([{ id: 1, kind: "update", fields: {} }, { id: 2 }]);
    await exchange(store, server);
    expect(server.rows("tasks").map(({ title }) => title)).toEqual(["task 2"]);
    expect(store.parked()).toEqual([]);
  });

  test("a snapshot that is begun at another place begins anew; nothing of the old one is mixed in", async () => {
    const { store } = await leader();
    await store.sync.stageSnapshot([change("tasks", task(1), 1)], { cursor: cursorAt(5), token: "a" });
    await store.sync.stageSnapshot([change("tasks", task(2), 1)], { cursor: cursorAt(8), token: "b" });
    expect(await store.sync.stagedSnapshot()).toEqual({ cursor: cursorAt(8), token: "b" });
    await expect(
      store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(8), seq: 8 }),
    ).rejects.toMatchObject({ code: "RESYNC_REQUIRED" });
    await store.sync.stageSnapshot([], { cursor: cursorAt(8), token: null });
    await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(8), seq: 8 });
    expect(titles(store)).toEqual(["task 2"]);
    // The next one may be at the same place.
    await store.sync.stageSnapshot([change("tasks", task(3), 1)], { cursor: cursorAt(8), token: null });
    await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(8), seq: 8 });
    expect(titles(store)).toEqual(["task 3"]);
    for (let i = 0; i < 3; i++) {
      await store.sync.applyReply(reply(9 + i, { changes: [change("tasks", task(9), i + 1)] }));
      await store.sync.compact(never);
    }
    expect(titles(store)).toEqual(["task 3", "task 9"]);
  });
});

test("F28: the server has purged what became of a mutation: it is parked unless the record shows it", async () => {
  const { store, open } = await leader();
  await store.commit([createTask(1), createTask(2)]);
  const mutations = store.sync.batch(wide)?.mutations ?? [];
  const results = mutations.map(({ client, id }) => ({ client, id, status: "duplicate" }) as const);
  await store.sync.applyReply(reply(9, { results, changes: [change("tasks", task(1), 1)] }));
  for (const one of [store, await open()]) {
    expect(titles(one)).toEqual(["task 1"]);
    expect(one.parked()).toMatchObject([{ code: "OUTCOME_UNKNOWN", mutation: { id: 2, fields: { title: "task 2" } } }]);
    expect(one.outbox().mutations).toBe(0);
  }
});

test("F15: a late write over a pending one of another tab is sent after it, not folded in below it", async () => {
  const { browser, open } = bench();
  const store = await open();
  await store.commit([createTask(1)]);
  const other = await open();
  await store.sync.lead();
  browser.deaf = true;
  await store.sync.setPosition(position("dualwrite"));
  await other.commit([updateTask(1, { points: 7 })]);
  await store.sync.applyReply(reply(0));
  const [created, updated] = store.sync.batch(wide)?.mutations ?? [];
  expect(updated).toMatchObject({
    kind: "update",
    base: { mutation: 1, client: created?.client },
    fields: { points: 7 },
  });
  expect(store.get("tasks", recordId(1))?.record).toEqual(task(1, "task 1", { points: 7 }));
  expect(await store.quarantined()).toEqual([]);
});

test("F15: a write over one that has no number yet waits for its number with it", async () => {
  const { browser, open } = bench();
  const store = await open();
  const other = await open();
  await store.sync.lead();
  browser.deaf = true;
  await store.sync.setPosition(position("dualwrite"));
  await other.commit([createTask(1)]);
  await store.close();
  await browser.advance(20_000);
  expect(other.position.stage).toBe("dualwrite");
  expect((await other.commit([updateTask(1, { points: 1 })])).ids).toEqual([null]);
  await other.sync.lead();
  const server = tinyServer();
  await exchangeAll(other, server);
  expect(server.rows("tasks")).toMatchObject([{ title: "task 1", points: 1 }]);
  expect(server.effects).toHaveLength(1);
});

test("L3 F15: what refers to what another tab wrote unaware of the stage is sent after it", async () => {
  const { browser, open } = bench();
  const store = await open();
  const [unaware, reader] = [await open(), await open()];
  await store.sync.lead();
  browser.deaf = true;
  await store.sync.setPosition(position("dualwrite"));
  await unaware.commit([1, 2, 3].map((n) => ({ kind: "create", domain: "teams", record: team(n) }) as const));
  await store.close();
  browser.deaf = false;
  // The reader looks at the disk, in the same moment; nobody leads.
  browser.tab().channel("hda/test").post({ kind: "generation" });
  await settle(50);
  expect(reader.position.stage).toBe("dualwrite");
  await reader.commit([createTask(1, "task 1", { teamId: team(3).id })]);
  await reader.sync.lead();
  await reader.sync.applyReply(reply(0));
  expect(reader.sync.batch(wide)?.mutations.map(({ domain }) => domain)).toEqual(["teams", "teams", "teams", "tasks"]);
});

test("a snapshot that is complete is not begun again at the same place", async () => {
  const { store } = await leader();
  await store.sync.stageSnapshot([change("tasks", task(1), 1)], { cursor: cursorAt(5), token: null });
  await store.sync.stageSnapshot([], { cursor: cursorAt(5), token: null });
  await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(5), seq: 5 });
  expect(titles(store)).toEqual(["task 1"]);
});

test("L1: a snapshot that was switched to and folded in is not taken for one under way by who opens then", async () => {
  const { store, open } = await leader();
  await store.sync.stageSnapshot([change("tasks", task(1), 1)], { cursor: cursorAt(5), token: null });
  await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(5), seq: 5 });
  await store.sync.compact(never);
  const next = await open();
  await next.sync.lead();
  expect(await next.sync.stagedSnapshot()).toBeNull();
  // Its place may be asked for again, when something has rotted.
  await next.sync.stageSnapshot([change("tasks", task(2), 1)], { cursor: cursorAt(5), token: null });
  await next.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(5), seq: 5 });
  expect(titles(next)).toEqual(["task 2"]);
});

test("L2: what goes on under another name keeps it when what is before it gets a name of its own", async () => {
  const { store, open } = await leader();
  const { clientId } = store;
  for (const n of [1, 2, 3, 4]) await store.commit([createTask(n)]);
  const sent = (tab = store) => tab.sync.batch(wide)?.mutations.map(({ client, id }) => [client, id]) ?? [];
  await store.sync.rehome(clientId, 3);
  const later = sent()[2]?.[0];
  await store.sync.rehome(clientId, 2);
  const between = sent()[1]?.[0];
  const expected = [
    [clientId, 1],
    [between, 1],
    [later, 1],
    [later, 2],
  ];
  expect(new Set(expected.map(([client]) => client)).size).toBe(3);
  for (const tab of [store, await open()]) expect(sent(tab)).toEqual(expected);
  expect(store.sync.batch(wide)?.retired).toEqual([clientId, between]);
  // Nothing waits there any more but what has got a later name.
  const [one, two] = store.sync.batch(wide)?.mutations ?? [];
  if (!one || !two) throw new Error("Nothing waits.");
  await store.sync.applyReply(reply(1, { results: applied([one, two]) }));
  await store.sync.rehome(two.client, 1);
  expect(sent()).toEqual(expected.slice(2));
});

test.each(["is told of", "finds"] as const)(
  "L3: what a tab has read of another one goes out before what it wrote then, also where the leading tab only %s that",
  async (how) => {
    const { store, open, browser } = await leader();
    const second = await open();
    await second.commit([createTask(9)]);
    await eventually(() => expect(store.outbox().mutations).toBe(1));
    const third = await open();
    browser.deaf = true;
    await third.commit([{ kind: "create", domain: "teams", record: team(1) }]);
    await second.sync.readUntil({ client: third.clientId, entry: 1, step: 0 });
    browser.deaf = how === "finds";
    await second.commit([createTask(1, "task 1", { teamId: recordId(1) })]);
    await settle(50);
    // With any answer the leading tab looks whether the logs that it knows go on.
    if (how === "finds") await store.sync.applyReply(reply(1, { changes: [change("tasks", task(5), 1)] }));
    expect(store.sync.batch(wide)?.mutations.map(({ domain }) => domain)).toEqual(["tasks", "teams", "tasks"]);
  },
);

test("F11: a group that the server knows the beginning of holds together no longer", async () => {
  const { store } = await leader();
  await store.commit([createTask(1), createTask(2), createTask(3)], { group: true });
  await store.sync.rehome(store.clientId, 2);
  const [first, ...others] = store.sync.batch(wide)?.mutations ?? [];
  expect(first).toMatchObject({ id: 1, group: 1 });
  expect(others.map(({ id, group }) => [id, group])).toEqual([
    [1, undefined],
    [2, undefined],
  ]);
});

test("a tab that opens while another compacts, closes and goes on sees all of it", async () => {
  const { store, open, server } = await leader({ maxEntriesBeforeCompaction: 3 });
  for (let i = 1; i <= 12; i++) {
    await store.commit([createTask(i)]);
    await exchangeAll(store, server);
    if (store.sync.compactionDue()) await store.sync.compact(never);
    expect((await open()).count("tasks")).toBe(i);
  }
  expect(store.sync.compactionDue()).toBe(false);
});

test("F15 F5: a promotion that the disk refuses leaves what it would have taken where it was", async () => {
  const { disk, browser } = bench();
  const faults: (Fault | null)[] = [];
  const storage = faultyStorage(disk.open(), (_, operation) =>
    operation === "commit" ? (faults.shift() ?? null) : null,
  );
  const store = await openStore(storage, browser.tab());
  await store.commit([createTask(1)]);
  const other = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  browser.deaf = true;
  await store.sync.setPosition(position("dualwrite"));
  await other.commit([updateTask(1, { points: 7 })]);
  // The step itself is stored, the promotion behind it is not.
  faults.push(...([null, "quota late"] as const));
  await expect(store.sync.applyReply(reply(0))).rejects.toMatchObject({ code: "STORAGE_FULL" });
  await store.sync.applyReply(reply(0));
  expect(store.sync.batch(wide)?.mutations).toMatchObject([{ kind: "create" }, { fields: { points: 7 } }]);
});

test("F29: a tab that follows a rewind and a write made after it holds each mutation once", async () => {
  const { browser, store, open, server } = await leader();
  const other = await open();
  await store.commit([createTask(1)]);
  await exchangeAll(store, server);
  await eventually(() => expect(other.get("tasks", recordId(1))?.state).toBe("synced"));
  browser.deaf = true;
  await store.sync.rewind({ [store.clientId]: 0 });
  await store.commit([createTask(2)]);
  browser.deaf = false;
  // The other tab hears of the step first, and reads the log after it.
  await store.sync.applyReply(reply(30, { changes: [change("tasks", task(5), 1)] }));
  await store.commit([createTask(3)]);
  await eventually(() => expect(titles(other)).toHaveLength(4));
  expect(other.outbox().mutations).toBe(3);
  expect(other.sync.batch(wide)).toEqual(store.sync.batch(wide));
});

test("L4: a domain that the program before did not know is loaded from the server", async () => {
  const { browser } = bench();
  const known = domainSet([teams]);
  const small = memoryDisk();
  const before = await openRecordStore({
    storage: small.open(),
    platform: browser.tab(),
    domains: known,
    name: "small",
  });
  await before.sync.lead();
  await before.sync.applyReply(reply(5, { changes: [change("teams", team(1), 1)] }));
  await before.sync.compact(never);
  const now = await openStore(small.open(), browser.tab());
  expect(now.position.cursor).toBe("lost");
  await now.sync.lead();
  const page = [change("teams", team(1), 1), change("tasks", task(1), 1)];
  await now.sync.stageSnapshot(page, { cursor: cursorAt(5), token: null });
  await now.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(5), seq: 5 });
  for (const one of [now, await openStore(small.open(), browser.tab())]) {
    expect(titles(one)).toEqual(["task 1"]);
    expect(one.position.cursor).toBe(cursorAt(5));
  }
});
