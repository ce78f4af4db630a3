/** Answered mutations outlive their entries, for a server that comes back from an older backup (F29): not all of them for ever. */
import { expect, test } from "vitest";
import { AdapterError } from "../../src/domain/errors.ts";
import { decode } from "../../src/local/codec.ts";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { Storage } from "../../src/local/storage.ts";
import type { Meta } from "../../src/local/stored.ts";
import { testBrowser } from "../support/platform.ts";
import { change, createTask, openStore, position, recordId, reply, task, wide } from "../support/store.ts";
import { exchangeAll, tinyServer } from "../support/tiny-server.ts";

const never = new AbortController().signal;

test("F29: of more than ten thousand the oldest are let go, and no others", async () => {
  const disk = memoryDisk();
  const store = await openStore(disk.open(), testBrowser().tab());
  const server = tinyServer();
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  for (let part = 0; part < 3; part++) {
    await store.commit(Array.from({ length: 4000 }, (_, i) => createTask(part * 4000 + i + 1)));
    await exchangeAll(store, server);
    await store.sync.compact(never);
  }
  // Until the entries themselves are gone.
  for (let more = 1; more < 3; more++) {
    await store.sync.applyReply(
      reply(server.seq() + more, { changes: [change("tasks", task(1, `again ${more}`), 1 + more)] }),
    );
    await store.sync.compact(never);
  }
  await store.sync.rewind({ [store.clientId]: 0 });
  const waiting = store.sync.batch(wide)?.mutations ?? [];
  expect(waiting).toHaveLength(10_000);
  expect([waiting[0], waiting.at(-1)]).toMatchObject([{ recordId: recordId(2001) }, { recordId: recordId(12_000) }]);
});

test("L1 F29: what is answered after a folding that was given up is kept as well, and waits again when it is forgotten", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const inner = disk.open();
  let isFull = true;
  const storage: Storage = {
    ...inner,
    async commit(change) {
      if (!isFull || !change.puts.some(([key]) => key.startsWith("state/"))) return inner.commit(change);
      isFull = false;
      throw new AdapterError("STORAGE_FULL", "The disk is full.");
    },
  };
  const store = await openStore(storage, browser.tab());
  const server = tinyServer();
  const restore = server.backup();
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  await store.commit([createTask(1)]);
  await exchangeAll(store, server);
  await expect(store.sync.compact(never)).rejects.toMatchObject({ code: "STORAGE_FULL" });
  for (const n of [2, 3]) await store.commit([createTask(n)]);
  await exchangeAll(store, server);
  await store.sync.compact(never);
  restore();
  await store.sync.rewind({ [store.clientId]: 0 });
  // While all of it waits.
  await store.sync.compact(never);
  const later = await openStore(disk.open(), browser.tab());
  expect(later.sync.batch(wide)?.mutations.map(({ id }) => id)).toEqual([1, 2, 3]);
});

test("of logs that nothing was ever written to no name is kept", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const [store, next] = [await openStore(disk.open(), browser.tab()), await openStore(disk.open(), browser.tab())];
  await store.sync.lead();
  // There is nothing to make mutations of.
  for (const epoch of [1, 3, 5, 7]) {
    await store.sync.setPosition(position("dualwrite", epoch));
    await store.sync.setPosition(position("off", epoch + 1));
    await browser.advance(1000);
  }
  await next.sync.lead();
  await next.sync.compact(never);
  const [[, meta = ""] = []] = await disk.open().scan("meta");
  expect(decode<Meta>(meta)?.value.logs).toEqual({});
});
