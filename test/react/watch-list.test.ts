import { expect, test } from "vitest";
import { AdapterError } from "../../src/domain/errors.ts";
import { watchList } from "../../src/react/watch-list.ts";
import { watchRecord } from "../../src/react/watch-record.ts";
import { memoryAdapter } from "../support/memory-adapter.ts";
import { uuid } from "../support/records.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const pupils = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: uuid(n + 1), name: `Pupil ${String(n + 1).padStart(3, "0")}` }));

function watched(count: number, query: Parameters<typeof watchList>[1] = { sort: "name", limit: 2 }) {
  const adapter = memoryAdapter();
  adapter.put("students", pupils(count));
  const list = watchList(adapter.domain("students"), query);
  let told = 0;
  const end = list.subscribe(() => {
    told += 1;
  });
  return { adapter, list, end, told: () => told, names: () => list.get().items.map(({ record }) => record.name) };
}

test("a list is read from its first listener on, and grows page by page", async () => {
  const { list, names } = watched(5);
  expect(list.get().status).toBe("loading");
  await settled();
  expect(list.get()).toMatchObject({ status: "ready", hasMore: true, source: "local" });
  list.loadMore();
  expect(list.get().isLoadingMore).toBe(true);
  await settled();
  list.loadMore();
  await settled();
  expect(names()).toEqual(pupils(5).map(({ name }) => name));
  expect(list.get()).toMatchObject({ hasMore: false, isLoadingMore: false });
});

test("a change is shown in all that was loaded; what did not change keeps its reference", async () => {
  const { adapter, list, told, names } = watched(4);
  await settled();
  list.loadMore();
  await settled();
  const [first, second] = list.get().items;
  adapter.put("students", [{ id: uuid(2), name: "Pupil 002", notes: "new" }]);
  await settled();
  expect(list.get().items[0]).toBe(first);
  expect(list.get().items[1]).not.toBe(second);
  expect(names()).toHaveLength(4);
  adapter.put("students", [{ id: uuid(900), name: "Z, behind all that is shown" }]);
  await settled();
  const before = list.get();
  const times = told();
  adapter.put("students", [{ id: uuid(900), name: "Z, changed" }]);
  await settled();
  expect(list.get()).toBe(before);
  expect(told()).toBe(times);
});

test("a hundred changes in a moment are two reads: the one under way and one for the rest", async () => {
  const { adapter } = watched(1);
  await settled();
  const before = adapter.reads.length;
  adapter.put("students", pupils(100));
  await settled();
  expect(adapter.reads.length - before).toBe(2);
});

test("L11: a failure is told, and what was shown stays", async () => {
  const { adapter, list, names } = watched(2);
  await settled();
  adapter.failWith(new AdapterError("OUTBOX_FULL", "Too much waits."));
  list.refresh();
  await settled();
  expect(list.get()).toMatchObject({ status: "failed", error: { code: "OUTBOX_FULL" } });
  expect(names()).toHaveLength(2);
  adapter.failWith(null);
  list.refresh();
  await settled();
  expect(list.get()).toMatchObject({ status: "ready", error: null });
});

test("without a listener nothing is read, and an answer that comes too late is dropped", async () => {
  const { adapter, list, end, names } = watched(2, { sort: "name" });
  await settled();
  const held = adapter.hold();
  adapter.put("students", pupils(3));
  end();
  held.open();
  await settled();
  expect(names()).toHaveLength(2);
  const reads = adapter.reads.length;
  adapter.put("students", pupils(4));
  list.refresh();
  await settled();
  expect(adapter.reads.length).toBe(reads);
});

test("a record is followed until it is gone", async () => {
  const adapter = memoryAdapter();
  adapter.put("students", pupils(2));
  const record = watchRecord(adapter.domain("students"), uuid(1));
  const end = record.subscribe(() => {});
  await settled();
  expect(record.get()).toMatchObject({ status: "ready", found: { record: { name: "Pupil 001" }, source: "local" } });
  const reads = adapter.reads.length;
  adapter.put("students", [{ id: uuid(2), name: "Another" }]);
  await settled();
  expect(adapter.reads.length).toBe(reads);
  // No ids: the stage has changed.
  adapter.drop("students", []);
  await settled();
  expect(adapter.reads.length).toBe(reads + 1);
  adapter.drop("students", [uuid(1)]);
  await settled();
  expect(record.get()).toEqual({ status: "ready", found: null, error: null });
  end();
});
