/** Joins and decisions on PostgreSQL 18, as a role that owns nothing and is bound by the policies. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { device } from "../../support/device.ts";
import { type Cluster, startPostgres } from "../../support/postgres.ts";
import { create, uuid } from "../../support/records.ts";
import type { TestServer } from "../../support/server.ts";

let cluster: Cluster;
let server: TestServer;
beforeAll(async () => {
  cluster = await startPostgres();
  server = await cluster.server();
});
afterAll(() => cluster.stop());

const post = (path: string, body: object) => server.call("POST", `/api/${path}`, { body });
const record = async (domain: string, id: string) =>
  (await server.call("GET", `/api/${domain}/${id}`)).body.record as Record<string, unknown> | undefined;

test("L6 L9: joined, pushed to, decided and split: everything is back where it was", async () => {
  const office = device(server, uuid(900));
  await office.push(
    create("students", uuid(1), { name: "Ada", email: "a@x.test" }),
    create("students", uuid(2), { name: "Ada L.", email: "a@x.test" }),
    create("classes", uuid(3), { name: "1a" }),
    create("enrollments", uuid(4), { studentId: uuid(1), classId: uuid(3), oneSided: false }),
    create("enrollments", uuid(5), { studentId: uuid(2), classId: uuid(3), oneSided: true }),
    create("grades", uuid(6), { studentId: uuid(2), score: "1" }),
  );
  const before = await Promise.all([
    record("students", uuid(2)),
    record("enrollments", uuid(5)),
    record("grades", uuid(6)),
  ]);
  expect((await server.call("GET", "/api/people")).body.pairs).toHaveLength(1);
  expect((await post("people/join", { survivor: uuid(1), other: uuid(2), dryRun: true })).status).toBe(200);
  expect(await record("students", uuid(2))).toBeDefined();
  expect((await post("people/join", { survivor: uuid(1), other: uuid(2) })).body).toMatchObject({
    along: { enrollments: 1 },
  });
  await office.push(create("grades", uuid(7), { studentId: uuid(2), score: "2" }));
  expect(await record("grades", uuid(7))).toMatchObject({ studentId: uuid(1) });

  const open = (await server.call("GET", "/api/conflicts")).body.conflicts as {
    id: string;
    domain: string;
    loser: object;
  }[];
  expect(open.map(({ domain, loser }) => [domain, loser])).toEqual(
    expect.arrayContaining([
      ["students", { name: "Ada L." }],
      ["enrollments", { oneSided: true }],
    ]),
  );
  const decisions = open.filter(({ domain }) => domain === "enrollments").map(({ id }) => ({ id, keep: "restore" }));
  expect((await post("conflicts/resolve", { decisions, dryRun: true })).body).toMatchObject({
    outcomes: [{ did: "updated" }],
  });
  expect(await record("enrollments", uuid(4))).toMatchObject({ oneSided: false });
  await post("conflicts/resolve", { decisions });
  expect(await record("enrollments", uuid(4))).toMatchObject({ oneSided: true });

  expect((await post("people/split", { other: uuid(2) })).status).toBe(200);
  expect(
    await Promise.all([record("students", uuid(2)), record("enrollments", uuid(5)), record("grades", uuid(6))]),
  ).toEqual(before);
  expect(await record("grades", uuid(7))).toMatchObject({ studentId: uuid(2) });
  expect((await server.call("GET", "/api/people/aliases")).body.aliases).toEqual([]);
});
