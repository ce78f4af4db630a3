import { expect, test } from "vitest";
import { migrationSlice } from "../../slices/migration-slice.ts";
import { studentsSlice } from "../../slices/students.ts";
import { syncSlice } from "../../slices/sync-slice.ts";
import { AdapterError } from "../../src/domain/errors.ts";
import { uuid } from "../support/records.ts";
import { sliceScenario } from "../support/slices.ts";

const { actions, selectors } = studentsSlice;
const pupils = (count: number, notes: string | null = null) =>
  Array.from({ length: count }, (_, n) => ({ id: uuid(n + 1), name: `Pupil ${n + 1}`, notes }));

test("1,000 live changes of three domains are one dispatch", async () => {
  const { adapter, store, actions: seen, settle, typesSince } = sliceScenario();
  adapter.put("students", pupils(1000));
  await store.dispatch(actions.loadAll()).unwrap();
  await settle();
  const at = seen.length;
  adapter.put("students", pupils(998, "changed"));
  adapter.put("teachers", [{ id: uuid(5000), name: "T" }]);
  adapter.put("classes", [{ id: uuid(5001), name: "C" }]);
  await settle();
  expect(typesSince(at)).toEqual(["adapter/changed"]);
  expect(selectors.selectAll(store.getState()).filter(({ notes }) => notes === "changed")).toHaveLength(998);
});

test("what changes while a change is read comes in the next dispatch", async () => {
  const { adapter, store, actions: seen, settle, typesSince } = sliceScenario();
  adapter.put("students", pupils(2));
  await store.dispatch(actions.loadAll()).unwrap();
  await settle();
  const at = seen.length;
  const held = adapter.hold();
  adapter.put("students", [{ id: uuid(1), name: "first" }]);
  await settle();
  adapter.put("students", [{ id: uuid(1), name: "second" }]);
  held.open();
  await settle();
  expect(typesSince(at)).toEqual(["adapter/changed", "adapter/changed"]);
  expect(selectors.selectById(store.getState(), uuid(1))?.name).toBe("second");
});

test("L4: a change that comes while a list is loaded is in the list, whichever answer comes first", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(3));
  await settle();
  const names = () => selectors.selectPage(store.getState(), { limit: 2 }).records.map(({ name }) => name);
  const first = adapter.hold();
  const loading = store.dispatch(actions.load({ limit: 2 }));
  const second = adapter.hold();
  adapter.put("students", [{ id: uuid(0), name: "New" }]);
  await settle();
  second.open();
  await settle();
  first.open();
  await loading;
  expect(names()).toEqual(["New", "Pupil 1"]);

  const third = adapter.hold();
  const more = store.dispatch(actions.loadMore({ limit: 2 }));
  const fourth = adapter.hold();
  adapter.drop("students", [uuid(0)]);
  await settle();
  fourth.open();
  await settle();
  third.open();
  await more;
  await settle();
  expect(names()).toEqual(["Pupil 1", "Pupil 2", "Pupil 3"]);
  expect(selectors.selectPage(store.getState(), { limit: 2 }).request.status).toBe("ready");
});

test("L4: a record that came while it was asked for is not taken away by the older answer", async () => {
  const { adapter, store, settle } = sliceScenario();
  const first = adapter.hold();
  const asked = store.dispatch(actions.loadOne(uuid(1)));
  const second = adapter.hold();
  adapter.put("students", pupils(1));
  await settle();
  second.open();
  await settle();
  first.open();
  await asked;
  expect(selectors.selectById(store.getState(), uuid(1))?.name).toBe("Pupil 1");
});

test("F16: an answer that is older than what is shown does not replace it", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(1));
  await store.dispatch(actions.loadOne(uuid(1))).unwrap();
  const older = adapter.hold();
  const all = store.dispatch(actions.load({}));
  const newer = adapter.hold();
  adapter.put("students", [{ id: uuid(1), name: "Ada" }]);
  const one = store.dispatch(actions.loadOne(uuid(1)));
  newer.open();
  await one;
  older.open();
  await all;
  expect(selectors.selectById(store.getState(), uuid(1))?.name).toBe("Ada");
  await settle();
});

test("a new record takes its place in a list that is shown, one that was forgotten is not read", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", [
    { id: uuid(1), name: "Ada" },
    { id: uuid(3), name: "Cleo" },
  ]);
  await store.dispatch(actions.load({ sort: "name" })).unwrap();
  await store.dispatch(actions.load({ sort: "joined" })).unwrap();
  store.dispatch(actions.forget({ sort: "joined" }));
  await settle();
  const before = adapter.reads.length;
  adapter.put("students", [{ id: uuid(2), name: "Bob" }]);
  await settle();
  const { records } = selectors.selectPage(store.getState(), { sort: "name" });
  expect(records.map(({ name }) => name)).toEqual(["Ada", "Bob", "Cleo"]);
  expect(adapter.reads.slice(before)).toEqual(["students/list"]);
});

test("a deleted record leaves the slice and every list", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(3));
  await store.dispatch(actions.loadAll()).unwrap();
  await store.dispatch(actions.load({ limit: 2 })).unwrap();
  adapter.drop("students", [uuid(1)]);
  await settle();
  expect(selectors.selectAll(store.getState()).map(({ id }) => id)).toEqual([uuid(2), uuid(3)]);
  expect(selectors.selectPage(store.getState(), { limit: 2 }).records.map(({ id }) => id)).toEqual([uuid(2), uuid(3)]);
});

test("what nobody shows is not read", async () => {
  const { adapter, settle } = sliceScenario();
  adapter.put("students", pupils(10));
  await settle();
  expect(adapter.reads).toEqual([]);
});

test("many changes of a complete domain are read by the page, not one by one", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(1500));
  await store.dispatch(actions.loadAll()).unwrap();
  await settle();
  const before = adapter.reads.length;
  adapter.put("students", pupils(300, "changed"));
  adapter.drop("students", [uuid(1500)]);
  await settle();
  expect(adapter.reads.length - before).toBe(2);
  expect(selectors.selectAll(store.getState())).toHaveLength(1499);
});

test("L11: a change that could not be read is told, and read again with the next", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(2));
  await store.dispatch(actions.loadAll()).unwrap();
  await settle();
  adapter.failWith(new AdapterError("STORAGE_LOST", "The disk is gone."));
  adapter.put("students", [{ id: uuid(1), name: "Ada" }]);
  await settle();
  expect(selectors.selectLiveError(store.getState())?.code).toBe("STORAGE_LOST");
  expect(selectors.selectById(store.getState(), uuid(1))?.name).toBe("Pupil 1");
  adapter.failWith(null);
  adapter.tellStatus({ epoch: 2 });
  await settle();
  expect(selectors.selectLiveError(store.getState())).toBeNull();
  expect(selectors.selectById(store.getState(), uuid(1))?.name).toBe("Ada");
});

test("stage, mode, epoch, outbox, warnings and mismatches are in the store, in the same dispatch", async () => {
  const { adapter, store, actions: seen, settle, typesSince } = sliceScenario();
  const { selectStage, selectMode, selectEpoch } = migrationSlice.selectors;
  expect(selectStage(store.getState())).toBe("off");
  const at = seen.length;
  const outbox = { mutations: 3, bytes: 90, oldest: null };
  expect(syncSlice.selectors.selectWarnings(store.getState())).toEqual([]);
  adapter.tellStatus({ stage: "live", mode: "hybrid", epoch: 7, outbox, warnings: ["It was cleared."] });
  adapter.tellMismatch({ domain: "students", id: uuid(1), fields: ["name"] });
  adapter.tellMismatch({ domain: "students", id: uuid(1), fields: ["email"] });
  await settle();
  expect(typesSince(at)).toEqual(["adapter/changed"]);
  const root = store.getState();
  expect([selectStage(root), selectMode(root), selectEpoch(root)]).toEqual(["live", "hybrid", 7]);
  expect(syncSlice.selectors.selectOutbox(root)?.mutations).toBe(3);
  expect(syncSlice.selectors.selectWarnings(root)).toEqual(["It was cleared."]);
  expect(syncSlice.selectors.selectMismatches(root)).toEqual([{ domain: "students", id: uuid(1), fields: ["email"] }]);
});

test("the stage is changed and a sync asked for through the store; a refusal is told", async () => {
  const { adapter, store, settle } = sliceScenario();
  await store.dispatch(migrationSlice.actions.setMode("hybrid")).unwrap();
  await settle();
  expect(migrationSlice.selectors.selectStage(store.getState())).toBe("dualwrite");
  await store.dispatch(syncSlice.actions.syncNow()).unwrap();
  expect(syncSlice.selectors.selectSyncReport(store.getState())?.outcome).toBe("synced");
  adapter.failWith(new AdapterError("FORBIDDEN", "Only an administrator may."));
  await store.dispatch(migrationSlice.actions.setStage("live"));
  expect(migrationSlice.selectors.selectChange(store.getState()).error?.code).toBe("FORBIDDEN");
});

test("after disconnect nothing reaches the store", async () => {
  const { adapter, store, actions: seen, settle } = sliceScenario();
  await store.dispatch(actions.loadAll()).unwrap();
  await settle();
  const at = seen.length;
  adapter.put("students", pupils(1));
  store.disconnect();
  adapter.put("students", pupils(2));
  await settle();
  expect(seen.length).toBe(at);
});
