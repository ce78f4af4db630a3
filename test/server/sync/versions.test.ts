/** Clients and servers of different ages, and what a device learns when it lost its place. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineDomain } from "../../../src/domain/define-domain.ts";
import { text } from "../../../src/domain/fields.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type Answer, type TestServer, testServer } from "../../support/server.ts";

const step = { description: "", up: (f: object) => ({ ...f }), down: (f: object) => ({ ...f }) };
const notes = defineDomain({
  name: "notes",
  fields: { title: text() },
  references: {},
  sortKeys: {},
  conflict: "mergeFields",
  rights: { admin: "write", teacher: "write", student: "none", viewer: "read" },
  migrations: [step],
});

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: [...schoolDomains, notes], minimumClient: "1.2.0" });
});
afterAll(() => server.close());
const refusal = ({ status, body }: Answer) => [status, body.code];

test("B2: a client below the minimum, or one that does not say, is told to update; nothing of it is applied", async () => {
  const a = device(server, uuid(1), { school: schoolIdOf("minimum") });
  const sent = [a.make(create("students", uuid(10), { name: "Ada" }))];
  for (const clientVersion of ["1.1.9", "0.9.0", "1.2.0-beta.1", "rubbish", undefined]) {
    const answer = await a.send(sent, { clientVersion });
    expect(refusal(answer)).toEqual([409, "CLIENT_OUTDATED"]);
    expect(answer.body.facts).toEqual({ minimum: "1.2.0" });
  }
  for (const clientVersion of ["1.2.0", "1.10.0", "2.0.0-rc.1"]) {
    expect((await a.send(sent, { clientVersion })).status).toBe(200);
  }
  await expect(testServer({ minimumClient: "soon" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
});

test("B2: an older shape may not be pushed but other domains may; a newer one waits for the server", async () => {
  const a = device(server, uuid(1), { school: schoolIdOf("shapes") });
  const fields = { externalId: null, extra: {}, title: "t" };
  const note = a.make({ kind: "create", domain: "notes", recordId: uuid(10), fields });
  const ask = (mutations: readonly object[], version: number) =>
    a.send(mutations, { clientVersion: "1.2.0", schemaVersions: { notes: version, students: 1, unheardOf: 7 } });
  expect(refusal(await ask([note], 1))).toEqual([409, "CLIENT_OUTDATED"]);
  expect((await ask([], 1)).status).toBe(200);
  expect(refusal(await ask([], 3))).toEqual([409, "SCHEMA_NEWER"]);
  expect((await ask([note], 2)).body.results).toMatchObject([{ status: "applied" }]);
});

test("B16 F29: a cursor that is refused comes with the server's own seq; a device learns how far its clients' logs are", async () => {
  const school = schoolIdOf("places");
  const a = device(server, uuid(1), { school });
  const more = { clientVersion: "1.2.0" };
  const { body } = await a.send([a.make(create("students", uuid(10), { name: "Ada" }))], more);
  expect(body).toMatchObject({ seq: 1, last: { [uuid(1)]: 1 }, stages: {}, stage: "off", epoch: 0 });
  expect(Date.parse(String(body.serverTime))).not.toBeNaN();
  const refused = await a.send([], { ...more, cursor: "7.0123456789abcdef" });
  expect(refused.body).toMatchObject({ code: "RESYNC_REQUIRED", facts: { seq: 1, reason: "unknown" } });
  const clients = async (ids: string) => server.call("GET", `/api/sync/clients?ids=${ids}`, { school });
  expect((await clients(`${uuid(1)},${uuid(2)}`)).body.clients).toEqual([
    { id: uuid(1), last: 1 },
    { id: uuid(2), last: 0 },
  ]);
  for (const bad of ["", "x", `${uuid(1)},`, Array.from({ length: 201 }, (_, i) => uuid(i)).join()]) {
    expect(refusal(await clients(bad))).toEqual([400, "BAD_REQUEST"]);
  }
});

test("F29: a base that the server does not have any more is an unknown one: the change is kept, and what it replaces too", async () => {
  const school = schoolIdOf("restored");
  const [a, b] = [device(server, uuid(1), { school, user: "a" }), device(server, uuid(2), { school, user: "b" })];
  const more = { clientVersion: "1.2.0" };
  await a.send([a.make(create("students", uuid(10), { name: "Ada" }))], more);
  const late = { kind: "update", domain: "students", recordId: uuid(10), fields: { name: "Ben" } } as const;
  const { body } = await b.send([b.make({ ...late, base: { version: 9 } })], more);
  expect(body.results).toMatchObject([{ status: "conflict", stands: "client", version: 2 }]);
  const same = await b.send([b.make(create("students", uuid(10), { name: "Ben" }))], more);
  expect(same.body.results).toMatchObject([{ status: "merged", version: 2 }]);
  const lost = await server.sql(`select loser, author from conflicts where school_id = '${school}'`);
  expect(lost).toEqual([{ loser: { name: "Ada" }, author: "a" }]);
});
