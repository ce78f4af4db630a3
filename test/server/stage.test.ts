/** A school's stage: who may read and change it, and what a change fences off. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { device } from "../support/device.ts";
import { create, uuid } from "../support/records.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const read = (school: string, role: "viewer" | "admin" = "viewer") =>
  server.call("GET", "/api/migration/stage", { school, role });
const put = (school: string, body: object, role: "teacher" | "admin" = "admin") =>
  server.call("PUT", "/api/migration/stage", { school, role, user: "head", body });

test("L8: a new stage is a new epoch; a push under the old one is refused and goes through under the new with the same ids", async () => {
  const school = schoolIdOf("stages");
  const a = device(server, uuid(1), { school });
  expect((await read(school)).body).toEqual({ stage: "off", epoch: 0, stages: {}, seq: 0 });
  expect((await put(school, { stage: "dualwrite", epoch: 0 })).body).toMatchObject({ stage: "dualwrite", epoch: 1 });
  const sent = [a.make(create("students", uuid(10), { name: "Ada" }))];
  const stale = await a.send(sent);
  expect([stale.status, stale.body.code, stale.body.facts]).toEqual([409, "EPOCH_STALE", { epoch: 1 }]);
  const { body } = await a.send(sent, { epoch: 1 });
  expect(body).toMatchObject({ results: [{ id: 1, status: "applied" }], stage: "dualwrite", epoch: 1 });
  expect((await read(school)).body).toEqual({ stage: "dualwrite", epoch: 1, stages: {}, seq: 1 });
});

test("L8: two administrators who decide on the same state: the second one is told", async () => {
  const school = schoolIdOf("two heads");
  const answers = await Promise.all([
    put(school, { stage: "dualwrite", epoch: 0 }),
    put(school, { stage: "shadow", epoch: 0 }),
  ]);
  expect(answers.map((a) => a.status).sort()).toEqual([200, 409]);
  expect((await read(school)).body.epoch).toBe(1);
});

test("L8: one domain may be in a stage of its own; a change of the school takes it along; every change is on record", async () => {
  const school = schoolIdOf("one domain");
  await put(school, { stage: "live", epoch: 0 });
  expect((await put(school, { stage: "shadow", domain: "grades", epoch: 1 })).body).toMatchObject({
    stage: "live",
    stages: { grades: "shadow" },
  });
  await put(school, { stage: "dualwrite", domain: "terms", epoch: 2 });
  expect((await put(school, { stage: "live", domain: "terms", epoch: 3 })).body.stages).toEqual({ grades: "shadow" });
  const full = await server.call("POST", "/api/sync/full", { school, body: {} });
  expect(full.body).toMatchObject({ stage: "live", stages: { grades: "shadow" }, epoch: 4 });
  expect((await put(school, { stage: "rampdown", epoch: 4 })).body).toEqual({
    stage: "rampdown",
    epoch: 5,
    stages: {},
    seq: 0,
  });
  const record = await server.sql(`select epoch, domain, from_stage || ' ' || to_stage as step, author
    from stage_changes where school_id = '${school}' order by epoch`);
  expect(record).toEqual([
    { epoch: 1, domain: null, step: "off live", author: "head" },
    { epoch: 2, domain: "grades", step: "live shadow", author: "head" },
    { epoch: 3, domain: "terms", step: "live dualwrite", author: "head" },
    { epoch: 4, domain: "terms", step: "dualwrite live", author: "head" },
    { epoch: 5, domain: null, step: "live rampdown", author: "head" },
  ]);
});

test("S8 B18: only an administrator changes it, and only to a stage and a domain that there are", async () => {
  const school = schoolIdOf("refused");
  expect((await put(school, { stage: "live", epoch: 0 }, "teacher")).status).toBe(403);
  for (const body of [
    { stage: "hybrid", epoch: 0 },
    { stage: "live", domain: "spaceships", epoch: 0 },
    { stage: "live", epoch: -1 },
    { stage: "live" },
    { stage: "live", epoch: 0, force: true },
  ]) {
    expect((await put(school, body)).body.code).toBe("BAD_REQUEST");
  }
  expect((await read(school)).body).toEqual({ stage: "off", epoch: 0, stages: {}, seq: 0 });
});
