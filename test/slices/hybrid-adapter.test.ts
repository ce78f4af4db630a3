/** The slices over the real adapter, the real store and the real server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createSchoolStore } from "../../slices/create-school-store.ts";
import { migrationSlice } from "../../slices/migration-slice.ts";
import { studentsSlice } from "../../slices/students.ts";
import { syncSlice } from "../../slices/sync-slice.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { type AdapterSchool, adapterSchool } from "../adapter/adapter-school.ts";
import { uuid } from "../support/records.ts";
import { type TestServer, testServer } from "../support/server.ts";

const { actions, selectors } = studentsSlice;
let server: TestServer;
const open: { close(): unknown }[] = [];
beforeAll(async () => {
  server = await testServer();
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});
afterAll(() => server.close());

async function office(stage: Stage): Promise<{
  school: AdapterSchool;
  device: Awaited<ReturnType<AdapterSchool["device"]>>;
  store: ReturnType<typeof createSchoolStore>;
}> {
  const school = await adapterSchool(server, stage);
  open.push(school);
  const device = await school.device("office");
  await device.sync();
  const store = createSchoolStore({ adapter: device.adapter });
  open.push({ close: () => store.disconnect() });
  return { school, device, store };
}

const names = (records: readonly { readonly name: string }[]) => records.map(({ name }) => name);
const shown = { sort: "name", limit: 50 };

describe.each([
  ["off", "local", "local", false],
  ["dualwrite", "local", "local", true],
  ["live", "server", "server", true],
  ["complete", "server", "server", true],
] as const)("in stage %s", (stage, source, acknowledged, reaches) => {
  test("L1: what the slice shows, the promise, the store and the server agree", async () => {
    const { school, device, store } = await office(stage);
    await device.settled(store.dispatch(actions.load(shown)).unwrap());
    const made = await device.settled(store.dispatch(actions.create({ name: "Ada" })).unwrap());
    expect(made.acknowledged).toBe(acknowledged);
    const id = made.item?.record.id ?? "";
    await expect.poll(() => names(selectors.selectPage(store.getState(), shown).records)).toEqual(["Ada"]);
    await device.settled(store.dispatch(actions.update({ id, changes: { name: "Ada L." } })).unwrap());
    await device.sync();
    expect(await school.rows("students")).toEqual(reaches ? [{ id, name: "Ada L." }] : []);
    await device.settled(store.dispatch(actions.load(shown)).unwrap());
    expect(selectors.selectPage(store.getState(), shown)).toMatchObject({ source, request: { status: "ready" } });
    expect(selectors.selectById(store.getState(), id)?.name).toBe("Ada L.");
    // What the server says again is a new object, and yet nothing has changed.
    const before = selectors.selectPage(store.getState(), shown);
    await device.settled(store.dispatch(actions.load(shown)).unwrap());
    expect(selectors.selectPage(store.getState(), shown)).toBe(before);
    expect(migrationSlice.selectors.selectStage(store.getState())).toBe(stage);
  });
});

test("L4: what another device wrote reaches the slice after a pull, without being asked for", async () => {
  const { school, device, store } = await office("dualwrite");
  await store.dispatch(actions.loadAll()).unwrap();
  await school.post("students", { id: uuid(7), name: "Bob" });
  const report = await device.settled(store.dispatch(syncSlice.actions.syncNow()).unwrap());
  expect(report.outcome).toBe("synced");
  await expect.poll(() => names(selectors.selectAll(store.getState()))).toEqual(["Bob"]);
  expect(selectors.selectMeta(store.getState(), uuid(7))).toEqual({ version: 1, state: "synced" });
});

test("a list that is shown is read again when the stage changes: it comes from the side that is believed now", async () => {
  const { school, device, store } = await office("dualwrite");
  await device.settled(store.dispatch(actions.create({ name: "Ada" })).unwrap());
  await device.sync();
  await device.settled(store.dispatch(actions.load(shown)).unwrap());
  expect(selectors.selectPage(store.getState(), shown).source).toBe("local");
  await school.setStage("live");
  await device.sync();
  await expect.poll(() => selectors.selectPage(store.getState(), shown).source).toBe("server");
  expect(names(selectors.selectPage(store.getState(), shown).records)).toEqual(["Ada"]);
});

test("F17: offline in live the slice shows the local side, and the write as pending", async () => {
  const { device, store } = await office("live");
  await device.settled(store.dispatch(actions.create({ name: "Ada" })).unwrap());
  device.network.always("drop");
  const made = await device.settled(store.dispatch(actions.create({ name: "Bob" })).unwrap());
  expect(made.acknowledged).toBe("pending");
  await device.settled(store.dispatch(actions.load(shown)).unwrap());
  const page = selectors.selectPage(store.getState(), shown);
  expect(page.source).toBe("local");
  expect(names(page.records)).toEqual(["Ada", "Bob"]);
  expect(names(selectors.selectPending(store.getState()))).toEqual(["Bob"]);
});

test("L11: a write that is refused in live is told with its code, and is not shown", async () => {
  const { school, device, store } = await office("live");
  await school.post("terms", { id: uuid(70), name: "Spring" });
  await device.settled(store.dispatch(actions.load(shown)).unwrap());
  const refused = await device.settled(store.dispatch(actions.create({ id: uuid(8), name: "" } as never)));
  expect(refused.payload).toMatchObject({ code: "RECORD_INVALID", place: "/name" });
  expect(selectors.selectWrite(store.getState(), uuid(8)).status).toBe("failed");
  expect(selectors.selectById(store.getState(), uuid(8))).toBeUndefined();
  expect(await school.rows("students")).toEqual([]);
});
