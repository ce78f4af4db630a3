/** A tab that missed too much to follow reads everything again, and says so. */
import { expect, test } from "vitest";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import { testBrowser } from "../support/platform.ts";
import { createTask, openStore, position } from "../support/store.ts";
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
