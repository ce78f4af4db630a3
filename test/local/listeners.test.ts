/** What listeners of a store hear, and what becomes of it when they throw. */
import { expect, test } from "vitest";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { StoreChange } from "../../src/local/record-store.ts";
import { testBrowser } from "../support/platform.ts";
import { change, createTask, cursorAt, openStore, position, reply, task, titles } from "../support/store.ts";

/** What nobody handled while `work` ran; whoever listens for that otherwise hears of the rest alone. */
async function unhandledIn(work: () => Promise<void>): Promise<unknown[]> {
  const errors: unknown[] = [];
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (error) => errors.push(error));
  try {
    await work();
    // It is told when all that is under way has ended.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const other of others) process.on("unhandledRejection", other);
  }
  return errors;
}

test("L11: a listener that throws is reported as an unhandled rejection; the others hear, and the write is kept", async () => {
  const store = await openStore(memoryDisk().open(), testBrowser().tab());
  const own = new Error("of the listener");
  const heard: StoreChange["kind"][] = [];
  store.subscribe(() => {
    throw own;
  });
  store.subscribe(({ kind }) => heard.push(kind));
  const errors = await unhandledIn(async () => {
    await store.commit([createTask(1)]);
  });
  expect(errors.length).toBeGreaterThan(0);
  expect(new Set(errors)).toEqual(new Set([own]));
  expect(heard).toContain("records");
  expect(titles(store)).toHaveLength(1);
});

test("who loads everything again is told of what has changed, and of nothing else; no other chunk is written anew", async () => {
  const disk = memoryDisk();
  const store = await openStore(disk.open(), testBrowser().tab());
  const chunks = (): string[] => [...disk.values.keys()].filter((key) => key.startsWith("chunk/"));
  await store.sync.lead();
  const [first, second, changed] = [
    change("tasks", task(1), 1),
    change("tasks", task(2), 1),
    change("tasks", { ...task(2), title: "changed" }, 2),
  ];
  await store.sync.applyReply(reply(1, { changes: [first, second] }));
  await store.sync.compact(new AbortController().signal);
  const before = chunks();
  const heard: string[] = [];
  store.subscribe((change) => {
    if (change.kind === "records") heard.push(...change.keys.map(({ id }) => id));
  });
  const load = async (changes: readonly (typeof first)[], seq: number): Promise<void> => {
    await store.sync.stageSnapshot(changes, { cursor: cursorAt(seq), token: null });
    await store.sync.finishSnapshot({ ...position("dualwrite"), cursor: cursorAt(seq), seq });
  };
  await load([first, second], 2);
  await store.sync.compact(new AbortController().signal);
  expect([heard, chunks()]).toEqual([[], before]);
  await load([first, changed], 3);
  expect(heard).toEqual([task(2).id]);
});
