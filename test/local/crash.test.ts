/** F1: the tab dies before and after every single operation on the disk, and again while it recovers. */
import { describe, expect, test } from "vitest";
import { type MemoryDisk, memoryDisk } from "../../src/local/memory-storage.ts";
import type { RecordStore, Write } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import { type Fault, faultyStorage } from "../support/faulty-storage.ts";
import { type TestBrowser, testBrowser } from "../support/platform.ts";
import { createTask, deleteTask, openStore, position, team, titles, updateTask } from "../support/store.ts";
import { exchange, exchangeAll, poison, type TinyServer, tinyServer } from "../support/tiny-server.ts";

const never = new AbortController().signal;

/** The run that is cut anywhere: writes, promotion, replies, a parked write, a snapshot, compactions. */
const commits: readonly (readonly Write[])[] = [
  [{ kind: "create", domain: "teams", record: team(100) }, createTask(1)],
  [createTask(2), createTask(3)],
  [updateTask(1, { points: 1 })],
  [deleteTask(3)],
  [createTask(4), updateTask(2, { title: "two" })],
  [createTask(5, poison)],
  [updateTask(1, { points: 2 }), deleteTask(2)],
  [createTask(6), updateTask(4, { title: "four" })],
  [updateTask(6, { points: 6 })],
  [deleteTask(1), createTask(7)],
  [createTask(8)],
];

interface Run {
  acknowledged: number;
  /** One more was begun. */
  begun: number;
}

async function script(storage: Storage, browser: TestBrowser, server: TinyServer, run: Run): Promise<void> {
  const store = await openStore(storage, browser.tab());
  const write = async (): Promise<void> => {
    run.begun += 1;
    await store.commit(commits[run.begun - 1] ?? []);
    run.acknowledged += 1;
  };
  await write();
  await write();
  await store.sync.lead();
  await store.sync.compact(never);
  await write();
  await write();
  await store.sync.setPosition(position("dualwrite"));
  await write();
  await exchange(store, server, { maxMutations: 2, limit: 1 });
  await write();
  await exchange(store, server);
  await write();
  await store.sync.compact(never);
  // Answered, but the answer is lost on its way.
  server.push(store.sync.batch({ maxBytes: 1e9, maxMutations: 1 })?.mutations ?? []);
  await write();
  await exchange(store, server);
  await snapshot(store, server);
  await write();
  await store.sync.compact(never);
  await write();
  await exchange(store, server);
  await store.sync.compact(never);
  await write();
}

async function snapshot(store: RecordStore, server: TinyServer): Promise<void> {
  const { changes, seq } = server.pull(null);
  const live = changes.filter(({ record }) => record !== null);
  const cursor = `${seq}.${"0".repeat(16)}`;
  await store.sync.stageSnapshot(live.slice(0, 2), { cursor, token: "2" });
  await store.sync.stageSnapshot(live.slice(2), { cursor, token: null });
  await store.sync.finishSnapshot({ ...position("dualwrite"), cursor, seq });
}

/** What is there after the first `count` commits, the poisoned one aside. */
function expected(count: number): string[] {
  const seen = new Map<string, string>();
  for (const write of commits.slice(0, count).flat()) {
    if (write.domain !== "tasks") continue;
    if (write.kind === "create" && write.record.title !== poison) seen.set(write.record.id, String(write.record.title));
    if (write.kind === "update" && write.fields.title) seen.set(write.id, String(write.fields.title));
    if (write.kind === "delete") seen.delete(write.id);
  }
  return [...seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, title]) => title);
}

/** Opens again, brings everything to the server, and looks whether the laws held. */
async function recover(storage: Storage, browser: TestBrowser, server: TinyServer, run: Run): Promise<void> {
  const store = await openStore(storage, browser.tab());
  expect(store.warnings).toEqual([]);
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  await exchangeAll(store, server);
  const seen = titles(store);
  const possible = [expected(run.acknowledged), expected(run.begun)];
  expect(possible).toContainEqual(seen);
  const rows = server.rows("tasks").sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
  expect(rows.map(({ title }) => title)).toEqual(seen);
  expect(new Set(server.effects).size).toBe(server.effects.length);
  const parked = store.parked().map(({ mutation }) => mutation.fields.title);
  if (run.acknowledged >= 6) expect(parked).toEqual([poison]);
  await store.sync.compact(never);
  expect(titles(store)).toEqual(seen);
}

interface World {
  readonly disk: MemoryDisk;
  readonly browser: TestBrowser;
  readonly server: TinyServer;
  readonly run: Run;
}

/** Runs the script until it dies at the k-th operation; `null`: it came to its end. */
async function crashedAt(k: number, fault: Fault): Promise<World | null> {
  const world: World = {
    disk: memoryDisk(),
    browser: testBrowser(),
    server: tinyServer(),
    run: { acknowledged: 0, begun: 0 },
  };
  const storage = faultyStorage(world.disk.open(), (n) => (n === k ? fault : null));
  const ended = script(storage, world.browser, world.server, world.run).then(() => true);
  const clean = await Promise.race([ended, storage.crashed.then(() => false)]);
  return clean ? null : world;
}

describe.each(["crash before", "crash after"] as const)("F1: %s", (fault) => {
  test("every operation: what was acknowledged is there, nothing half, nothing twice", async () => {
    for (let k = 1; ; k++) {
      const world = await crashedAt(k, fault);
      if (!world) {
        expect(k).toBeGreaterThan(60);
        return;
      }
      await recover(world.disk.open(), world.browser, world.server, world.run).catch((error: unknown) => {
        throw new Error(`after ${fault} operation ${k}`, { cause: error });
      });
    }
  });

  test("F14: and again at every operation of the recovery", async () => {
    for (let k = 3; ; k += 7) {
      for (let j = 1; ; j++) {
        const world = await crashedAt(k, fault);
        if (!world) return;
        const { disk, browser, server, run } = world;
        const storage = faultyStorage(disk.open(), (n) => (n === j ? fault : null));
        const ended = recover(storage, browser, server, run).then(() => true);
        const clean = await Promise.race([ended, storage.crashed.then(() => false)]);
        if (clean) break;
        await recover(disk.open(), browser, server, run).catch((error: unknown) => {
          throw new Error(`after ${fault} operation ${k}, then ${j} of the recovery`, { cause: error });
        });
      }
    }
  });
});

test("F1: without a crash the script ends, with all of it on the server", async () => {
  const world = {
    disk: memoryDisk(),
    browser: testBrowser(),
    server: tinyServer(),
    run: { acknowledged: 0, begun: 0 },
  };
  await script(world.disk.open(), world.browser, world.server, world.run);
  expect(world.run).toEqual({ acknowledged: commits.length, begun: commits.length });
  await recover(world.disk.open(), world.browser, world.server, world.run);
});
