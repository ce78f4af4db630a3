/** What becomes of a write of stage `off` does not hang on when it is folded in. */
import { expect, test } from "vitest";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { RecordStore, Write } from "../../src/local/record-store.ts";
import { settle, testBrowser } from "../support/platform.ts";
import {
  change,
  createTask,
  deleteTask,
  openStore,
  position,
  recordId,
  reply,
  task,
  updateTask,
  wide,
} from "../support/store.ts";

const never = new AbortController().signal;
const off = { stage: "dualwrite", stages: { tasks: "off" }, epoch: 1 } as const;

const writes: Readonly<Record<string, readonly Write[]>> = {
  edited: [updateTask(1, { points: 7 })],
  "edited there and back": [updateTask(1, { points: 7 }), updateTask(1, { points: 1 })],
  "written as it was": [updateTask(1, { points: 1, title: "task 1" })],
  deleted: [deleteTask(1)],
  "edited and deleted": [updateTask(1, { points: 7 }), deleteTask(1)],
  "deleted and created anew": [deleteTask(1), createTask(1)],
  "deleted, created anew and edited": [deleteTask(1), createTask(1), updateTask(1, { points: 7 })],
  "deleted, created anew and deleted": [deleteTask(1), createTask(1), deleteTask(1)],
};

/** Of a record that nobody knew. */
const creations: typeof writes = {
  created: [createTask(2, "mine")],
  "created and edited": [createTask(2, "first"), updateTask(2, { title: "mine" })],
  "created and deleted": [createTask(2, "mine"), deleteTask(2)],
  "created, deleted and created anew": [createTask(2, "first"), deleteTask(2), createTask(2, "mine")],
};

const changed = (version: number, points: number, title = "task 1") =>
  change("tasks", { ...task(1), points, title }, version);
const gone = change("tasks", null, null, recordId(1));

const meanwhile: Readonly<Record<string, readonly ReturnType<typeof change>[]>> = {
  "another field was written": [changed(2, 1, "renamed")],
  "the same field was written": [changed(2, 3)],
  "the same was written": [changed(2, 7)],
  "it was written twice": [changed(2, 7), changed(3, 4)],
  "it was deleted": [gone],
  "it was deleted and is back": [gone, changed(5, 3)],
};

const made = (version: number, title: string) => change("tasks", task(2, title), version);
const unmade = change("tasks", null, null, recordId(2));

const creationsElsewhere: typeof meanwhile = {
  "it was created": [made(1, "theirs")],
  "the same was created": [made(1, "mine")],
  "it was created and edited": [made(1, "mine"), made(2, "theirs")],
  "it was created, edited and is alike": [made(1, "theirs"), made(2, "mine")],
  "it was created and deleted": [made(1, "theirs"), unmade],
  "it was deleted": [unmade],
  "it was created, deleted and is back": [made(1, "theirs"), unmade, made(4, "theirs")],
};

interface When {
  /** After how many of the others' changes the leader folds. */
  readonly folds?: readonly number[];
  /** Another tab writes, of which the leader hears nothing, nor that one of the leader. */
  readonly unheard?: boolean;
}

/** What is shown by the tab that leads, by another one and by one that opens, and what is sent in the end. */
async function played(
  own: readonly Write[],
  theirs: (typeof meanwhile)[string],
  { folds = [], unheard = false }: When = {},
) {
  const about = recordId(own[0]?.kind === "create" ? 2 : 1);
  const disk = memoryDisk();
  const browser = testBrowser();
  const open = (): Promise<RecordStore> => openStore(disk.open(), browser.tab());
  const [store, follower] = [await open(), await open()];
  await store.sync.lead();
  await store.sync.applyReply(reply(1, { position: off, changes: [changed(1, 1)] }));
  await settle(50);
  browser.deaf = unheard;
  for (const write of own) await (unheard ? follower : store).commit([write]);
  if (folds.includes(0)) await store.sync.compact(never);
  for (const [i, one] of theirs.entries()) {
    await store.sync.applyReply(reply(2 + i, { position: off, changes: [one] }));
    if (folds.includes(i + 1)) await store.sync.compact(never);
  }
  browser.deaf = false;
  await store.sync.applyReply(reply(9, { position: off }));
  await settle(50);
  const shown = [store, follower, await open()].map((tab) => {
    const { record = null, serverVersion = null } = tab.get("tasks", about) ?? {};
    return { record, serverVersion, count: tab.count("tasks") };
  });
  await store.sync.setPosition(position("dualwrite", 2));
  const sent = store.sync.batch(wide)?.mutations.map(({ kind, fields, base }) => ({ kind, fields, base })) ?? [];
  return { shown, sent, aside: await store.quarantined() };
}

const pairs = (own: typeof writes, theirs: typeof meanwhile) =>
  Object.entries(own).flatMap(([what, mine]) =>
    Object.entries(theirs).map(([also, others]) => [what, also, mine, others] as const),
  );
const cases = [...pairs(writes, meanwhile), ...pairs(creations, creationsElsewhere)];

test.each(cases)("L4 L6: %s in `off`, and %s elsewhere", async (_what, _also, mine, others) => {
  const first = await played(mine, others);
  for (const tab of first.shown) expect(tab).toEqual(first.shown[0]);
  expect(first.aside).toEqual([]);
  for (const folds of [[0], [1], [0, 1], [others.length]]) expect(await played(mine, others, { folds })).toEqual(first);
  expect(await played(mine, others, { unheard: true })).toEqual(first);
});

test("L6: what was edited in `off` and deleted elsewhere stays in sight, and is sent to meet the deletion", async () => {
  const { shown, sent } = await played([updateTask(1, { points: 7 })], [gone]);
  for (const { record } of shown) expect(record).toMatchObject({ points: 7, title: "task 1" });
  expect(sent).toEqual([{ kind: "update", fields: { points: 7 }, base: { version: 1 } }]);
});

test("L1 L6: what was created in `off` and elsewhere stays in sight, and is sent as a create, to meet the other one", async () => {
  const { shown, sent } = await played([createTask(2, "mine")], [made(1, "theirs")], { folds: [0] });
  for (const { record } of shown) expect(record).toMatchObject({ title: "mine" });
  expect(sent).toMatchObject([{ kind: "create", fields: { title: "mine" }, base: null }]);
});

test("L1: what was created in `off` stays, though one of its id was deleted elsewhere", async () => {
  const { shown, sent } = await played([createTask(2, "mine")], [unmade], { folds: [0] });
  for (const { record } of shown) expect(record).toMatchObject({ title: "mine" });
  expect(sent).toMatchObject([{ kind: "create", fields: { title: "mine" } }]);
});

test("L7: deleting what was created in `off` leaves what was created elsewhere as it is", async () => {
  const { shown, sent } = await played([createTask(2, "mine"), deleteTask(2)], [made(1, "theirs")]);
  for (const { record } of shown) expect(record).toMatchObject({ title: "theirs" });
  expect(sent).toEqual([]);
});

test("L7: what was created elsewhere is deleted by a second deletion, folded or not", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const store = await openStore(disk.open(), browser.tab());
  await store.sync.lead();
  await store.sync.applyReply(reply(1, { position: off }));
  await store.commit([createTask(2, "mine")]);
  await store.sync.applyReply(reply(2, { position: off, changes: [made(1, "theirs")] }));
  await store.commit([deleteTask(2)]);
  expect(store.get("tasks", recordId(2))?.record.title).toBe("theirs");
  await store.commit([deleteTask(2)]);
  for (const tab of [store, await openStore(disk.open(), browser.tab())])
    expect(tab.get("tasks", recordId(2))).toBeNull();
  await store.sync.compact(never);
  expect(store.get("tasks", recordId(2))).toBeNull();
  await store.sync.setPosition(position("dualwrite", 2));
  expect(store.sync.batch(wide)?.mutations).toMatchObject([{ kind: "delete", base: { version: 1 } }]);
});

test("L4 L5: an edit of what another tab had deleted does not bring it back, and is set aside", async () => {
  const disk = memoryDisk();
  const browser = testBrowser();
  const [store, unaware] = [await openStore(disk.open(), browser.tab()), await openStore(disk.open(), browser.tab())];
  await store.sync.lead();
  await store.sync.applyReply(reply(1, { position: off, changes: [changed(1, 1)] }));
  await settle(50);
  browser.deaf = true;
  await store.commit([deleteTask(1)]);
  await browser.advance(10);
  await unaware.commit([updateTask(1, { points: 7 })]);
  browser.deaf = false;
  await store.sync.applyReply(reply(2, { position: off, changes: [gone] }));
  await store.sync.applyReply(reply(2, { position: off }));
  for (const tab of [store, await openStore(disk.open(), browser.tab())])
    expect(tab.get("tasks", recordId(1))).toBeNull();
  await store.sync.compact(never);
  expect(store.get("tasks", recordId(1))).toBeNull();
  expect(await store.quarantined()).toMatchObject([{ code: "NOT_FOUND" }]);
});
