/** Whole processes killed while a push is under way: the postmaster, and the API. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeToken } from "../../../src/server/token.ts";
import { type Device, device } from "../../support/device.ts";
import { type Cluster, startPostgres } from "../../support/postgres.ts";
import { create, uuid } from "../../support/records.ts";
import { type Answer, secret, type TestServer, testSchool } from "../../support/server.ts";
import { apiProcess } from "./api-process.ts";

let cluster: Cluster;
let server: Awaited<ReturnType<Cluster["server"]>>;
beforeAll(async () => {
  cluster = await startPostgres();
  server = await cluster.server();
});
afterAll(async () => {
  await server?.close();
  await cluster?.stop();
});

const statuses = ({ body }: Answer) => (body.results as { status: string }[] | undefined)?.map((r) => r.status);
let next = 0;
const batchOf = (a: Device, size: number) =>
  Array.from({ length: size }, () => {
    next += 1;
    return a.make(create("students", uuid(next), { name: `S${next}` }));
  });

/** Everything that was sent is there once, and nothing else. */
async function eachOnce(): Promise<void> {
  const [history] =
    await server.sql(`select count(*)::int as n, count(distinct record_id)::int as ids, max(seq)::int as seq
    from history where school_id = '${testSchool}'`);
  const [rows] = await server.sql(`select count(*)::int as n from students where school_id = '${testSchool}'`);
  expect([history, rows]).toEqual([{ n: next, ids: next, seq: next }, { n: next }]);
}

test("L1 L2 F25: the postmaster is killed before, during and after a push; the retry finds out what happened", async () => {
  const a = device(server, uuid(9001));
  const acknowledged: number[] = [];
  for (const delay of [0, 3, 8, 20, 60]) {
    const batch = batchOf(a, 40);
    const sent = a.send(batch);
    await new Promise((resolve) => setTimeout(resolve, delay));
    await cluster.crash();
    const first = await sent;
    expect([200, 503]).toContain(first.status);
    // What was acknowledged is on disk.
    if (first.status === 200) acknowledged.push(...batch.map((m) => m.id));
    let answer = first;
    await expect
      .poll(
        async () => {
          answer = await a.send(batch);
          return answer.status;
        },
        { timeout: 20_000 },
      )
      .toBe(200);
    if (first.status === 200) expect(new Set(statuses(answer))).toEqual(new Set(["duplicate"]));
    await eachOnce();
  }
}, 60_000);

/** The API as another process, asked through the network. */
async function startApi(): Promise<{ process: ChildProcess; on: TestServer }> {
  const flags = ["--experimental-transform-types", "--no-warnings"];
  const child = spawn(process.execPath, [...flags, apiProcess, server.runtimeUrl, secret], {
    stdio: ["ignore", "pipe", 2],
  });
  const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, "data")) as [Buffer];
  const url = line.toString().trim();
  const call: TestServer["call"] = async (_method, path, { body } = {}) => {
    const token = await makeToken({ secret, school: testSchool, role: "admin", user: "tester" });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };
  return { process: child, on: { ...server, call } };
}

test("L1 L2 F25: the API is killed before, during and after a commit; another one takes the same push once", async () => {
  const client = uuid(9002);
  const log = device(server, client);
  let api = await startApi();
  let lost = 0;
  for (const delay of [0, 2, 5, 8, 12, 20]) {
    const batch = batchOf(log, 40);
    const sent = device(api.on, client)
      .send(batch)
      .catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, delay));
    api.process.kill("SIGKILL");
    if ((await sent) === null) lost += 1;
    api = await startApi();
    const answer = await device(api.on, client).send(batch);
    expect(answer.status).toBe(200);
    // All of a push or nothing of it.
    expect(new Set(statuses(answer)).size).toBe(1);
    await eachOnce();
  }
  expect(lost).toBeGreaterThan(0);
  api.process.kill("SIGKILL");
}, 60_000);
