/** The faults of the network, on the real server: what was acknowledged arrives, once, and everybody sees it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Fault } from "../support/network.ts";
import { uuid } from "../support/records.ts";
import { type Device, type Scenario, scenario } from "../support/scenario.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
let now = new Date("2024-09-01T08:00:00.000Z");
beforeAll(async () => {
  server = await testServer({ now: () => now });
});
afterAll(() => server.close());

let school: Scenario;
let office: Device;
beforeEach(async () => {
  now = new Date("2024-09-01T08:00:00.000Z");
  school = await scenario(server);
  office = await school.device("office");
  await office.sync();
});
afterEach(() => school.close());

const ada = uuid(10);
const patch = "/api/sync/patch";

/** Nothing waits, everything is pulled, and another device sees the same as this one. */
async function isQuiet(): Promise<void> {
  const report = await office.sync();
  expect(report).toMatchObject({ outcome: "synced", error: null });
  expect(office.store.outbox().mutations).toBe(0);
}

describe("F16", () => {
  test.each([
    ["a request that is dropped", ["drop"]],
    ["an answer that is lost after the commit", ["dropResponse"]],
    ["a request that arrives twice", ["duplicate"]],
    ["an answer that is lost again and again", ["dropResponse", "drop", "dropResponse", "dropResponse"]],
  ] as const)("L1 L2: %s applies the write once, and it is not lost", async (_, faults) => {
    await office.create("students", ada, { name: "Ada" });
    office.network.next(...faults);
    for (const _fault of faults) await office.sync();
    await isQuiet();
    expect(await school.rows("students")).toEqual([{ id: ada, version: 1, name: "Ada" }]);
    expect(await school.changes("students")).toBe(1);
    expect(office.get("students", ada)).toMatchObject({ serverVersion: 1, state: "synced" });
  });

  test("L2 L3: a request that arrives after those that followed it changes nothing", async () => {
    await office.create("students", ada, { name: "Ada" });
    office.network.next("late");
    expect((await office.sync()).outcome).toBe("failed");
    await office.update("students", ada, { name: "Ada L." });
    await office.sync();
    await office.network.deliverLate();
    await isQuiet();
    expect(await school.rows("students")).toEqual([{ id: ada, version: 2, name: "Ada L." }]);
    expect(await school.changes("students")).toBe(2);
  });

  test("L2 L3: writes made while the answer is delayed go out afterwards, in order", async () => {
    office.network.next("hold");
    await office.create("students", ada, { name: "1" });
    await office.until(() => office.network.sent.some(({ body }) => JSON.stringify(body).includes('"1"')));
    for (const name of ["2", "3", "4"]) await office.update("students", ada, { name });
    expect(office.get("students", ada)?.record).toMatchObject({ name: "4" });
    office.network.release();
    await isQuiet();
    expect(await school.rows("students")).toEqual([{ id: ada, version: 4, name: "4" }]);
    expect(await school.conflicts()).toEqual([]);
  });
});

describe("F17 F20: the queue drains by itself", () => {
  test("a link that heals without an event is found by the timer, although the browser says offline", async () => {
    office.browser.online = false;
    office.network.always("drop");
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    await office.browser.advance(120_000);
    expect(office.store.outbox().mutations).toBe(1);
    office.network.heal();
    await office.browser.advance(60_000);
    await office.until(() => office.store.outbox().mutations === 0);
    expect(await school.rows("students")).toHaveLength(1);
  });

  test("a one-way link: what goes up arrives, what comes down does not, and nothing is applied twice", async () => {
    office.network.always("dropResponse");
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    for (let i = 0; i < 5; i++) {
      await office.browser.advance(60_000);
      await office.until(() => office.engine.status().phase === "waiting");
    }
    expect(office.get("students", ada)?.state).toBe("pending");
    office.network.heal();
    await office.browser.advance(60_000);
    await office.until(() => office.get("students", ada)?.state === "synced");
    expect(await school.changes("students")).toBe(1);
  });

  test("the browser's `online` shortens the wait; a browser that always says online does not end the tries", async () => {
    office.network.next("drop", "drop", "drop", "drop", "drop", "drop");
    for (let i = 0; i < 6; i++) await office.sync();
    await office.create("students", ada, { name: "Ada" });
    expect(office.engine.status().phase).toBe("waiting");
    office.browser.cameOnline();
    await office.until(() => office.store.outbox().mutations === 0);
  });

  test("F20: one failure, and then nothing happens: the timer retries", async () => {
    office.network.next("drop");
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    await office.browser.advance(1000);
    await office.until(() => office.store.outbox().mutations === 0);
  });
});

describe("F18: whatever is answered, nothing is deleted", () => {
  test.each([
    ["204", "noContent"],
    ["a page", "html"],
    ["half of the JSON", "cutJson"],
    ["400", { status: 400 }],
    ["404", { status: 404, body: "not here" }],
    ["409 of another kind", { status: 409, body: { code: "SOMETHING_NEW" } }],
    ["422", { status: 422 }],
    ["500", { status: 500 }],
    ["503", { status: 503 }],
  ] as readonly (readonly [string, Fault])[])("L1 L2: %s is tried again by the timer", async (_, fault) => {
    office.network.next(fault);
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    expect(office.engine.status().error).not.toBeNull();
    expect(office.get("students", ada)).toMatchObject({ state: "pending", record: { name: "Ada" } });
    await office.browser.advance(60_000);
    await office.until(() => office.store.outbox().mutations === 0);
    expect(await school.changes("students")).toBe(1);
    expect(office.engine.status().error).toBeNull();
  });

  test("401 pauses and deletes nothing; a new token goes on", async () => {
    office.network.always({ status: 401 });
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "paused");
    expect(office.engine.status().paused).toEqual(["auth"]);
    const before = office.network.sent.length;
    await office.browser.advance(3_600_000);
    office.browser.cameOnline();
    await office.update("students", ada, { name: "Ada L." });
    expect(office.network.sent).toHaveLength(before);
    expect(office.store.outbox().mutations).toBe(2);
    office.network.heal();
    office.engine.tokenChanged();
    await office.until(() => office.store.outbox().mutations === 0);
    expect(await school.rows("students")).toEqual([{ id: ada, version: 2, name: "Ada L." }]);
  });

  test("403 for the whole request pauses by name, and is tried again by the timer", async () => {
    office.network.next({ status: 403 });
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "paused");
    expect(office.engine.status().paused).toEqual(["forbidden"]);
    await office.browser.advance(61_000);
    await office.until(() => office.store.outbox().mutations === 0);
  });

  test("413 halves until it fits, and everything arrives in order", async () => {
    office.network.always("drop");
    for (let i = 0; i < 20; i++) await office.create("students", uuid(100 + i), { name: `${i}` });
    office.network.heal();
    office.network.next({ status: 413 }, { status: 413 });
    await isQuiet();
    const sizes = office.network.sent
      .filter(({ path }) => path === patch)
      .map(({ body }) => (body.mutations as unknown[]).length);
    expect(sizes.slice(-6)).toEqual(expect.arrayContaining([20, 10, 5]));
    expect(await school.rows("students")).toHaveLength(20);
  });

  test("429 with Retry-After is not asked before its time", async () => {
    office.network.next({ status: 429, headers: { "retry-after": "30" } });
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    const before = office.network.sent.length;
    expect((await office.sync()).outcome).toBe("failed");
    office.browser.cameOnline();
    await office.browser.advance(29_000);
    expect(office.network.sent).toHaveLength(before);
    await office.browser.advance(2000);
    await office.until(() => office.store.outbox().mutations === 0);
  });
});

describe("L3 F19: a poison mutation at the head of the queue", () => {
  test("is parked with its dependants, payload and reason; the rest goes on", async () => {
    office.network.always("drop");
    await office.create("grades", uuid(1), { studentId: uuid(99), score: "5" });
    await office.update("grades", uuid(1), { score: "6" });
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    office.network.heal();
    const report = await office.sync();
    expect(report).toMatchObject({ outcome: "synced", parked: 2 });
    expect(await school.rows("students")).toHaveLength(1);
    expect(await school.rows("grades", ["score"])).toEqual([]);
    expect(office.store.parked()).toMatchObject([
      { code: "REFERENCE_MISSING", mutation: { kind: "create", fields: { score: "5", studentId: uuid(99) } } },
      { mutation: { kind: "update", fields: { score: "6" } } },
    ]);
    expect(office.store.outbox().mutations).toBe(0);
  });

  test("one that no request can carry is parked as well, and its log goes on", async () => {
    office.network.always("drop");
    await office.create("students", uuid(1), { name: "first" });
    await office.create("students", uuid(2), { name: "too long for the proxy" });
    await office.create("students", uuid(3), { name: "third" });
    await office.until(() => office.engine.status().phase === "waiting");
    office.network.heal();
    office.network.refuse((body) => (JSON.stringify(body).includes("too long") ? { status: 413 } : null));
    expect(await office.sync()).toMatchObject({ outcome: "synced", parked: 1 });
    expect(await school.rows("students")).toMatchObject([{ name: "first" }, { name: "third" }]);
    expect(office.store.parked()).toMatchObject([
      { code: "LIMIT", mutation: { fields: { name: "too long for the proxy" } } },
    ]);
    await office.create("students", uuid(4), { name: "fourth" });
    await isQuiet();
    expect(await school.rows("students")).toHaveLength(3);
  });
});

describe("F21 L4: pokes", () => {
  test("all of them are lost: the timer finds what others wrote", async () => {
    const other = await school.device("other");
    await other.create("students", ada, { name: "Ada" });
    await other.sync();
    await office.browser.advance(40_000);
    await office.until(() => office.get("students", ada) !== null);
  });
});

describe("F22: clocks", () => {
  test.each([
    ["a year ahead", 365 * 86_400_000],
    ["a year behind", -365 * 86_400_000],
  ])("%s: no write is lost, and the skew is told", async (_, off) => {
    office.browser.clock += off;
    await office.create("students", ada, { name: "Ada" });
    await isQuiet();
    expect(await school.rows("students")).toHaveLength(1);
    const skew = office.engine.status().clockSkewMs ?? 0;
    expect(Math.abs(skew + off)).toBeLessThan(86_400_000);
  });

  test("a clock that runs back keeps the order of the writes", async () => {
    await office.create("students", ada, { name: "1" });
    office.browser.clock -= 86_400_000;
    await office.update("students", ada, { name: "2" });
    office.browser.clock -= 86_400_000;
    await office.update("students", ada, { name: "3" });
    await isQuiet();
    expect(await school.rows("students")).toEqual([{ id: ada, version: 3, name: "3" }]);
  });

  test("a frozen clock does not stop the timer", async () => {
    office.network.next("drop");
    await office.create("students", ada, { name: "Ada" });
    await office.until(() => office.engine.status().phase === "waiting");
    const frozen = office.browser.clock;
    await office.browser.advance(1000);
    office.browser.clock = frozen;
    await office.until(() => office.store.outbox().mutations === 0);
  });
});

test("L2 F23: the timeout fires and the call succeeds later: applied once", async () => {
  office.network.next("silence");
  await office.create("students", ada, { name: "Ada" });
  await office.until(() => office.network.sent.at(-1)?.body.mutations !== undefined && office.network.count(patch) > 1);
  await office.browser.advance(30_000);
  await office.until(() => office.engine.status().phase === "waiting");
  expect(office.engine.status().error?.code).toBe("SERVER_UNREACHABLE");
  await office.browser.advance(60_000);
  await office.until(() => office.store.outbox().mutations === 0);
  expect(await school.changes("students")).toBe(1);
});

describe("bad answers", () => {
  test("B17: 200 with a body that fails its schema: the cursor stays, and the field is named", async () => {
    const other = await school.device("other");
    await other.create("students", ada, { name: "Ada" });
    await other.sync();
    const before = office.store.position.cursor;
    office.network.next({
      rewrite: (answer) => {
        const [change] = answer.changes as { record: Record<string, unknown> }[];
        return { ...answer, changes: [{ ...change, record: { ...change?.record, name: 7 } }] };
      },
    });
    expect(await office.sync()).toMatchObject({
      outcome: "failed",
      error: { code: "SERVER_ANSWER", place: "/changes/0/record/name" },
    });
    expect(office.store.position.cursor).toBe(before);
    expect(office.get("students", ada)).toBeNull();
    await isQuiet();
    expect(office.get("students", ada)?.record).toMatchObject({ name: "Ada" });
  });

  test.each(["-1.0000000000000000", "999999.0011223344556677", "7.ffffffffffffffff", "garbage"])(
    "B16: the cursor %s is never taken for up to date",
    async (cursor) => {
      const other = await school.device("other");
      await other.create("students", ada, { name: "Ada" });
      await other.sync();
      const { stage, stages, epoch } = office.store.position;
      await office.store.sync.applyReply({
        results: [],
        changes: [],
        cursor,
        seq: 0,
        position: { stage, stages, epoch },
      });
      await office.create("students", uuid(11), { name: "own" });
      await isQuiet();
      expect(office.get("students", ada)?.record).toMatchObject({ name: "Ada" });
      expect(await school.rows("students")).toHaveLength(2);
      expect(office.engine.status().recovered?.way).toBe("snapshot");
    },
  );
});
