/** A device sends the logs of all its tabs in one request, merged by clock. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type Answer, type TestServer, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const [leader, tab] = [uuid(9200), uuid(9201)];
const scenario = (name: string) => {
  const school = schoolIdOf(name);
  return { school, one: device(server, leader, { school }), two: device(server, tab, { school }) };
};
const of = (client: string, mutation: object) => ({ ...mutation, client });
const refusal = ({ status, body }: Answer) => [status, body.code, body.facts];

test("L2 L3: the logs of two tabs in one request are applied in its order, each with its own ids", async () => {
  const { school, one, two } = scenario("two tabs");
  const sent = [
    one.make(create("students", uuid(1), { name: "Ada" })),
    of(tab, two.make(create("grades", uuid(10), { studentId: uuid(1), score: "1" }))),
    of(
      tab,
      two.make({
        kind: "update",
        domain: "students",
        recordId: uuid(1),
        base: { mutation: 1, client: leader },
        fields: { name: "Ada L." },
      }),
    ),
    one.make({
      kind: "update",
      domain: "students",
      recordId: uuid(1),
      base: { mutation: 2, client: tab },
      fields: { notes: "n" },
    }),
  ];
  const { body } = await one.send(sent);
  expect(body.results).toMatchObject([
    { id: 1, status: "applied", version: 1 },
    { id: 1, client: tab, status: "applied" },
    { id: 2, client: tab, status: "applied", version: 2 },
    { id: 2, status: "applied", version: 3 },
  ]);
  expect(body).toMatchObject({ last: { [leader]: 2, [tab]: 2 }, seq: 4 });
  const lines = await server.sql(
    `select client_id::text as c, mutation_id::int as m from history where school_id = '${school}' order by seq`,
  );
  expect(lines).toEqual([
    { c: leader, m: 1 },
    { c: tab, m: 1 },
    { c: tab, m: 2 },
    { c: leader, m: 2 },
  ]);

  // The other tab leads now, and sends the same again under its own name.
  const again = await two.send([
    { ...sent[0], client: leader },
    { ...sent[1], client: undefined },
    { ...sent[2], client: undefined },
    { ...sent[3], client: leader },
  ]);
  expect(again.body.results).toMatchObject([
    { id: 1, client: leader, status: "duplicate", earlier: "applied" },
    { id: 1, status: "duplicate" },
    { id: 2, status: "duplicate" },
    { id: 2, client: leader, status: "duplicate" },
  ]);
});

test("L3 F19: what depends on another tab's rejected mutation is rejected, and says whose it was", async () => {
  const { one, two } = scenario("fate");
  const { body } = await one.send([
    of(tab, two.make(create("students", uuid(1), { name: "\0" }))),
    one.make(create("grades", uuid(10), { studentId: uuid(1) })),
    one.make({ kind: "delete", domain: "students", recordId: uuid(1), base: { mutation: 1, client: tab } }),
    of(tab, two.make(create("grades", uuid(11), { studentId: uuid(1) }))),
  ]);
  expect(body.results).toMatchObject([
    { client: tab, status: "rejected", code: "TEXT_UNSUPPORTED" },
    { status: "rejected", code: "REFERENCE_MISSING", dependsOn: 1, dependsOnClient: tab },
    { status: "rejected", dependsOn: 1, dependsOnClient: tab },
    { client: tab, status: "rejected", dependsOn: 1 },
  ]);
  expect((body.results as object[])[3]).not.toHaveProperty("dependsOnClient");
});

test("B15 F11: a gap or a fork names the client that it is in, and nothing is applied", async () => {
  const { school, one, two } = scenario("gap");
  await one.push(create("students", uuid(1), { name: "Ada" }));
  const skipped = two.make(create("students", uuid(2), { name: "Ben" }));
  const late = two.make(create("students", uuid(3), { name: "Cleo" }));
  const fine = one.make(create("students", uuid(4), { name: "Dan" }));
  expect(refusal(await one.send([fine, of(tab, late)]))).toEqual([409, "MUTATION_GAP", { client: tab, expected: 1 }]);
  await two.send([skipped]);
  const forked = { ...skipped, fields: { ...skipped.fields, name: "Eve" } };
  expect(refusal(await one.send([fine, of(tab, forked)]))).toEqual([409, "CLIENT_FORKED", { client: tab, id: 1 }]);
  expect(await server.sql(`select 1 from students where school_id = '${school}' and name = 'Dan'`)).toEqual([]);
});

test("S7: a request that names another user's client, as a log or as a base, is refused", async () => {
  const { school, one } = scenario("another user");
  await device(server, tab, { school, user: "somebody else" }).push(create("students", uuid(1), { name: "Ada" }));
  const theirs = of(tab, { ...one.make(create("students", uuid(2), { name: "X" })), id: 2 });
  expect((await one.send([theirs])).status).toBe(403);
  const onTheirs = {
    ...one.make({ kind: "delete", domain: "students", recordId: uuid(1) }),
    id: 1,
    base: { mutation: 1, client: tab },
  };
  expect((await one.send([onTheirs])).status).toBe(403);
  const { body } = await server.call("GET", `/api/sync/clients?ids=${tab},${leader}`, { school });
  expect(body.clients).toEqual([
    { id: tab, last: 0 },
    { id: leader, last: 0 },
  ]);
});
