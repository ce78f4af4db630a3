/** The ways back of SPEC.md, on the real server: what still exists is not lost, and nothing is applied twice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseSchoolId } from "../../src/domain/ids.ts";
import { purge } from "../../src/server/db/purge.ts";
import { uuid } from "../support/records.ts";
import { type RestorableServer, restorableServer } from "../support/restorable-server.ts";
import { type Device, type Scenario, scenario } from "../support/scenario.ts";

let server: RestorableServer;
beforeAll(async () => {
  server = await restorableServer();
});
afterAll(() => server.close());

let school: Scenario;
let a: Device;
let b: Device;
beforeEach(async () => {
  school = await scenario(server);
  a = await school.device("a");
  b = await school.device("b");
  await a.sync();
  await b.sync();
});
afterEach(() => school.close());

const names = (device: Device): unknown[] =>
  [...device.store.all("students")].map((view) => (view.record as { name?: unknown }).name).sort();
const stored = async (): Promise<unknown[]> => (await school.rows("students")).map((row) => row.name).sort();
const days = (n: number): Date => new Date(Date.now() + n * 86_400_000);

describe("F29: the server was restored from an older backup", () => {
  test("what it lost and a device still keeps is sent again, in order, once", async () => {
    await a.create("students", uuid(1), { name: "before" });
    await a.sync();
    await b.sync();
    const backup = await server.backUp();
    await a.create("students", uuid(2), { name: "A after" });
    await a.update("students", uuid(1), { name: "changed after" });
    await a.sync();
    await b.create("students", uuid(3), { name: "B after" });
    await b.sync();
    await server.restore(backup);
    expect(await stored()).toEqual(["before"]);

    expect((await a.sync()).outcome).toBe("synced");
    expect((await b.sync()).outcome).toBe("synced");
    await a.sync();
    expect(await stored()).toEqual(["A after", "B after", "changed after"]);
    expect(names(a)).toEqual(await stored());
    expect(names(b)).toEqual(await stored());
    expect(await school.changes("students")).toBe(4);
    expect(a.engine.status().recovered?.way).toBe("snapshot");
  });

  test("although others wrote meanwhile, so that its history is as long as before", async () => {
    const backup = await server.backUp();
    await a.create("students", uuid(2), { name: "A after" });
    await a.sync();
    await server.restore(backup);
    const c = await school.device("c");
    for (let i = 0; i < 5; i++) await c.create("students", uuid(30 + i), { name: `C ${i}` });
    await c.sync();
    await a.sync();
    expect(await stored()).toEqual(["A after", "C 0", "C 1", "C 2", "C 3", "C 4"]);
    expect(names(a)).toEqual(await stored());
  });

  test("L1: what it had answered behind a cursor that is still good is sent again", async () => {
    await a.sync();
    for (let i = 0; i < 1200; i++) await b.create("students", uuid(100 + i), { name: "B" });
    await b.sync();
    const backup = await server.backUp();
    // The answer brings the first thousand changes, and the device hears no more before the server is gone.
    a.network.next("ok");
    a.network.always("drop");
    await a.create("students", uuid(2), { name: "A" });
    await a.until(() => a.engine.status().phase === "waiting");
    expect(a.store.outbox().mutations).toBe(0);
    await server.restore(backup);
    a.network.heal();
    expect((await a.sync()).outcome).toBe("synced");
    expect(await server.sql("select name from students where name = 'A'")).toHaveLength(1);
    expect(a.get("students", uuid(2))?.state).toBe("synced");
  });

  test("what waited goes out behind what is sent again", async () => {
    await a.create("students", uuid(1), { name: "1" });
    await a.sync();
    const backup = await server.backUp();
    await a.update("students", uuid(1), { name: "2" });
    await a.sync();
    a.network.always("drop");
    await a.update("students", uuid(1), { name: "3" });
    await a.until(() => a.engine.status().phase === "waiting");
    a.network.heal();
    await server.restore(backup);
    await a.sync();
    expect(await school.rows("students")).toEqual([{ id: uuid(1), version: 3, name: "3" }]);
    expect(await school.conflicts()).toEqual([]);
  });
});

describe("F28 L7: tombstones were purged while a device was away", () => {
  test("it loads a snapshot: what was deleted is gone here too, and its own writes go out", async () => {
    await a.create("students", uuid(1), { name: "deleted later" });
    await a.create("students", uuid(2), { name: "stays" });
    await a.sync();
    await b.sync();
    expect(names(b)).toHaveLength(2);
    await a.remove("students", uuid(1));
    await a.sync();
    b.network.always("drop");
    await b.create("students", uuid(3), { name: "made offline" });
    await purge(server.db, parseSchoolId(school.school), days(40));
    b.network.heal();
    await b.sync();
    expect(names(b)).toEqual(["made offline", "stays"]);
    expect(await stored()).toEqual(["made offline", "stays"]);
  });

  test("an update made offline to what was deleted and purged brings nothing back unseen", async () => {
    await a.create("students", uuid(1), { name: "deleted later" });
    await a.sync();
    await b.sync();
    await a.remove("students", uuid(1));
    await a.sync();
    b.network.always("drop");
    await b.update("students", uuid(1), { name: "late" });
    await purge(server.db, parseSchoolId(school.school), days(40));
    b.network.heal();
    const report = await b.sync();
    const rows = await stored();
    // Either it stands as a shown conflict, or it is parked; never a silent resurrection.
    expect(report.conflicts + report.parked).toBe(1);
    expect(names(b)).toEqual(rows);
  });
});

describe("F11: this browser was restored from an older image", () => {
  test("ids that are used again with another body: nothing is applied twice, nothing is lost", async () => {
    await a.create("students", uuid(1), { name: "first" });
    await a.sync();
    const image = new Map(a.browser.disk.values);
    a.network.always("dropResponse");
    await a.create("students", uuid(2), { name: "second" });
    await a.until(() => a.engine.status().phase === "waiting");
    a.tab.kill();
    a.network.heal();
    a.browser.disk.values.clear();
    for (const [key, value] of image) a.browser.disk.values.set(key, value);

    await a.reopen();
    await a.create("students", uuid(3), { name: "third" });
    await a.sync();
    expect(await stored()).toEqual(["first", "second", "third"]);
    expect(names(a)).toEqual(await stored());
    expect(await school.changes("students")).toBe(3);
  });

  test("a forked log goes on under a new name", async () => {
    await a.create("students", uuid(1), { name: "first" });
    await a.sync();
    // The other life of this profile: the server took an id that this one is about to use.
    const { clientId } = a.store;
    await server.sql(`update clients set last_mutation_id = 2 where id = '${clientId}'`);
    await server.sql(`insert into client_mutations (school_id, client_id, mutation_id, body_hash, result, at)
      select school_id, client_id, 2, decode(repeat('00', 32), 'hex'), result, at from client_mutations
      where client_id = '${clientId}' and mutation_id = 1`);
    await a.create("students", uuid(2), { name: "second" });
    expect((await a.sync()).outcome).toBe("synced");
    await a.create("students", uuid(3), { name: "third" });
    await a.update("students", uuid(2), { name: "second!" });
    await a.sync();
    expect(await stored()).toEqual(["first", "second!", "third"]);
    expect(names(a)).toEqual(await stored());
    expect(a.engine.status().recovered?.way).toBe("rehome");
  });
});

describe("L8: stage changes", () => {
  test("a push under an old epoch is sent again under the new one, with the same ids", async () => {
    a.network.always("drop");
    await a.create("students", uuid(1), { name: "Ada" });
    await a.until(() => a.engine.status().phase === "waiting");
    await school.setStage("shadow");
    a.network.heal();
    const since = a.network.sent.length;
    expect((await a.sync()).outcome).toBe("synced");
    const pushes = a.network.sent
      .slice(since)
      .map(({ body }) => body)
      .filter((body) => ((body.mutations ?? []) as unknown[]).length > 0);
    expect(pushes).toHaveLength(2);
    expect(pushes[1]?.mutations).toEqual(pushes[0]?.mutations);
    expect(Number(pushes[1]?.epoch)).toBe(Number(pushes[0]?.epoch) + 1);
    expect(a.store.position).toMatchObject({ stage: "shadow" });
    expect(await school.changes("students")).toBe(1);
  });

  test("who only pulls learns the stage with the answer", async () => {
    await school.setStage("live");
    await a.sync();
    expect(a.store.position.stage).toBe("live");
  });

  test("from `off`: what was written before goes out as mutations, parents first, and once", async () => {
    const early = await scenario(server, { stage: "off" });
    const device = await early.device("early");
    await device.sync();
    await device.create("students", uuid(1), { name: "Ada" });
    await device.create("classes", uuid(2), { name: "1a" });
    await device.create("enrollments", uuid(3), { studentId: uuid(1), classId: uuid(2), oneSided: false });
    await device.update("students", uuid(1), { name: "Ada L." });
    expect(device.store.outbox().mutations).toBe(0);
    await device.sync();
    expect(await early.rows("students")).toEqual([]);
    await early.setStage("dualwrite");
    await device.sync();
    expect(await early.rows("students")).toMatchObject([{ name: "Ada L." }]);
    expect(await early.rows("enrollments", ["student_id::text as student"])).toMatchObject([{ student: uuid(1) }]);
    expect(device.store.parked()).toEqual([]);
    expect(device.get("enrollments", uuid(3))).toMatchObject({ state: "synced", serverVersion: 1 });
    await early.close();
  });

  test("L9: through `draining` to `off` and back: what waited goes out, what was written in `off` goes out later", async () => {
    await a.create("students", uuid(1), { name: "1" });
    await a.sync();
    a.network.always("drop");
    await a.update("students", uuid(1), { name: "2" });
    await a.until(() => a.engine.status().phase === "waiting");
    await school.setStage("draining");
    await b.create("students", uuid(9), { name: "B" });
    await b.sync();
    await school.setStage("off");
    a.network.heal();
    await a.sync();
    expect(await school.rows("students")).toMatchObject([{ name: "2" }, { name: "B" }]);
    expect(names(a)).toEqual(["2", "B"]);
    expect(a.store.position.stage).toBe("off");
    await a.update("students", uuid(1), { name: "3" });
    await a.remove("students", uuid(9));
    expect(a.store.outbox().mutations).toBe(0);
    await a.sync();
    expect(await school.rows("students")).toMatchObject([{ name: "2" }, { name: "B" }]);
    await school.setStage("dualwrite");
    await a.sync();
    await a.sync();
    expect(await school.rows("students")).toMatchObject([{ name: "3" }]);
    expect(names(a)).toEqual(["3"]);
  });
});
