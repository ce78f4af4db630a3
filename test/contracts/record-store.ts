/** What every record store owes, whatever disk it stands on. */
import { afterEach, describe, expect, test } from "vitest";
import type { OpenOptions } from "../../src/local/open-record-store.ts";
import type { RecordStore, StoreChange } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import { eventually, type TestBrowser, testBrowser } from "../support/platform.ts";
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
  titles,
  updateTask,
  wide,
} from "../support/store.ts";

/** One disk; each `open` is another tab on it, or the same one after a start anew. */
export interface StoreDisk {
  open(): Promise<Storage>;
}

export function recordStoreContract(name: string, makeDisk: () => StoreDisk | Promise<StoreDisk>): void {
  describe(`record store: ${name}`, () => {
    const opened: RecordStore[] = [];
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    interface Profile {
      readonly browser: TestBrowser;
      tab(more?: Partial<OpenOptions>): Promise<RecordStore>;
      /** Ends all tabs and opens one. */
      again(more?: Partial<OpenOptions>): Promise<RecordStore>;
    }

    async function profile(): Promise<Profile> {
      const disk = await makeDisk();
      const browser = testBrowser();
      const tab = async (more: Partial<OpenOptions> = {}): Promise<RecordStore> => {
        const store = await openStore(await disk.open(), browser.tab(), more);
        opened.push(store);
        return store;
      };
      const again = async (more: Partial<OpenOptions> = {}): Promise<RecordStore> => {
        for (const store of opened.splice(0)) await store.close();
        return tab(more);
      };
      return { browser, tab, again };
    }

    /** A tab that leads, in stage `dualwrite`. */
    async function leader(more: Partial<OpenOptions> = {}) {
      const on = await profile();
      const store = await on.tab(more);
      await store.sync.lead();
      await store.sync.setPosition(position("dualwrite"));
      return { ...on, store };
    }

    /** Answers all that waits, with the changes that follow from it. */
    async function answerAll(store: RecordStore, seq: number): Promise<void> {
      const mutations = store.sync.batch(wide)?.mutations ?? [];
      const changes = mutations.map(({ domain, recordId: id }, i) => {
        const record = store.get(domain, id)?.record ?? null;
        return { domain, id, record: record && { ...record }, version: record && seq + i };
      });
      await store.sync.applyReply(reply(seq + 100, { results: applied(mutations, seq), changes }));
    }

    test("L1: what was committed is there after a start anew", async () => {
      const { tab, again } = await profile();
      const store = await tab();
      await store.commit([createTask(1), createTask(2), createTask(3)]);
      await store.commit([updateTask(1, { title: "changed" }), deleteTask(2)]);
      expect(titles(await again())).toEqual(["changed", "task 3"]);
    });

    test("a write is seen when its commit has resolved, and not before", async () => {
      const { tab } = await profile();
      const store = await tab();
      const writing = store.commit([createTask(1)]);
      expect(store.get("tasks", recordId(1))).toBeNull();
      await writing;
      expect(store.get("tasks", recordId(1))?.record).toEqual(task(1));
      expect(store.count("tasks")).toBe(1);
    });

    test("writes that follow each other without waiting see each other", async () => {
      const { tab } = await profile();
      const store = await tab();
      await Promise.all([
        store.commit([createTask(1)]),
        store.commit([updateTask(1, { points: 1 })]),
        store.commit([updateTask(1, { title: "last" })]),
      ]);
      expect(store.get("tasks", recordId(1))?.record).toEqual(task(1, "last", { points: 1 }));
    });

    test("a commit is all or none: one write that is refused refuses the others", async () => {
      const { tab, again } = await profile();
      const store = await tab();
      await expect(store.commit([createTask(1), updateTask(9, { points: 1 })])).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(store.commit([createTask(2), createTask(2)])).rejects.toMatchObject({ code: "CREATE_CREATE" });
      await expect(store.commit([createTask(3), createTask(4, "")])).rejects.toMatchObject({
        code: "RECORD_INVALID",
        place: "/title",
      });
      await expect(store.commit([createTask(5), createTask(6, "half \ud800")])).rejects.toMatchObject({
        code: "TEXT_UNSUPPORTED",
      });
      expect(titles(store)).toEqual([]);
      expect(titles(await again())).toEqual([]);
    });

    test("an unknown domain is NOT_FOUND, and so are an update and a delete of nothing", async () => {
      const { tab } = await profile();
      const store = await tab();
      expect(() => store.get("nothing", recordId(1))).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
      await expect(store.commit([deleteTask(1)])).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("a record keeps its id", async () => {
      const { tab } = await profile();
      const store = await tab();
      await store.commit([createTask(1)]);
      await expect(store.commit([updateTask(1, { id: recordId(2) })])).rejects.toMatchObject({
        code: "RECORD_INVALID",
        place: "/id",
      });
    });

    test("listeners hear of a change once, after it is seen", async () => {
      const { tab } = await profile();
      const store = await tab();
      const heard: [StoreChange, number][] = [];
      store.subscribe((change) => heard.push([change, store.count("tasks")]));
      await store.commit([createTask(1), createTask(2)]);
      const records = heard.filter(([{ kind }]) => kind === "records");
      expect(records).toEqual([
        [
          {
            kind: "records",
            keys: [
              { domain: "tasks", id: recordId(1) },
              { domain: "tasks", id: recordId(2) },
            ],
          },
          2,
        ],
      ]);
    });

    test("in stage off nothing waits for the server", async () => {
      const { tab } = await profile();
      const store = await tab();
      expect(await store.commit([createTask(1)])).toEqual({ clientId: store.clientId, ids: [null] });
      expect(store.outbox()).toEqual({ mutations: 0, bytes: 0, oldest: null });
      expect(store.get("tasks", recordId(1))).toMatchObject({ state: "local", serverVersion: null });
      expect(store.sync.batch(wide)).toBeNull();
    });

    test("from dualwrite on a write waits, in order, each on the one before", async () => {
      const { store, again } = await leader();
      expect((await store.commit([createTask(1)])).ids).toEqual([1]);
      expect((await store.commit([updateTask(1, { points: 1 }), deleteTask(1)])).ids).toEqual([2, 3]);
      const expected = [
        { id: 1, kind: "create", base: null, client: store.clientId },
        { id: 2, kind: "update", base: { mutation: 1 }, fields: { points: 1 } },
        { id: 3, kind: "delete", base: { mutation: 2 }, fields: {} },
      ];
      expect(store.sync.batch(wide)?.mutations).toMatchObject(expected);
      expect(store.outbox().mutations).toBe(3);
      const later = await again();
      expect(later.sync.batch(wide)?.mutations).toMatchObject(expected);
    });

    test("a group is never cut, and names its first mutation and its size", async () => {
      const { store } = await leader();
      await store.commit([createTask(1), createTask(2), createTask(3)], { group: true });
      await store.commit([createTask(4)]);
      const batch = store.sync.batch({ maxBytes: 1, maxMutations: 2 });
      expect(batch?.mutations).toMatchObject([1, 2, 3].map((id) => ({ id, group: 1, groupSize: 3 })));
      expect(store.sync.batch({ maxBytes: 1e9, maxMutations: 3 })?.mutations).toHaveLength(3);
      expect(store.sync.batch(wide)?.mutations).toHaveLength(4);
    });

    test("an answered write stays over the record until the cursor covers it", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1)]);
      const mutations = store.sync.batch(wide)?.mutations ?? [];
      await store.sync.applyReply(reply(7, { results: applied(mutations), cursor: cursorAt(3) }));
      for (const open of [store, await again()]) {
        expect(open.outbox().mutations).toBe(0);
        expect(open.get("tasks", recordId(1))).toMatchObject({ state: "synced", serverVersion: 1, record: task(1) });
      }
      const last = opened[0] as RecordStore;
      await last.sync.lead();
      await last.sync.applyReply(reply(7, { changes: [change("tasks", task(1, "mended"), 2)] }));
      expect(titles(last)).toEqual(["mended"]);
    });

    test("pulled changes and the cursor are there together, and pending writes lie over them", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1)]);
      await answerAll(store, 1);
      await store.commit([updateTask(1, { points: 5 })]);
      await store.sync.applyReply(
        reply(200, { changes: [change("tasks", task(1, "theirs"), 9), change("tasks", task(2), 3)] }),
      );
      for (const open of [store, await again()]) {
        expect(open.position.cursor).toBe(cursorAt(200));
        expect(open.get("tasks", recordId(1))).toMatchObject({
          record: task(1, "theirs", { points: 5 }),
          state: "pending",
          serverVersion: 9,
        });
        expect(titles(open)).toEqual(["theirs", "task 2"]);
      }
    });

    test("L7: a record that the server deleted is gone, and an update over it shows nothing", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1), createTask(2)]);
      await answerAll(store, 1);
      await store.commit([updateTask(1, { points: 5 })]);
      await store.sync.applyReply(
        reply(200, { changes: [change("tasks", null, 8, recordId(1)), change("tasks", null, 9, recordId(2))] }),
      );
      expect(titles(store)).toEqual([]);
      expect(titles(await again())).toEqual([]);
    });

    test("B17: an idle answer writes nothing", async () => {
      const { store } = await leader();
      await store.sync.applyReply(reply(5));
      const heard: StoreChange[] = [];
      store.subscribe((change) => heard.push(change));
      await store.sync.applyReply(reply(5));
      expect(heard).toEqual([]);
    });

    test("L3: a refused write is parked with its reason, and what it had shown is taken back", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1)]);
      await answerAll(store, 1);
      await store.commit([updateTask(1, { title: "bad" })]);
      await store.commit([updateTask(1, { points: 2 })]);
      const [first, second] = store.sync.batch(wide)?.mutations ?? [];
      const rejected = { status: "rejected", code: "RECORD_INVALID", place: "/title" } as const;
      await store.sync.applyReply(
        reply(300, {
          results: [first, second].map((m) => ({ client: m?.client ?? "", id: m?.id ?? 0, ...rejected })),
        }),
      );
      for (const open of [store, await again()]) {
        expect(open.get("tasks", recordId(1))).toMatchObject({ state: "parked", record: task(1) });
        expect(open.parked()).toMatchObject([
          { code: "RECORD_INVALID", place: "/title", mutation: { fields: { title: "bad" } } },
          { code: "RECORD_INVALID", mutation: { fields: { points: 2 } } },
        ]);
        expect(open.outbox().mutations).toBe(0);
      }
    });

    test("a parked write is sent again with what mends it, or given up for good", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1), createTask(2)]);
      const mutations = store.sync.batch(wide)?.mutations ?? [];
      const results = mutations.map(
        ({ client, id }) => ({ client, id, status: "rejected", code: "REFERENCED" }) as const,
      );
      await store.sync.applyReply(reply(3, { results }));
      expect(titles(store)).toEqual([]);
      const [one, two] = store.parked();
      const client = store.clientId;
      expect((await store.retryParked(client, 1, { title: "mended" })).ids).toEqual([3]);
      expect(await store.discardParked(client, 2)).toEqual(two);
      expect(one?.mutation.recordId).toBe(recordId(1));
      await expect(store.discardParked(client, 2)).rejects.toMatchObject({ code: "NOT_FOUND" });
      for (const open of [store, await again()]) {
        expect(open.parked()).toEqual([]);
        expect(open.get("tasks", recordId(1))).toMatchObject({ state: "pending", record: task(1, "mended") });
        expect(open.get("tasks", recordId(2))).toBeNull();
      }
    });

    test("L6: a conflict is shown until the next own write is through", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1)]);
      await answerAll(store, 1);
      await store.commit([updateTask(1, { title: "mine" })]);
      const [mine] = store.sync.batch(wide)?.mutations ?? [];
      await store.sync.applyReply(
        reply(300, {
          results: [
            { client: mine?.client ?? "", id: mine?.id ?? 0, status: "conflict", stands: "server", version: 8 },
          ],
          changes: [change("tasks", task(1, "theirs"), 8)],
        }),
      );
      const later = await again();
      expect(later.get("tasks", recordId(1))).toMatchObject({ state: "conflict", record: task(1, "theirs") });
      await later.sync.lead();
      await later.commit([updateTask(1, { title: "mine again" })]);
      expect(later.get("tasks", recordId(1))?.state).toBe("pending");
      await answerAll(later, 400);
      expect(later.get("tasks", recordId(1))).toMatchObject({ state: "synced", record: task(1, "mine again") });
    });

    test("two tabs see each other's writes, and one of them sends both", async () => {
      const { store: a, tab } = await leader();
      const b = await tab();
      await a.commit([createTask(1)]);
      await eventually(() => expect(titles(b)).toEqual(["task 1"]));
      await b.commit([updateTask(1, { title: "from b" })]);
      await eventually(() => expect(titles(a)).toEqual(["from b"]));
      const batch = a.sync.batch(wide);
      expect(batch?.mutations).toMatchObject([
        { client: a.clientId, id: 1 },
        { client: b.clientId, id: 1, base: { mutation: 1, client: a.clientId } },
      ]);
      await answerAll(a, 1);
      await eventually(() => expect(b.outbox().mutations).toBe(0));
      await eventually(() => expect(b.get("tasks", recordId(1))?.state).toBe("synced"));
    });

    test("two tabs write interleaved: nothing is missing, nothing is there twice", async () => {
      const { store: a, tab, again } = await leader();
      const b = await tab();
      const writes: Promise<unknown>[] = [];
      for (let i = 0; i < 100; i++) writes.push((i % 2 === 0 ? a : b).commit([createTask(i)]));
      await Promise.all(writes);
      await eventually(() => expect([a.count("tasks"), b.count("tasks")]).toEqual([100, 100]));
      const sent = a.sync.batch(wide)?.mutations.map(({ recordId: id }) => id) ?? [];
      expect([...sent].sort()).toEqual(Array.from({ length: 100 }, (_, i) => recordId(i)));
      expect((await again()).count("tasks")).toBe(100);
    });

    test("compaction changes nothing that is seen, and nothing that waits", async () => {
      const { store, again } = await leader();
      await store.commit(Array.from({ length: 50 }, (_, i) => createTask(i)));
      await answerAll(store, 1);
      await store.commit([updateTask(3, { points: 3 }), deleteTask(4), createTask(60)]);
      const before = titles(store);
      const waiting = store.sync.batch(wide);
      for (let i = 0; i < 3; i++) {
        await store.sync.compact(new AbortController().signal);
        expect(titles(store)).toEqual(before);
      }
      const later = await again();
      expect(titles(later)).toEqual(before);
      expect(later.sync.batch(wide)).toEqual(waiting);
      expect(later.warnings.filter((text) => !/Durability|single tab/.test(text))).toEqual([]);
    });

    test("a snapshot is seen only when it is finished; pending writes stay over it", async () => {
      const { store, again } = await leader();
      await store.commit([createTask(1), createTask(2)]);
      await answerAll(store, 1);
      await store.commit([updateTask(1, { points: 1 }), createTask(9)]);
      await store.sync.stageSnapshot([change("tasks", task(1, "theirs"), 20)], {
        cursor: cursorAt(500),
        token: "next",
      });
      expect(titles(store)).toEqual(["task 1", "task 2", "task 9"]);
      const later = await again();
      await later.sync.lead();
      expect(await later.sync.stagedSnapshot()).toEqual({ cursor: cursorAt(500), token: "next" });
      await later.sync.stageSnapshot([change("tasks", task(3), 21)], { cursor: cursorAt(500), token: null });
      await later.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(500), seq: 500 });
      for (const open of [later, await again()]) {
        expect(titles(open)).toEqual(["theirs", "task 3", "task 9"]);
        expect(open.get("tasks", recordId(1))).toMatchObject({ serverVersion: 20, state: "pending" });
        expect(open.position.cursor).toBe(cursorAt(500));
      }
      expect(await opened[0]?.sync.stagedSnapshot()).toBeNull();
    });

    test("after close nothing is taken on", async () => {
      const { tab } = await profile();
      const store = await tab();
      const last = store.commit([createTask(1)]);
      await store.close();
      await last;
      await expect(store.commit([createTask(2)])).rejects.toMatchObject({ code: "STORE_CLOSED" });
    });
  });
}
