/** A tab that missed too much to follow reads everything again, and says so. */
import { expect, test } from "vitest";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { Storage } from "../../src/local/storage.ts";
import { eventually, settle, testBrowser } from "../support/platform.ts";
import { createTask, openStore, position, wide } from "../support/store.ts";
import { exchangeAll, tinyServer } from "../support/tiny-server.ts";

const never = new AbortController().signal;

test("L4: who listens to the status alone hears of what came by reading everything again", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  const other = await openStore(disk.open(), browser.tab());
  const seen: string[] = [];
  other.subscribe(({ kind }) => {
    if (kind === "status") seen.push(`${other.position.stage} ${other.outbox().mutations}`);
  });
  browser.deaf = true;
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  const server = tinyServer();
  await store.commit([createTask(1)]);
  await exchangeAll(store, server);
  // What it would have followed is folded away, in this generation and in the one before.
  for (let i = 2; i < 6; i++) {
    await store.commit([createTask(i)]);
    await exchangeAll(store, server);
    await store.sync.compact(never);
  }
  await browser.advance(60_000);
  expect(other.count("tasks")).toBe(5);
  expect(seen.at(-1)).toBe("dualwrite 0");
});

test("F8: a tab that is closing reads nothing more of what the others tell", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  const asked: string[] = [];
  const slow = Promise.withResolvers<void>();
  const inner = disk.open();
  const watched: Storage = {
    ...inner,
    async read(keys) {
      asked.push(...keys.filter((key) => key.startsWith("wal/")));
      if (asked.length > 0) await slow.promise;
      return inner.read(keys);
    },
  };
  const closing = await openStore(watched, browser.tab());
  await store.commit([createTask(1)]);
  await eventually(() => expect(asked).toHaveLength(1));
  const closed = closing.close();
  await store.commit([createTask(2)]);
  await settle();
  slow.resolve();
  await closed;
  await settle();
  expect(asked).toHaveLength(1);
});

test("F22: what is made after everything was read again is stamped after what was read before, though that has rotted", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const platform = browser.tab();
  let back = 0;
  const clock = { now: () => platform.clock.now() - back };
  const store = await openStore(disk.open(), { ...platform, clock });
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  await store.commit([createTask(1)]);
  const made = store.sync.batch(wide)?.mutations[0]?.hlc ?? "";
  for (const key of disk.values.keys()) if (/^(wal|sync)\//.test(key)) disk.values.set(key, "rotten");
  // It cannot read the step, and has the leading one read everything again.
  await openStore(disk.open(), browser.tab());
  await eventually(() => expect(store.count("tasks")).toBe(0));
  back = 3_600_000;
  await store.sync.setPosition(position("dualwrite", 2));
  await store.commit([createTask(2)]);
  const later = store.sync.batch(wide)?.mutations.at(-1)?.hlc ?? "";
  expect(later > made).toBe(true);
});
