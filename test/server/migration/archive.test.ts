/** Archive, pages of the ledger, proof, and the borders around all of it. */
import { createHash, randomUUID, verify } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import { emptied, importing, partsOf, student } from "./scenario.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
beforeEach(() => emptied(server));
afterAll(() => server.close());

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const raw = Buffer.from('[{"id":"1","name":"Ünïcode"}]', "utf8");
const chunk = (index: number, cut: Buffer, over: Record<string, unknown> = {}) => ({
  value: 0,
  key: "students",
  encoding: "utf8",
  sha256: sha256(raw),
  size: raw.length,
  chunk: index,
  chunks: 2,
  data: cut.toString("base64"),
  ...over,
});
const [head, tail] = [raw.subarray(0, 10), raw.subarray(10)];

test("L5: a value comes back byte for byte, in whatever order and however often its chunks were sent", async () => {
  const { path } = await importing(server);
  const send = async (body: unknown) => (await server.call("POST", `${path}/archive`, { body })).body;
  expect(await send(chunk(1, tail))).toEqual({ complete: false });
  expect(await send(chunk(1, tail))).toEqual({ complete: false });
  expect(await send(chunk(0, head))).toEqual({ complete: true });
  expect(await send(chunk(0, head))).toEqual({ complete: true });
  const { body } = await server.call("GET", `${path}/archive`);
  expect(body.values).toEqual([
    { value: 0, key: "students", encoding: "utf8", sha256: sha256(raw), size: raw.length, chunks: 2, complete: true },
  ]);
  const parts = await Promise.all([0, 1].map((i) => server.call("GET", `${path}/archive/0/${i}`)));
  expect(Buffer.concat(parts.map((p) => Buffer.from(String(p.body.data), "base64")))).toEqual(raw);
  expect((await server.call("GET", `${path}/archive/0/2`)).status).toBe(404);
});

test("B14: a damaged chunk is refused when the value is whole, can be sent again, and a stored one is never replaced", async () => {
  const { path } = await importing(server);
  const send = (body: unknown) => server.call("POST", `${path}/archive`, { body });
  const flipped = Buffer.from(head);
  flipped[3] = (flipped[3] ?? 0) ^ 1;
  await send(chunk(0, flipped));
  expect((await send(chunk(1, tail))).body.code).toBe("BAD_REQUEST");
  const early = await server.call("POST", `${path}/seal`, { body: { entries: 0, parts: 0 } });
  expect(early.body.code, "no seal over half a value").toBe("LEDGER_UNBALANCED");
  await send(chunk(0, head));
  expect((await send(chunk(1, tail))).body).toEqual({ complete: true });
  const refused = [chunk(0, flipped), chunk(0, head, { key: "other" }), chunk(2, tail), chunk(0, head, { data: "!" })];
  for (const body of refused) expect((await send(body)).status).toBe(400);
});

test("a key with half a surrogate pair is kept as it was", async () => {
  const { path } = await importing(server);
  const key = "half \ud800 \u0000";
  await server.call("POST", `${path}/archive`, { body: chunk(0, raw, { key, chunks: 1 }) });
  expect((await server.call("GET", `${path}/archive`)).body.values).toMatchObject([{ key, complete: true }]);
});

test("parts and entries are read in pages, by outcome", async () => {
  const school = await importing(server);
  const records = ["a", "b", "c", "d", "e"].map((name) => student(name));
  await school.run([...partsOf("students", records), ...partsOf("students", [{ ...student("a"), phone: "2" }], 6)]);
  const seen: number[] = [];
  for (let next: unknown = ""; next !== null; ) {
    const { body } = await server.call("GET", `${school.path}/ledger/parts?limit=2${next ? `&after=${next}` : ""}`);
    seen.push(...(body.parts as { entry: number }[]).map(({ entry }) => entry));
    next = body.next;
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  const conflicts = await server.call("GET", `${school.path}/ledger/entries?outcome=conflict`);
  expect(conflicts.body).toMatchObject({ entries: [{ no: 6, outcome: "conflict", key: "students" }], next: null });
  for (const query of ["outcome=lost", "limit=0", "after=x", "after=1.-1"])
    expect((await server.call("GET", `${school.path}/ledger/parts?${query}`)).status).toBe(400);
});

test("a proof is kept as given and signed with a key that anyone can check it with", async () => {
  const { path } = await importing(server);
  expect((await server.call("GET", `${path}/proof`)).status).toBe(404);
  const proof = { format: "test", text: "38 entries, balanced" };
  await server.call("POST", `${path}/proof`, { body: proof });
  await server.call("POST", `${path}/proof`, { body: proof });
  const { body } = await server.call("GET", `${path}/proof`);
  expect(body).toMatchObject({ no: 1, algorithm: "Ed25519", signedBy: "tester" });
  const bytes = Buffer.from(String(body.body));
  expect(JSON.parse(String(body.body))).toEqual(proof);
  expect(sha256(bytes)).toBe(body.sha256);
  const signature = Buffer.from(String(body.signature), "base64");
  expect(verify(null, bytes, String(body.publicKey), signature)).toBe(true);
  expect(verify(null, Buffer.from(`${bytes} `), String(body.publicKey), signature)).toBe(false);
});

const endpoints = (id: string): readonly (readonly [string, string, unknown?])[] => {
  const at = `/api/migration/imports/${id}`;
  return [
    ["GET", at],
    ["GET", `${at}/archive`],
    ["GET", `${at}/archive/0/0`],
    ["POST", `${at}/archive`, chunk(0, raw, { chunks: 1 })],
    ["POST", `${at}/entries`, { entries: [] }],
    ["POST", `${at}/backfill`, { epoch: 0, parts: [] }],
    ["POST", `${at}/seal`, { entries: 0, parts: 0 }],
    ["GET", `${at}/ledger`],
    ["GET", `${at}/ledger/parts`],
    ["GET", `${at}/ledger/entries`],
    ["GET", `${at}/proof`],
    ["POST", `${at}/proof`, { a: 1 }],
    ["POST", `${at}/rollback`, { dryRun: false }],
    ["POST", `${at}/conflicts/resolve`, { parts: [] }],
    ["GET", `/api/sync/digest?import=${id}`],
    ["GET", `/api/sync/digest/records?domain=students&import=${id}`],
  ];
};

test("S3: another school's import is the same 404 as a made-up one, at every endpoint", async () => {
  const theirs = await importing(server);
  await theirs.run(partsOf("students", [student("Ada")]));
  const me = { school: schoolIdOf("other") };
  const answers = async (id: string) =>
    Promise.all(
      endpoints(id).map(async ([method, path, body]) => {
        const answer = await server.call(method, path, { ...me, body });
        // These two name the request itself.
        const rest = { ...answer.body, requestId: null, instance: null };
        return { status: answer.status, body: JSON.stringify(rest).replaceAll(id, "?") };
      }),
    );
  const foreign = await answers(theirs.importId);
  expect(foreign).toEqual(await answers(randomUUID()));
  expect(new Set(foreign.map(({ status }) => status))).toEqual(new Set([404]));
  expect((await server.call("GET", "/api/migration/imports", me)).body).toEqual({ imports: [] });
  const explained = await server.call("POST", "/api/migration/explain", {
    ...me,
    body: { domain: "students", ids: [student("Ada").id] },
  });
  expect(explained.body.records).toMatchObject([{ record: null, change: null }]);
  const repair = { domain: "students", put: [], remove: [student("Ada").id] };
  expect((await server.call("POST", "/api/migration/repair", { ...me, body: repair })).body).toMatchObject({
    removed: 0,
  });
  expect(await theirs.ledger()).toMatchObject({ parts: { total: 1 }, state: "sealed" });
  expect(await server.sql("select count(*)::int as n from students")).toEqual([{ n: 1 }]);
});

test("S8: who is no administrator is refused at every endpoint", async () => {
  const { importId } = await importing(server);
  const more: readonly (readonly [string, string, unknown?])[] = [
    ["GET", "/api/migration/imports"],
    ["POST", "/api/migration/imports", {}],
    ["POST", "/api/migration/explain", { domain: "students", ids: [] }],
    ["POST", "/api/migration/repair", { domain: "students", put: [], remove: [] }],
    ["POST", "/api/migration/exports", {}],
  ];
  for (const role of ["teacher", "viewer", "student"] as const)
    for (const [method, path, body] of [...endpoints(importId), ...more])
      expect((await server.call(method, path, { role, body })).status, `${role} ${method} ${path}`).toBe(403);
});
