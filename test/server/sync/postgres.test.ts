/** What only a database with several connections shows: pushes that run at the same time. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { device } from "../../support/device.ts";
import { type Cluster, startPostgres } from "../../support/postgres.ts";
import { create, uuid } from "../../support/records.ts";
import { type TestServer, testSchool } from "../../support/server.ts";

let cluster: Cluster;
let server: TestServer;
beforeAll(async () => {
  cluster = await startPostgres();
  server = await cluster.server({ max: 6 });
});
afterAll(async () => {
  await server.close();
  await cluster.stop();
});

const statuses = (body: Record<string, unknown>) => (body.results as { status: string }[]).map((r) => r.status);

test("L2 F16: one push that arrives five times at once is applied once", async () => {
  const a = device(server, uuid(1));
  const batch = Array.from({ length: 50 }, (_, n) => a.make(create("students", uuid(100 + n), { name: `S${n}` })));
  const answers = await Promise.all(Array.from({ length: 5 }, () => a.send(batch)));
  const first = answers.flatMap(({ body }) => [...new Set(statuses(body))]).sort();
  expect(first).toEqual(["applied", "duplicate", "duplicate", "duplicate", "duplicate"]);
  expect(await server.sql("select count(*)::int as n from history")).toEqual([{ n: 50 }]);
});

test("L4 L6: devices that write at once leave one history without a hole, and no value is lost", async () => {
  const names = ["a", "b", "c", "d", "e"];
  const answers = await Promise.all(
    names.map((name, n) =>
      device(server, uuid(10 + n)).push(
        { kind: "update", domain: "students", recordId: uuid(100), base: { version: 1 }, fields: { name } },
        create("grades", uuid(500 + n), { studentId: uuid(100), score: "10.50" }),
        create("grades", uuid(600 + n), { studentId: uuid(999) }),
      ),
    ),
  );
  for (const { results } of answers) {
    expect(results.slice(1).map((r) => r.code ?? r.status)).toEqual(["applied", "REFERENCE_MISSING"]);
  }
  const lines = await server.sql(`select seq::int from history where school_id = '${testSchool}' order by seq`);
  expect(lines.map((l) => l.seq)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  const [stands] = await server.sql(`select name from students where id = '${uuid(100)}'`);
  const lost = await server.sql("select loser->>'name' as name from conflicts");
  expect([stands?.name, ...lost.map((l) => l.name)].sort()).toEqual(names);
});

test("L3: on PostgreSQL too, only what the database refuses is rejected", async () => {
  const a = device(server, uuid(30));
  const enrolment = (n: number, day: number) =>
    create("enrollments", uuid(n), {
      studentId: uuid(101),
      classId: uuid(700),
      beginDate: `2024-01-0${day}`,
      oneSided: false,
    });
  const { results } = await a.push(
    create("classes", uuid(700), { name: "1a" }),
    enrolment(800, 1),
    enrolment(801, 1),
    enrolment(802, 2),
    { kind: "delete", domain: "enrollments", recordId: uuid(800), base: { mutation: 2 } },
    enrolment(803, 1),
  );
  expect(results.map((r) => r.code ?? r.status)).toEqual([
    "applied",
    "applied",
    "UNIQUE_TAKEN",
    "applied",
    "applied",
    "applied",
  ]);
});

test("L3: where the lock would last too long, a beginning is answered: no group is cut, and the client goes on from there", async () => {
  let clock = 0;
  // Every look at the clock is 60 ms later: all batches are too slow.
  const monotonic = () => {
    clock += 60;
    return clock;
  };
  const school = schoolIdOf("a slow machine");
  const slow = await cluster.server({ monotonic });
  const a = device(slow, uuid(40), { school });
  const all = Array.from({ length: 700 }, (_, n) =>
    a.make({
      ...create("students", uuid(1000 + n), { name: `S${n}` }),
      // The 480th to the 519th belong together.
      ...(n >= 479 && n < 519 ? { group: 480, groupSize: 40 } : {}),
    }),
  );
  const sizes: number[] = [];
  for (let last = 0; last < all.length; ) {
    const { body } = await a.send(all.slice(last));
    const results = body.results as { id: number; status: string }[];
    expect(results.map((r) => [r.id, r.status])).toEqual(results.map((_, i) => [last + i + 1, "applied"]));
    last = (body.last as Record<string, number>)[uuid(40)] ?? 0;
    sizes.push(results.length);
  }
  expect(sizes).toEqual([519, 181]);
  const again = await a.send(all.slice(0, 100));
  expect(statuses(again.body)).toEqual(Array.from({ length: 100 }, () => "duplicate"));
  const more = Array.from({ length: 200 }, (_, n) => a.make(create("students", uuid(3000 + n), { name: `T${n}` })));
  expect(statuses((await a.send(more)).body)).toHaveLength(125);
  await slow.close();
});

test("L2: a client is retired with the last of what was sent, and not with a beginning of it", async () => {
  const school = schoolIdOf("a long request");
  const server = await cluster.server();
  const [own, renamed] = [device(server, uuid(50), { school }), uuid(51)];
  const all = Array.from({ length: 600 }, (_, n) => own.make(create("students", uuid(5000 + n), { name: `S${n}` })));
  const last = { ...own.make(create("students", uuid(6000), { name: "renamed" })), id: 1, client: renamed };
  const beside = { retired: [uuid(50)] };
  const { body } = await own.send([...all, last], beside);
  expect(body.last).toMatchObject({ [uuid(50)]: 500, [renamed]: 0 });
  expect(statuses((await own.send([...all.slice(500), last], beside)).body)).toHaveLength(101);
  expect(await own.send([own.make(create("students", uuid(6001), { name: "late" }))])).toMatchObject({ status: 409 });
  await server.close();
});
