/** Faults of FAULTS.md as whoever uses the adapter sees them. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import type { HybridDataAdapterOptions } from "../../src/adapter/options.ts";
import { WriteRefusedError } from "../../src/adapter/write-refused.ts";
import { AdapterError, isAdapterError } from "../../src/domain/errors.ts";
import type { Stage } from "../../src/domain/stages.ts";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import type { SchoolDomain } from "../../src/remote/api/school-domain.ts";
import { students } from "../../src/school/students.ts";
import { breath, browser } from "../support/browser.ts";
import { uuid } from "../support/records.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { type AdapterDevice, type AdapterSchool, adapterSchool } from "./adapter-school.ts";

let server: TestServer;
const schools: AdapterSchool[] = [];
beforeAll(async () => {
  server = await testServer();
});
afterEach(async () => {
  for (const school of schools.splice(0)) await school.close();
});
afterAll(() => server.close());

type More = Partial<HybridDataAdapterOptions<SchoolDomain>>;

async function open(stage: Stage, more: More = {}): Promise<{ school: AdapterSchool; office: AdapterDevice }> {
  const school = await adapterSchool(server, stage);
  schools.push(school);
  const office = await school.device("office", {}, more);
  await office.sync();
  return { school, office };
}
const names = async ({ adapter, settled }: AdapterDevice): Promise<unknown[]> =>
  (await settled(adapter.students.list({ sort: "name" }))).items.map(({ record }) => record.name);
async function until(what: () => boolean): Promise<void> {
  while (!what()) await breath();
}
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

test.each(["live", "rampdown", "complete"] as const)(
  "L3 refused in %s: the promise rejects with the payload, and nothing is parked, shown or on the server",
  async (stage) => {
    const { school, office } = await open(stage);
    const { adapter } = office;
    const draft = { id: uuid(1), studentId: uuid(7), classId: uuid(8), oneSided: false };
    const error = await failureOf(office.settled(adapter.enrollments.create(draft)));
    expect(error).toBeInstanceOf(WriteRefusedError);
    expect(error).toMatchObject({ code: "REFERENCE_MISSING", payload: [{ kind: "create", record: draft }] });
    expect(isAdapterError(error)).toBe(true);
    expect(adapter.status()).toMatchObject({ parked: [], outbox: { mutations: 0 } });
    expect((await office.settled(adapter.enrollments.list())).items).toEqual([]);
    expect(adapter.parts.store.count("enrollments")).toBe(0);
    expect(await school.rows("enrollments", ["student_id"])).toEqual([]);
    // The next write is not held up by it.
    expect(await office.settled(adapter.students.create({ name: "Ada" }))).toMatchObject({ acknowledged: "server" });
  },
);

test("F9: an app whose storage was cleared is told that what had not been sent is lost; the rest comes from the server", async () => {
  const { school, office } = await open("live");
  await office.settled(office.adapter.students.create({ name: "Ada" }));
  const storage = { ...memoryDisk().open(), missing: "It was cleared." };
  const cleared = await school.device("cleared", {}, { storage });
  expect(cleared.adapter.status().warnings).toEqual([expect.stringMatching(/^It was cleared\. .* is lost/)]);
  await cleared.sync();
  expect(await names(cleared)).toEqual(["Ada"]);
});

test("L3 a batch refused in live is refused whole, by the code of the one that was wrong", async () => {
  const { school, office } = await open("live");
  const refused = office.adapter.batch([
    { kind: "create", domain: "students", draft: { id: uuid(1), name: "Ada" } },
    {
      kind: "create",
      domain: "enrollments",
      draft: { id: uuid(2), studentId: uuid(1), classId: uuid(8), oneSided: false },
    },
  ]);
  await expect(office.settled(refused)).rejects.toMatchObject({ code: "REFERENCE_MISSING" });
  expect(office.adapter.status()).toMatchObject({ parked: [], outbox: { mutations: 0 } });
  expect(await names(office)).toEqual([]);
  expect(await school.rows("students")).toEqual([]);
});

test("F19 refused in dualwrite: acknowledged here, it is parked with its reason, and the rest goes on", async () => {
  const { school, office } = await open("dualwrite");
  const { adapter } = office;
  const draft = { id: uuid(1), studentId: uuid(7), classId: uuid(8), oneSided: false };
  expect(await adapter.enrollments.create(draft)).toMatchObject({ acknowledged: "local" });
  await adapter.students.create({ name: "Ada" });
  await office.sync();
  expect(adapter.status().parked).toMatchObject([{ code: "REFERENCE_MISSING", mutation: { recordId: uuid(1) } }]);
  expect(JSON.parse(adapter.exportUnsent())).toMatchObject({ waiting: [], parked: [{ code: "REFERENCE_MISSING" }] });
  expect(await school.rows("students")).toHaveLength(1);
});

test("STAGE_MIXED: a batch across domains of different stages is refused before anything is kept", async () => {
  const { school, office } = await open("dualwrite");
  await school.setStage("live", "teachers");
  await office.sync();
  const asked = office.network.sent.length;
  const refused = office.adapter.batch([
    { kind: "create", domain: "students", draft: { name: "Ada" } },
    { kind: "create", domain: "teachers", draft: { name: "Bo" } },
  ]);
  await expect(office.settled(refused)).rejects.toMatchObject({ code: "STAGE_MIXED" });
  expect(office.network.sent).toHaveLength(asked);
  expect(await office.settled(office.adapter.teachers.create({ name: "Bo" }))).toMatchObject({
    acknowledged: "server",
  });
  expect(await office.adapter.students.create({ name: "Ada" })).toMatchObject({ acknowledged: "local" });
});

test("L2 F16: lost in live after the server had it, a write is found out and acknowledged once", async () => {
  const { school, office } = await open("live");
  office.network.next("dropResponse");
  const written = await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
  expect(written).toMatchObject({ acknowledged: "server", item: { state: "synced", version: 1 } });
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  expect(await school.changes()).toBe(1);
});

test("L2 F23: without an answer in four seconds a write in live resolves pending, and counts once when it comes through", async () => {
  const { school, office } = await open("live");
  const { adapter } = office;
  office.network.next("silence");
  const began = office.browser.clock;
  const written = await office.settled(adapter.students.create({ id: uuid(1), name: "Ada" }));
  expect(written).toMatchObject({ acknowledged: "pending", item: { state: "pending", version: null } });
  expect(office.browser.clock - began).toBeLessThanOrEqual(4200);
  expect(adapter.status().outbox.mutations).toBe(1);
  await office.browser.advance(120_000);
  expect(adapter.status().outbox.mutations).toBe(0);
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  expect(await school.changes()).toBe(1);
});

test("while older writes wait, a write in live resolves pending at once, behind them", async () => {
  const { office } = await open("live");
  office.network.always("silence", "/api/sync");
  const older = office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
  expect(await older).toMatchObject({ acknowledged: "pending" });
  const began = office.browser.clock;
  expect(await office.adapter.students.update(uuid(1), { phone: "1" })).toMatchObject({ acknowledged: "pending" });
  expect(office.browser.clock).toBe(began);
});

test("a write in live that is begun while another one's caller waits is acknowledged by the server, too", async () => {
  const { office } = await open("live");
  const { adapter, network, settled } = office;
  const pushes = (): number => network.count("/api/sync/patch");
  const before = pushes();
  network.next("hold");
  const first = adapter.students.create({ id: uuid(1), name: "Ada" });
  // On disk is not yet on its way: what is released before it was sent would be held for good.
  await settled(until(() => pushes() > before));
  const second = adapter.students.update(uuid(1), { phone: "1" });
  await settled(until(() => adapter.status().outbox.mutations === 2));
  network.release();
  expect(await settled(Promise.all([first, second]))).toMatchObject([
    { acknowledged: "server" },
    { acknowledged: "server", item: { version: 2 } },
  ]);
});

test("several writes at once in live are each acknowledged by the server", async () => {
  const { school, office } = await open("live");
  const writes = Array.from({ length: 20 }, (_, i) => office.adapter.students.create({ name: `S${i}` }));
  const written = await office.settled(Promise.all(writes));
  expect(new Set(written.map(({ acknowledged }) => acknowledged))).toEqual(new Set(["server"]));
  expect(await school.rows("students")).toHaveLength(20);
});

test("a tab that does not lead gets the server's answer to its own write, and its refusal", async () => {
  const { school, office } = await open("live");
  const other = await office.openTab();
  expect(other.status().sync.leading).toBe(false);
  const written = await office.settled(other.students.create({ id: uuid(1), name: "Ada" }));
  expect(written).toMatchObject({ acknowledged: "server", item: { state: "synced" } });
  expect(await school.rows("students")).toHaveLength(1);
  const refused = other.enrollments.create({ studentId: uuid(7), classId: uuid(8), oneSided: false });
  await expect(office.settled(refused)).rejects.toMatchObject({ code: "REFERENCE_MISSING" });
  expect([other.status().parked, office.adapter.status().parked]).toEqual([[], []]);
});

test("L1: an intent whose tab died is pushed at the next start, and once", async () => {
  const { school, office } = await open("live");
  const before = office.network.count("/api/sync/patch");
  office.network.next("hold");
  void office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await office.settled(until(() => office.network.count("/api/sync/patch") > before));
  await office.crash();
  office.network.release();
  await office.sync();
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  expect(await school.changes()).toBe(1);
});

test("a write in live whose adapter is closed meanwhile resolves pending, and stands on disk", async () => {
  const { school, office } = await open("live");
  office.network.always("silence");
  const writing = office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await office.settled(until(() => office.adapter.status().outbox.mutations === 1));
  office.network.heal();
  await office.reopen();
  expect(await writing).toMatchObject({ acknowledged: "pending" });
  await office.sync();
  expect(await school.rows("students")).toHaveLength(1);
});

test("F5: a full disk refuses a write in live before the server is asked", async () => {
  const disk = memoryDisk();
  const real = disk.open();
  let full = false;
  const storage = {
    ...real,
    commit: (change: Parameters<typeof real.commit>[0]) =>
      full ? Promise.reject(new AdapterError("STORAGE_FULL", "The disk is full.")) : real.commit(change),
  };
  const { school, office } = await open("live", { storage });
  full = true;
  const asked = office.network.sent.length;
  await expect(office.settled(office.adapter.students.create({ name: "Ada" }))).rejects.toMatchObject({
    code: "STORAGE_FULL",
  });
  expect(office.network.sent).toHaveLength(asked);
  full = false;
  expect(await names(office)).toEqual([]);
  expect(await school.rows("students")).toEqual([]);
});

test("L8 F15: a device that writes under the stage before is refused, learns the new one, and sends the same ids again", async () => {
  const { school, office } = await open("dualwrite");
  office.network.always("drop");
  await office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await office.adapter.students.update(uuid(1), { phone: "1" });
  await school.setStage("live");
  office.network.heal();
  await office.sync();
  const pushes = office.network.sent.filter(({ body }) => Array.isArray(body.mutations) && body.mutations.length > 0);
  const ids = ({ body }: (typeof pushes)[number]) => (body.mutations as { id: number }[]).map(({ id }) => id);
  const answered = pushes.filter(({ status }) => status !== null);
  expect(answered.map(({ status }) => status)).toEqual([409, 200]);
  expect(answered.map(ids)).toEqual([
    [1, 2],
    [1, 2],
  ]);
  expect(office.adapter.status()).toMatchObject({ stage: "live", outbox: { mutations: 0 } });
  expect(await school.rows("students", ["name", "phone"])).toEqual([{ id: uuid(1), name: "Ada", phone: "1" }]);
});

test("F15: a build older than the server allows keeps its writes and says so; the updated one sends them", async () => {
  const strict = await testServer({ minimumClient: "1.2.0" });
  const school = await adapterSchool(strict, "dualwrite");
  try {
    const office = await school.device("office", {}, { clientVersion: "1.1.9" });
    await office.adapter.students.create({ id: uuid(1), name: "Ada" });
    await office.sync();
    expect(office.adapter.status().sync).toMatchObject({ paused: ["outdated"], error: { code: "CLIENT_OUTDATED" } });
    expect(office.adapter.parts.store.count("students")).toBe(1);
    expect(await school.rows("students")).toEqual([]);
    await office.reopen({ clientVersion: "1.2.0" });
    await office.sync();
    expect(office.adapter.status()).toMatchObject({ stage: "dualwrite", outbox: { mutations: 0 } });
    expect(await school.rows("students", ["name"])).toEqual([{ id: uuid(1), name: "Ada" }]);
  } finally {
    await school.close();
    await strict.close();
  }
});

test("F17 F20: healed without any event, the queue drains by itself", async () => {
  const { school, office } = await open("dualwrite");
  office.network.always("drop");
  await office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await office.browser.advance(30_000);
  office.network.heal();
  await office.browser.advance(120_000);
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
});

test("F18: signed out in live, reads say so, writes are kept as pending, and go out after the next sign-in", async () => {
  const { school, office } = await open("live");
  office.network.always({ status: 401, body: { code: "UNAUTHENTICATED" } });
  await expect(office.settled(office.adapter.students.list())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  const written = await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
  expect(written).toMatchObject({ acknowledged: "pending" });
  expect(office.adapter.status().sync.paused).toEqual(["auth"]);
  office.network.heal();
  office.adapter.tokenChanged();
  await office.sync();
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
});

test("S2: a token that the server turns away is asked for once more, and the request goes again", async () => {
  const school = await adapterSchool(server, "dualwrite");
  schools.push(school);
  const asked: (string | undefined)[] = [];
  const token = async (refused?: string): Promise<string> => {
    asked.push(refused);
    return refused === undefined ? "stale" : server.token({ school: school.school });
  };
  const fetch = server.fetch;
  const office = await school.device(
    "office",
    {},
    { server: { baseUrl: "http://server", token, fetch, WebSocket: null } },
  );
  await office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await office.sync();
  expect(asked).toContain("stale");
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
});

test.each(["drop", "html", "cutJson", "noContent", { status: 500 }, { status: 404, body: "<h1>gone</h1>" }] as const)(
  "F16 F18: in live a read that meets %j is answered from here, and marked so",
  async (fault) => {
    const { office } = await open("live");
    await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
    office.network.always(fault, "/api/students");
    const page = await office.settled(office.adapter.students.list());
    expect(page).toMatchObject({ source: "local", items: [{ record: { name: "Ada" } }] });
    expect(await office.settled(office.adapter.students.get(uuid(1)))).toMatchObject({ source: "local" });
    office.network.heal();
    await office.browser.advance(60_000);
    expect(await office.settled(office.adapter.students.list())).toMatchObject({ source: "server" });
  },
);

test("B17: a page that fails its schema is not believed: the local side answers", async () => {
  const { office } = await open("live");
  await office.settled(office.adapter.students.create({ id: uuid(1), name: "Ada" }));
  const wrong = { rewrite: () => ({ items: [{ record: { id: uuid(1), name: 7 }, version: 1 }], next: null }) };
  office.network.always(wrong, "/api/students");
  const events: unknown[] = [];
  office.adapter.parts.recovery.subscribe((event) => events.push(event));
  const page = await office.settled(office.adapter.students.list());
  expect(page).toMatchObject({ source: "local", items: [{ record: { name: "Ada" } }] });
  expect(events).toContainEqual(expect.objectContaining({ kind: "giveUp", code: "SERVER_ANSWER" }));
});

test("F22: with a clock a year off, reads fall back, writes are acknowledged, and the skew is told", async () => {
  const { school, office } = await open("live");
  office.browser.clock += 365 * 24 * 3_600_000;
  expect(await office.settled(office.adapter.students.create({ name: "Ada" }))).toMatchObject({
    acknowledged: "server",
  });
  expect(await school.rows("students")).toHaveLength(1);
  expect(Math.abs(office.adapter.status().sync.clockSkewMs ?? 0)).toBeGreaterThan(300 * 24 * 3_600_000);
});

test("own writes that wait are laid over the server's pages: filtered here, and only inside the page's key window", async () => {
  const { school, office } = await open("live");
  for (const [i, name] of ["Bo", "Di", "Fa", "Ha"].entries()) await school.post("students", { id: uuid(i + 1), name });
  await office.sync();
  office.network.always("drop", "/api/sync");
  const { adapter, settled } = office;
  await settled(adapter.students.create({ id: uuid(11), name: "Ce" }));
  await settled(adapter.students.create({ id: uuid(12), name: "Gi" }));
  await settled(adapter.students.update(uuid(1), { name: "Zo" }));
  await settled(adapter.students.remove(uuid(3)));
  const first = await settled(adapter.students.list({ sort: "name", limit: 2 }));
  expect(first).toMatchObject({ source: "server", pending: 4 });
  expect(first.items.map(({ record, state }) => [record.name, state])).toEqual([
    ["Ce", "pending"],
    ["Di", "synced"],
  ]);
  const second = await settled(adapter.students.list({ sort: "name", limit: 2, cursor: first.next ?? "" }));
  expect(second.items.map(({ record }) => record.name)).toEqual(["Gi", "Ha", "Zo"]);
  const filtered = await settled(adapter.students.list({ filter: { name: "Zo" } }));
  expect(filtered.items.map(({ record, state }) => [record.name, state])).toEqual([["Zo", "pending"]]);
  expect((await settled(adapter.students.list({ filter: { name: "Bo" } }))).items).toEqual([]);
  expect(await settled(adapter.students.get(uuid(3)))).toBeNull();
});

test("an own write that is answered while a page is on its way is on the page all the same", async () => {
  const { office } = await open("live");
  const { adapter, settled, network, browser: own } = office;
  network.always("drop");
  own.online = false;
  await settled(adapter.students.create({ id: uuid(1), name: "Ada" }));
  network.heal();
  own.online = true;
  network.next("hold");
  const reading = adapter.students.list();
  await settled(until(() => network.sent.at(-1)?.path === "/api/students" && !network.busy));
  await office.sync();
  expect(adapter.status().outbox.mutations).toBe(0);
  network.release();
  expect(await settled(reading)).toMatchObject({ source: "server", pending: 0, items: [{ record: { name: "Ada" } }] });
});

test.each(["shadow", "live"] as const)(
  "in %s a record that differs under one version is reported with its fields, after a second look",
  async (stage) => {
    const { school, office } = await open(stage, { compareShare: 1 });
    const { adapter, settled, browser: own } = office;
    const found: unknown[] = [];
    adapter.onMismatch((mismatch) => found.push(mismatch));
    await settled(adapter.students.create({ id: uuid(1), name: "Ada" }));
    await settled(adapter.students.create({ id: uuid(2), name: "Bo" }));
    await office.sync();
    await settled(adapter.students.list());
    await own.advance(1000);
    expect(found).toEqual([]);
    await server.sql(`update students set phone = '7' where school_id = '${school.school}' and id = '${uuid(1)}'`);
    await settled(adapter.students.list());
    await own.advance(1000);
    expect(found).toEqual([{ domain: "students", id: uuid(1), fields: ["phone"] }]);
    // On the way of nobody: with the server gone, a read is as fast as ever.
    if (stage !== "shadow") return;
    office.network.always("silence");
    const began = own.clock;
    await settled(adapter.students.list());
    expect(own.clock).toBe(began);
  },
);

test("a record on which a write waits, or that moved on between the looks, is no mismatch", async () => {
  const { school, office } = await open("shadow", { compareShare: 1 });
  const { adapter, settled, browser: own, network } = office;
  const found: unknown[] = [];
  adapter.onMismatch((mismatch) => found.push(mismatch));
  await school.post("students", { id: uuid(1), name: "Ada" });
  await office.sync();
  await server.sql(`update students set phone = '7' where school_id = '${school.school}'`);
  // The page, the pull, and then the record as somebody has changed it in this moment.
  const movedOn = (answer: Record<string, unknown>) => ({ ...answer, version: 2 });
  network.next("ok", "ok", { rewrite: movedOn });
  await settled(adapter.students.list());
  await own.advance(1000);
  expect(network.sent.at(-1)).toMatchObject({ path: `/api/students/${uuid(1)}` });
  expect(found).toEqual([]);
  network.always("drop", "/api/sync");
  await adapter.students.update(uuid(1), { name: "Ada L." });
  await settled(adapter.students.list());
  await own.advance(1000);
  expect(found).toEqual([]);
});

test("local-first in live: the local side answers at once, and a subscription tells of the server's answer", async () => {
  const { school, office } = await open("live", { readPolicy: "local-first" });
  const { adapter, browser: own } = office;
  await school.post("students", { id: uuid(1), name: "Ada" });
  const heard: string[] = [];
  adapter.students.subscribe(({ ids }) => heard.push(...ids));
  expect(await adapter.students.list()).toMatchObject({ source: "local", items: [] });
  await own.advance(1000);
  expect(heard).toEqual([uuid(1)]);
  expect(await adapter.students.list()).toMatchObject({ source: "local", items: [{ record: { name: "Ada" } }] });
});

test("until its journal is verified, a device in live reads here and compares", async () => {
  let verified = false;
  const { office } = await open("live", { readsFromServer: () => verified });
  expect(await office.settled(office.adapter.students.list())).toMatchObject({ source: "local" });
  verified = true;
  expect(await office.settled(office.adapter.students.list())).toMatchObject({ source: "server" });
});

test("a record that this device has not heard of is pulled before it is changed", async () => {
  const { school, office } = await open("live");
  await school.post("students", { id: uuid(1), name: "Ada" });
  expect(await office.settled(office.adapter.students.update(uuid(1), { phone: "1" }))).toMatchObject({
    acknowledged: "server",
    item: { record: { name: "Ada", phone: "1" }, version: 2 },
  });
  await expect(office.settled(office.adapter.students.remove(uuid(9)))).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("UNSENT_WRITES: logging out with writes that wait is refused, and leaves them on disk when it is forced", async () => {
  const { school, office } = await open("dualwrite");
  office.network.always("drop");
  await office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await expect(office.settled(office.adapter.logout())).rejects.toMatchObject({
    code: "UNSENT_WRITES",
    facts: { mutations: 1 },
  });
  expect(JSON.parse(office.adapter.exportUnsent())).toMatchObject({ waiting: [{ recordId: uuid(1) }], parked: [] });
  await office.settled(office.adapter.logout({ force: true }));
  office.network.heal();
  await office.reopen();
  await office.sync();
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  await office.settled(office.adapter.logout());
});

test("L8: an administrator sets mode and stage for the whole school; nobody else may, nor on an old epoch", async () => {
  const { school, office } = await open("off");
  const teacher = await school.device("teacher", { role: "teacher" });
  await expect(teacher.settled(teacher.adapter.setStage("dualwrite"))).rejects.toMatchObject({ code: "FORBIDDEN" });
  await office.adapter.students.create({ id: uuid(1), name: "Ada" });
  await office.settled(office.adapter.setMode("hybrid"));
  expect(office.adapter.status()).toMatchObject({ stage: "dualwrite", mode: "hybrid", epoch: 1 });
  await office.sync();
  expect(await school.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  await school.setStage("live");
  await expect(office.settled(office.adapter.setMode("api"))).rejects.toMatchObject({ code: "EPOCH_STALE" });
  expect(office.adapter.status()).toMatchObject({ stage: "live", epoch: 2 });
  // A stage that is further on in the same mode is no step back.
  await office.settled(office.adapter.setMode("hybrid"));
  expect(office.adapter.status()).toMatchObject({ stage: "live", epoch: 2 });
  await office.settled(office.adapter.setMode("api"));
  expect(office.adapter.status()).toMatchObject({ stage: "rampdown", mode: "api" });
  await office.settled(office.adapter.setMode("localStorage"));
  expect(office.adapter.status()).toMatchObject({ stage: "draining" });
  // A device that has just been opened asks where the school is before it moves it.
  const fresh = await school.device("fresh");
  await fresh.settled(fresh.adapter.setStage("dualwrite"));
  expect(fresh.adapter.status()).toMatchObject({ stage: "dualwrite" });
});

test("without a server everything stays here, the log is folded in, and there is nobody to agree on a stage with", async () => {
  const own = browser(7);
  const tab = own.open();
  const options = { school: "alone", user: "ada", platform: tab.platform, store: { maxEntriesBeforeCompaction: 3 } };
  const adapter = await createHybridDataAdapter({ ...options, storage: tab.storage });
  for (let i = 1; i <= 10; i++) await adapter.students.create({ id: uuid(i), name: `S${i}` });
  expect(adapter.status()).toMatchObject({ stage: "off", mode: "localStorage", outbox: { mutations: 0 } });
  await own.advance(60_000);
  expect([...own.disk.values.keys()].filter((key) => key.startsWith("chunk/students/"))).not.toEqual([]);
  expect(await adapter.syncNow()).toMatchObject({ outcome: "synced" });
  await expect(adapter.setMode("hybrid")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await adapter.close();
  const again = await createHybridDataAdapter({
    ...options,
    storage: own.open().storage,
    platform: own.open().platform,
  });
  expect((await again.students.list()).items).toHaveLength(10);
  await again.close();
});

test("B18: settings that make no sense throw when it is made", async () => {
  const base = { school: "a", user: "b", storage: memoryDisk().open(), platform: browser().open().platform };
  const server = { baseUrl: "http://s", token: () => "t" };
  const wrong: readonly object[] = [
    { readPolicy: "cache-first" },
    { stage: "half" },
    { stage: "live", server },
    { school: "" },
    { user: " " },
    { server: { ...server, baseUrl: "http://s/" } },
    { answerWithinMs: 0 },
    { answerWithinMs: Number.NaN },
    { compareShare: 2 },
    { domains: [students, students] },
    { domains: [{ ...students, name: "batch" }] },
    { recovery: { policies: { transient: { attempts: 0 } } } },
    { recovery: { timeoutMs: Number.NaN } },
  ];
  for (const settings of wrong) {
    await expect(createHybridDataAdapter({ ...base, ...settings }), JSON.stringify(settings)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
  }
  const adapter = await createHybridDataAdapter(base);
  await expect(adapter.setMode("mixed" as "api")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  await expect(adapter.setStage("half" as "off")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect(() => adapter.domain("pupils")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  await adapter.close();
});
