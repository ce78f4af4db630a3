/** The hooks in a page, over an adapter in memory. */
import { act, cleanup, render } from "@testing-library/react";
import { createElement, type ReactNode, StrictMode } from "react";
import { afterEach, expect, test } from "vitest";
import { AdapterError } from "../../../../src/domain/errors.ts";
import { HybridDataProvider } from "../../../../src/react/hybrid-data-provider.ts";
import { type DomainList, useDomainList } from "../../../../src/react/use-domain-list.ts";
import { type Mutations, useMutations } from "../../../../src/react/use-mutations.ts";
import { useRecord } from "../../../../src/react/use-record.ts";
import {
  type MigrationStageView,
  type SyncStatusView,
  useMigrationStage,
  useSyncStatus,
} from "../../../../src/react/use-status.ts";
import { students } from "../../../../src/school/students.ts";
import { type MemoryAdapter, memoryAdapter } from "../../../support/memory-adapter.ts";
import { uuid } from "../../../support/records.ts";

afterEach(cleanup);

/** Draws what `use` returns and hands it out; StrictMode mounts everything twice. */
function drawn<T>(adapter: MemoryAdapter, use: () => T) {
  const seen: T[] = [];
  const Probe = (): ReactNode => {
    seen.push(use());
    return null;
  };
  const tree = () =>
    createElement(StrictMode, null, createElement(HybridDataProvider, { adapter }, createElement(Probe)));
  const { rerender, unmount } = render(tree());
  return {
    now: (): T => {
      const last = seen.at(-1);
      if (last === undefined) throw new Error("nothing was drawn");
      return last;
    },
    times: () => seen.length,
    again: () => rerender(tree()),
    unmount,
  };
}
const settled = () => act(() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
const names = ({ items }: DomainList<typeof students>) => items.map(({ record }) => record.name);
const pupils = (...all: string[]) => all.map((name, n) => ({ id: uuid(n + 1), name }));

test("a list is drawn, follows the adapter, and a new query object of the same words begins nothing anew", async () => {
  const adapter = memoryAdapter();
  adapter.put("students", pupils("Ada", "Cleo"));
  const list = drawn(adapter, () => useDomainList(students, { sort: "name", limit: 50 }));
  expect(list.now().status).toBe("loading");
  await settled();
  expect(names(list.now())).toEqual(["Ada", "Cleo"]);
  const { reads } = adapter;
  const [before, value] = [reads.length, list.now()];
  list.again();
  await settled();
  expect(reads.length).toBe(before);
  expect(list.now()).toBe(value);
  adapter.put("students", [{ id: uuid(9), name: "Bob" }]);
  await settled();
  expect(names(list.now())).toEqual(["Ada", "Bob", "Cleo"]);
  list.unmount();
  const after = reads.length;
  adapter.put("students", [{ id: uuid(10), name: "Dora" }]);
  await settled();
  expect(reads.length).toBe(after);
});

test("another query begins anew, more pages come when they are asked for", async () => {
  const adapter = memoryAdapter();
  adapter.put("students", pupils("Ada", "Bob", "Cleo"));
  let limit = 1;
  const list = drawn(adapter, () => useDomainList(students, { sort: "name", limit }));
  await settled();
  act(() => list.now().loadMore());
  await settled();
  expect(names(list.now())).toEqual(["Ada", "Bob"]);
  limit = 3;
  list.again();
  expect(list.now().status).toBe("loading");
  await settled();
  expect(names(list.now())).toEqual(["Ada", "Bob", "Cleo"]);
  expect(list.now().hasMore).toBe(false);
});

test("a record is drawn and follows the adapter", async () => {
  const adapter = memoryAdapter();
  adapter.put("students", pupils("Ada"), "pending");
  const record = drawn(adapter, () => useRecord(students, uuid(1)));
  await settled();
  expect(record.now().found).toMatchObject({ record: { name: "Ada" }, state: "pending", source: "local" });
  adapter.drop("students", [uuid(1)]);
  await settled();
  expect(record.now()).toEqual({ status: "ready", found: null, error: null });
});

test("L11: a refused write rejects, is kept for the screen, and goes with the next that is taken", async () => {
  const adapter = memoryAdapter();
  const writes = drawn<Mutations<typeof students>>(adapter, () => useMutations(students));
  adapter.failWith(new AdapterError("RECORD_INVALID", "The name is empty.", { place: "/name" }));
  await act(() => expect(writes.now().create({ name: "" })).rejects.toMatchObject({ code: "RECORD_INVALID" }));
  expect(writes.now()).toMatchObject({ saving: 0, error: { code: "RECORD_INVALID", place: "/name" } });
  adapter.failWith(null);
  const held = adapter.hold();
  const { create } = writes.now();
  let made: Promise<unknown> = Promise.resolve();
  act(() => {
    made = create({ name: "Ada" });
  });
  expect(writes.now().saving).toBe(1);
  held.open();
  await act(() => made);
  expect(writes.now()).toMatchObject({ saving: 0, error: null });
});

test("stage and engine are drawn though status() is a new object at every call", async () => {
  const adapter = memoryAdapter();
  const view = drawn<MigrationStageView & SyncStatusView>(adapter, () => ({
    ...useMigrationStage(),
    ...useSyncStatus(),
  }));
  await settled();
  expect(view.times()).toBeLessThan(20);
  expect(view.now()).toMatchObject({ stage: "off", mode: "localStorage", epoch: 1, parked: [] });
  await act(() => view.now().setMode("hybrid"));
  expect(view.now()).toMatchObject({ stage: "dualwrite", mode: "hybrid" });
  act(() => adapter.tellStatus({ outbox: { mutations: 4, bytes: 9, oldest: null } }));
  expect(view.now().outbox.mutations).toBe(4);
});
