/** Law 10: every route that the server has, asked by one school with the ids of another. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { sourceFromText } from "../../src/migration/source/open-source.ts";
import { baseFor, migrateInto } from "../support/migration.ts";
import { type TestServer, testServer } from "../support/server.ts";

const dump = {
  students: '[{"id":"s1","name":"Zerlina Quux","email":"zerlina@quux.test","classId":"c1","status":"active"}]',
  classes: '[{"id":"c1","name":"Secret Class","teacher":{"id":"t1","name":"Tutor Xyzzy"},"studentIds":["s1","s9"]}]',
  teachers: '[{"id":"t1","name":"Tutor Xyzzy","email":"","classIds":["c1"]}]',
};
const theirs = { school: schoolIdOf("the other school") };

let server: TestServer;
let importId: string;
let recordId: string;
beforeAll(async () => {
  // Every route with every body: more at once than an honest client asks.
  server = await testServer({ rateLimit: { perSecond: 10_000, burst: 10_000 } });
  const source = sourceFromText(JSON.stringify(dump), { name: "school.json" });
  importId = (await migrateInto(baseFor(server), source)).importId ?? "";
  const page = await server.call("GET", "/api/students");
  recordId = (page.body.items as { record: { id: string } }[])[0]?.record.id ?? "";
});
afterAll(() => server.close());

interface Route {
  readonly method: string;
  readonly path: string;
}

const routes = (): Route[] => {
  const all = server.server.app.routes.filter(({ method }) => method !== "ALL");
  return [...new Map(all.map(({ method, path }) => [`${method} ${path}`, { method, path }])).values()];
};

/** The route with an import's id where it wants one, a record's elsewhere, and numbers for the rest. */
const withIds = ({ path }: Route, ids: { importId: string; recordId: string }): string =>
  path
    .replace(":domain", "students")
    .replace(/:[a-zA-Z]+/g, (name) =>
      name === ":id" ? (path.includes("imports") ? ids.importId : ids.recordId) : "0",
    );

/** A body that names the ids wherever a route may look for one. */
const bodies = (ids: { importId: string; recordId: string }): unknown[] => [
  {},
  { domain: "students", ids: [ids.recordId] },
  { domain: "students", put: [], remove: [ids.recordId] },
  { dryRun: false },
  { domain: "students", survivor: ids.recordId, other: randomUUID() },
  { domain: "students", survivor: randomUUID(), other: ids.recordId },
  { domain: "students", other: ids.recordId },
  { decisions: [{ id: ids.recordId, keep: "first" }] },
  { decisions: [{ id: `${ids.importId}.0.0`, keep: "second" }] },
  { domain: "students", a: ids.recordId, b: randomUUID() },
  { limit: 100 },
  { entries: 1, parts: 1 },
  { stage: "live", epoch: 7 },
  { clientId: randomUUID(), epoch: 0, mutations: [], cursor: null },
  {
    clientId: randomUUID(),
    epoch: 0,
    cursor: null,
    mutations: [
      {
        id: 1,
        kind: "delete",
        domain: "students",
        recordId: ids.recordId,
        base: { version: 1 },
        fields: {},
        at: "2026-01-01T00:00:00.000Z",
        hlc: "001767225600000.00000.00000000",
      },
    ],
  },
];

/** Every answer of a route, without what names the request itself. */
async function ask(route: Route, ids: { importId: string; recordId: string }): Promise<string[]> {
  const path = withIds(route, ids);
  const sent = route.method === "GET" || route.method === "DELETE" ? [undefined] : bodies(ids);
  const answers: string[] = [];
  for (const body of sent) {
    const headers = { "if-match": '"1"' };
    const { status, body: said } = await server.call(route.method, path, { ...theirs, body, headers });
    const text = JSON.stringify({ ...said, requestId: null, instance: null });
    answers.push(`${status} ${text.replaceAll(ids.importId, "<import>").replaceAll(ids.recordId, "<record>")}`);
  }
  return answers;
}

test("there are routes to try", () => {
  expect(routes().length).toBeGreaterThan(25);
  expect(routes().map(({ path }) => path)).toEqual(
    expect.arrayContaining(["/api/sync/patch", "/api/sync/full", "/api/live"]),
  );
});

test("L10 S3: no route shows anything of another school, nor answers otherwise than for ids of nobody", async () => {
  const before = await server.sql("select seq, encode(chain, 'hex') as chain from schools order by id");
  for (const route of routes()) {
    const foreign = await ask(route, { importId, recordId });
    for (const answer of foreign) expect(answer).not.toMatch(/Zerlina|quux|Xyzzy|Secret Class/i);
    const place = `${route.method} ${route.path}`;
    // Counters, clocks, and the cursor of the asking school move by themselves.
    if (route.path === "/metrics" || place.includes("/api/sync/")) continue;
    const nobody = await ask(route, { importId: randomUUID(), recordId: randomUUID() });
    expect([place, foreign.map((a) => a.slice(0, 3))]).toEqual([place, nobody.map((a) => a.slice(0, 3))]);
  }
  const after = await server.sql(`select seq, encode(chain, 'hex') as chain from schools where seq > 0 order by id`);
  expect(after.filter((row) => before.some((b) => b.chain === row.chain))).toHaveLength(1);
  expect((await server.call("GET", `/api/students/${recordId}`)).status).toBe(200);
});

test("L10 S7: neither the clients, the stage nor the cursor of another school can be told from those of nobody", async () => {
  const client = randomUUID();
  const push = { clientId: client, epoch: 0, mutations: [], cursor: null };
  const { body: ours } = await server.call("POST", "/api/sync/patch", { body: push });
  await server.call("POST", "/api/sync/patch", { body: { ...push, cursor: ours.cursor } });
  await server.call("PUT", "/api/migration/stage", { body: { stage: "dualwrite", epoch: 0 } });
  const asked = { school: schoolIdOf("a third school") };
  const of = async (id: string) =>
    (await server.call("GET", `/api/sync/clients?ids=${id}`, asked)).body.clients as { last: number }[];
  expect((await of(client)).map(({ last }) => last)).toEqual((await of(randomUUID())).map(({ last }) => last));
  expect((await server.call("GET", "/api/migration/stage", asked)).body).toEqual({
    stage: "off",
    epoch: 0,
    stages: {},
    seq: 0,
  });
  const foreign = await server.call("POST", "/api/sync/patch", { ...asked, body: { ...push, cursor: ours.cursor } });
  expect(foreign.body).toMatchObject({ code: "RESYNC_REQUIRED", facts: { seq: 0, reason: "unknown" } });
});
