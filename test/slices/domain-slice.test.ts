import { configureStore, type ThunkDispatch, type UnknownAction } from "@reduxjs/toolkit";
import { expect, test } from "vitest";
import { attendanceSlice } from "../../slices/attendance.ts";
import { createDomainSlice } from "../../slices/create-domain-slice.ts";
import { createSchoolStore } from "../../slices/create-school-store.ts";
import { saveBatch } from "../../slices/save-batch.ts";
import { schoolSlices } from "../../slices/school-slices.ts";
import type { SliceExtra } from "../../slices/slice-adapter.ts";
import { studentsSlice } from "../../slices/students.ts";
import { withAdapter } from "../../slices/with-adapter.ts";
import { defineDomain } from "../../src/domain/define-domain.ts";
import { AdapterError } from "../../src/domain/errors.ts";
import { text } from "../../src/domain/fields.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { memoryAdapter } from "../support/memory-adapter.ts";
import { uuid } from "../support/records.ts";
import { sliceScenario } from "../support/slices.ts";

const { actions, selectors } = studentsSlice;
const pupils = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ id: uuid(n + 1), name: `Pupil ${String(n + 1).padStart(5, "0")}` }));

test("a list is loaded page by page, each record stands in it once", async () => {
  const { adapter, store } = sliceScenario();
  adapter.put("students", pupils(5));
  const query = { sort: "name", limit: 2 };
  const loaded = store.dispatch(actions.load(query));
  expect(selectors.selectPage(store.getState(), query).request.status).toBe("loading");
  await loaded.unwrap();
  expect(selectors.selectPage(store.getState(), query)).toMatchObject({ hasMore: true, source: "local" });
  await store.dispatch(actions.loadMore(query)).unwrap();
  await store.dispatch(actions.loadMore(query)).unwrap();
  const page = selectors.selectPage(store.getState(), query);
  expect(page.records.map(({ name }) => name)).toEqual(pupils(5).map(({ name }) => name));
  expect(page).toMatchObject({ hasMore: false, request: { status: "ready", error: null } });
  // At the end there is nothing to ask for.
  const before = adapter.reads.length;
  await store.dispatch(actions.loadMore(query));
  expect(adapter.reads.length).toBe(before);
});

test("F27: a record that moved behind the cursor between two pages stands in the list once", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(4));
  const query = { sort: "name", limit: 2 };
  await store.dispatch(actions.load(query)).unwrap();
  adapter.put("students", [{ id: uuid(1), name: "Zoe" }]);
  await store.dispatch(actions.loadMore(query)).unwrap();
  await settle();
  const names = selectors.selectPage(store.getState(), query).records.map(({ name }) => name);
  expect(names).toEqual(["Pupil 00002", "Pupil 00003", "Pupil 00004", "Zoe"]);
});

test("F27: without live changes, too, a record that comes again on a later page stands in the list once", async () => {
  const { adapter, store } = sliceScenario();
  store.disconnect();
  adapter.put("students", pupils(4));
  const query = { sort: "name", limit: 2 };
  await store.dispatch(actions.load(query)).unwrap();
  adapter.put("students", [{ id: uuid(1), name: "Zoe" }]);
  await store.dispatch(actions.loadMore(query)).unwrap();
  await store.dispatch(actions.loadMore(query)).unwrap();
  const ids = selectors.selectPage(store.getState(), query).records.map(({ id }) => id);
  expect(ids).toEqual([uuid(1), uuid(2), uuid(3), uuid(4)]);
});

test("the same question has the same list, whatever the order of its words", async () => {
  const { adapter, store } = sliceScenario();
  adapter.put("students", pupils(1));
  await store.dispatch(actions.load({ filter: { status: null, name: "Pupil 00001" }, sort: "name" })).unwrap();
  const page = selectors.selectPage(store.getState(), { sort: "name", filter: { name: "Pupil 00001", status: null } });
  expect(page.records).toHaveLength(1);
});

test("selectors give the same reference while nothing that they show has changed", async () => {
  const { adapter, store, settle } = sliceScenario();
  adapter.put("students", pupils(3));
  adapter.put("students", [{ id: uuid(9), name: "Waiting" }], "pending");
  await store.dispatch(actions.loadAll()).unwrap();
  await store.dispatch(actions.load({ sort: "name" })).unwrap();
  const look = () => {
    const root = store.getState();
    return [
      selectors.selectAll(root),
      selectors.selectPage(root, { sort: "name" }),
      selectors.selectPage(root, { sort: "name" }).records,
      selectors.selectById(root, uuid(1)),
      selectors.selectPending(root),
      selectors.selectOneRequest(root, uuid(404)),
    ];
  };
  const before = look();
  await store.dispatch(actions.load({ sort: "name" })).unwrap();
  adapter.put("teachers", [{ id: uuid(50), name: "Somebody else" }]);
  await settle();
  const after = look();
  for (const index of before.keys()) expect(after[index]).toBe(before[index]);
  adapter.put("students", [{ id: uuid(2), name: "Pupil 00002", notes: "new" }]);
  await settle();
  expect(selectors.selectAll(store.getState())).not.toBe(before[0]);
  expect(selectors.selectById(store.getState(), uuid(1))).toBe(before[3]);
});

test("what a record's state is, is told: pending, parked, in conflict", async () => {
  const { adapter, store } = sliceScenario();
  const [a, b, c] = pupils(3);
  adapter.put("students", [a ?? {}], "pending");
  adapter.put("students", [b ?? {}], "parked");
  adapter.put("students", [c ?? {}], "conflict");
  await store.dispatch(actions.loadAll()).unwrap();
  const root = store.getState();
  expect(selectors.selectPending(root).map(({ id }) => id)).toEqual([uuid(1)]);
  expect(selectors.selectParked(root).map(({ id }) => id)).toEqual([uuid(2)]);
  expect(selectors.selectConflicts(root).map(({ id }) => id)).toEqual([uuid(3)]);
  expect(selectors.selectMeta(root, uuid(1))).toEqual({ version: 1, state: "pending" });
  expect(selectors.selectPendingCount(root)).toBe(1);
});

test("create, update and remove go through the adapter and show what it acknowledged", async () => {
  const { store, settle } = sliceScenario();
  await store.dispatch(actions.load({ sort: "name" })).unwrap();
  const { item } = await store.dispatch(actions.create({ name: "Ada" })).unwrap();
  const id = item?.record.id ?? "";
  expect(selectors.selectById(store.getState(), id)?.name).toBe("Ada");
  await settle();
  expect(selectors.selectPage(store.getState(), { sort: "name" }).records.map(({ name }) => name)).toEqual(["Ada"]);
  await store.dispatch(actions.update({ id, changes: { notes: "moved up" } })).unwrap();
  expect(selectors.selectById(store.getState(), id)?.notes).toBe("moved up");
  await store.dispatch(actions.remove(id)).unwrap();
  expect(selectors.selectById(store.getState(), id)).toBeUndefined();
  expect(selectors.selectPage(store.getState(), { sort: "name" }).records).toEqual([]);
  expect(selectors.selectWrite(store.getState(), id).status).toBe("idle");
});

test("L11: a failure is plain data with code, place, fix and facts, and the next write clears it", async () => {
  const { adapter, store } = sliceScenario();
  adapter.put("students", pupils(1));
  await store.dispatch(actions.loadAll()).unwrap();
  const facts = { payload: { name: "" }, run: () => 1, size: 3n };
  adapter.failWith(new AdapterError("RECORD_INVALID", "The name is empty.", { place: "/name", facts }));
  const refused = await store.dispatch(actions.update({ id: uuid(1), changes: { name: "" } }));
  const error = {
    code: "RECORD_INVALID",
    message: "The name is empty.",
    place: "/name",
    fix: "Correct the field that is named.",
    facts: { payload: { name: "" } },
  };
  expect(refused.payload).toEqual(error);
  expect(selectors.selectWrite(store.getState(), uuid(1))).toEqual({ status: "failed", error });
  expect(structuredClone(store.getState().students)).toEqual(store.getState().students);
  expect(selectors.selectById(store.getState(), uuid(1))?.name).toBe("Pupil 00001");
  const read = await store.dispatch(actions.load({ limit: 5 }));
  expect(read.payload).toEqual(error);
  expect(selectors.selectPage(store.getState(), { limit: 5 }).request).toEqual({ status: "failed", error });
  adapter.failWith(null);
  await store.dispatch(actions.update({ id: uuid(1), changes: { name: "Ada" } })).unwrap();
  expect(selectors.selectWrite(store.getState(), uuid(1)).status).toBe("idle");
});

test("L11: a thing that is no error of ours is INTERNAL, and a failed write can be dismissed", async () => {
  const { adapter, store } = sliceScenario();
  adapter.failWith(new TypeError("x is not a function"));
  await store.dispatch(actions.remove(uuid(1)));
  const { error } = selectors.selectWrite(store.getState(), uuid(1));
  expect(error?.code).toBe("INTERNAL");
  store.dispatch(actions.dismiss(uuid(1)));
  expect(selectors.selectWrite(store.getState(), uuid(1)).status).toBe("idle");
});

test("a request that is given up did not fail", async () => {
  const { adapter, store } = sliceScenario();
  const held = adapter.hold();
  const running = store.dispatch(actions.load({}));
  running.abort();
  await running;
  expect(selectors.selectPage(store.getState()).request.status).toBe("idle");
  held.open();
});

test("F16: the answer of an older request does not replace that of a newer one", async () => {
  const { adapter, store } = sliceScenario();
  adapter.put("students", pupils(1));
  const held = adapter.hold();
  const older = store.dispatch(actions.load({}));
  const freed = adapter.hold();
  adapter.put("students", pupils(2));
  const newer = store.dispatch(actions.load({}));
  freed.open();
  await newer;
  held.open();
  await older;
  expect(selectors.selectPage(store.getState()).records).toHaveLength(2);
});

test("L7: a record that was removed while everything is loaded does not come back with the older pages", async () => {
  const { adapter, store } = sliceScenario();
  adapter.put("students", pupils(3));
  await store.dispatch(actions.loadOne(uuid(2))).unwrap();
  const held = adapter.hold();
  const all = store.dispatch(actions.loadAll());
  const open = adapter.hold();
  const removed = store.dispatch(actions.remove(uuid(2)));
  open.open();
  await removed;
  held.open();
  await all;
  expect(selectors.selectAll(store.getState()).map(({ id }) => id)).toEqual([uuid(1), uuid(3)]);
  expect(selectors.selectIsComplete(store.getState())).toBe(true);
});

test("what another tab deleted is gone when everything was loaded again", async () => {
  const { adapter, store } = sliceScenario();
  adapter.put("students", pupils(3));
  await store.dispatch(actions.loadAll()).unwrap();
  store.disconnect();
  adapter.drop("students", [uuid(2)]);
  await store.dispatch(actions.loadAll()).unwrap();
  expect(selectors.selectAll(store.getState()).map(({ id }) => id)).toEqual([uuid(1), uuid(3)]);
});

test("a domain that the app declares gets the same slice in an ordinary store", async () => {
  const books = defineDomain({
    name: "books",
    fields: { title: text() },
    references: {},
    sortKeys: { title: { field: "title", by: "text" } },
    conflict: "lastWriteWins",
    rights: { admin: "write", teacher: "write", student: "read", viewer: "read" },
    migrations: [],
  });
  const adapter = memoryAdapter({ domains: [books] });
  const slice = createDomainSlice(books);
  const store = configureStore({
    reducer: { [slice.reducerPath]: slice.reducer },
    middleware: (defaults) => defaults(withAdapter(adapter)),
  });
  const { item } = await store.dispatch(slice.actions.create({ title: "Emma" })).unwrap();
  expect(item?.record.title).toBe("Emma");
  expect(slice.selectors.selectAll(store.getState()).map(({ title }) => title)).toEqual(["Emma"]);
});

test("a domain of the app's own beside those of the school is kept by live changes, too", async () => {
  const notes = defineDomain({
    name: "notes",
    fields: { text: text() },
    references: {},
    sortKeys: {},
    conflict: "lastWriteWins",
    rights: { admin: "write", teacher: "write", student: "read", viewer: "read" },
    migrations: [],
  });
  const adapter = memoryAdapter({ domains: [...schoolDomains, notes] });
  const slice = createDomainSlice(notes);
  const store = createSchoolStore({
    adapter,
    reducers: { notes: slice.reducer },
    slices: [...schoolSlices, slice],
  });
  await store.dispatch(slice.actions.loadAll()).unwrap();
  adapter.put("notes", [{ id: uuid(1), text: "Bring a pen" }]);
  await expect.poll(() => slice.selectors.selectAll(store.getState()).map((one) => one.text)).toEqual(["Bring a pen"]);
  store.disconnect();
});

test("B18: a store without the adapter says so, and what to do", async () => {
  const store = configureStore({ reducer: { students: studentsSlice.reducer } });
  const dispatch = store.dispatch as ThunkDispatch<unknown, SliceExtra, UnknownAction>;
  const { payload } = await dispatch(actions.load({}));
  expect(payload).toMatchObject({ code: "CONFIG_INVALID", place: "thunk.extraArgument" });
});

test("more reducers, middleware and a state to begin with fit into the store of the school", () => {
  const notes = (state: readonly string[] = [], action: { type: string }) =>
    action.type === "note" ? [...state, "noted"] : state;
  const store = createSchoolStore({
    adapter: memoryAdapter(),
    reducers: { notes },
    preloadedState: { notes: ["before"] },
  });
  store.dispatch({ type: "note" });
  expect(store.getState().notes).toEqual(["before", "noted"]);
  expect(store.getState().migration.stage).toBe("off");
  store.disconnect();
});

test("a register is saved as a whole, shown before any live change, and refused as a whole", async () => {
  const { adapter, store } = sliceScenario();
  store.disconnect();
  adapter.put("students", pupils(2));
  await store.dispatch(actions.load({})).unwrap();
  const mark = (student: number) => ({
    kind: "create" as const,
    domain: "attendance",
    draft: { studentId: uuid(student), status: "present" },
  });
  const writes = [
    mark(1),
    { kind: "update" as const, domain: "students", id: uuid(1), changes: { name: "Ada" } },
    mark(2),
    { kind: "remove" as const, domain: "students", id: uuid(2) },
  ];
  const answers = await store.dispatch(saveBatch(writes)).unwrap();
  expect(answers.map(({ acknowledged }) => acknowledged)).toEqual(Array(4).fill("local"));
  const marks = attendanceSlice.selectors.selectAll(store.getState());
  expect(marks.map(({ studentId }) => studentId)).toEqual([uuid(1), uuid(2)]);
  expect(selectors.selectPage(store.getState(), {}).records.map(({ name }) => name)).toEqual(["Ada"]);

  adapter.failWith(new AdapterError("STAGE_MIXED", "Two stages."));
  const before = store.getState();
  await expect(store.dispatch(saveBatch(writes)).unwrap()).rejects.toMatchObject({ code: "STAGE_MIXED" });
  expect(store.getState().attendance).toBe(before.attendance);
});
