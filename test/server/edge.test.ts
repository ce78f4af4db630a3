/** What stands before the routes: tokens, limits, origins, logs. */
import { gzipSync } from "node:zlib";
import { exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AdapterError } from "../../src/domain/errors.ts";
import { allowOrigins } from "../../src/server/middleware/allow-origins.ts";
import { quickest } from "../support/quickest.ts";
import { secret, type TestServer, testSchool, testServer } from "../support/server.ts";

let server: TestServer;
const lines: string[] = [];
const log = (facts: object, message: string): void => {
  lines.push(JSON.stringify({ ...facts, message }));
};
beforeAll(async () => {
  const limits = { maxBody: 10_000, origins: ["https://school.example"] };
  server = await testServer({ ...limits, log: { info: log, warn: log, error: log } });
});
afterAll(() => server.close());

const key = new TextEncoder().encode(secret);
const claims = { school: testSchool, role: "admin" };
const good = () =>
  new SignJWT(claims).setSubject("u").setIssuer("hybrid-data-adapter").setAudience("hybrid-data-adapter");
const hs = { alg: "HS256" };
const get = async (token: string) =>
  server.fetch(new Request("http://server/api/students", { headers: { authorization: `Bearer ${token}` } }));

test("S1: a token that the server did not ask for in this form is refused with 401", async () => {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const spki = new TextEncoder().encode(await exportSPKI(pair.publicKey));
  expect((await get(await good().setProtectedHeader(hs).setExpirationTime("1h").sign(key))).status).toBe(200);
  const refused = [
    new UnsecuredJWT({ ...claims, sub: "u" })
      .setIssuer("hybrid-data-adapter")
      .setAudience("hybrid-data-adapter")
      .encode(),
    await good().setProtectedHeader(hs).setExpirationTime("1h").sign(spki),
    await good().setProtectedHeader({ alg: "RS256" }).setExpirationTime("1h").sign(pair.privateKey),
    await good().setProtectedHeader({ alg: "HS512" }).setExpirationTime("1h").sign(key),
    await good()
      .setProtectedHeader({ ...hs, jku: "http://evil/", kid: "../../x" })
      .setExpirationTime("1h")
      .sign(spki),
    await good().setProtectedHeader(hs).setExpirationTime("1h").setAudience("another").sign(key),
    await good().setProtectedHeader(hs).setExpirationTime("1h").setIssuer("another").sign(key),
    await good().setProtectedHeader(hs).setExpirationTime("-1h").sign(key),
    await good().setProtectedHeader(hs).setExpirationTime("2h").setNotBefore("1h").sign(key),
    await good().setProtectedHeader(hs).sign(key),
    "a.b.c",
  ];
  for (const token of refused) expect((await get(token)).status).toBe(401);
  expect((await server.fetch(new Request("http://server/api/students"))).status).toBe(401);
});

const send = async (body: BodyInit, headers: Record<string, string> = {}) =>
  server.fetch(
    new Request("http://server/api/students", {
      method: "POST",
      headers: { authorization: `Bearer ${await server.token()}`, ...headers },
      body,
      duplex: "half",
    } as RequestInit),
  );

test("S13: a body is cut at the limit: chunked, packed, or with a length that lies", async () => {
  const chunk = new Uint8Array(4096).fill(32);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += chunk.length;
      controller.enqueue(chunk);
    },
  });
  expect((await send(endless)).status).toBe(413);
  expect(sent).toBeLessThan(100_000);
  const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
  expect((await send(bomb, { "content-encoding": "gzip" })).status).toBe(413);
  expect((await send("not gzip", { "content-encoding": "gzip" })).status).toBe(400);
  expect((await send(gzipSync('{"name":"Ada"}'), { "content-encoding": "gzip" })).status).toBe(201);
});

test("S14: 50,000 characters where a pattern looks cost less than 50 ms", async () => {
  const long = "a-".repeat(25_000);
  const headers = { authorization: `Bearer ${long}`, "x-request-id": long };
  expect(await quickest(() => server.fetch(new Request("http://server/api/x", { headers })))).toBeLessThan(50);
});

test("S15: too many requests get 429 with Retry-After, whatever address they claim, and pass later", async () => {
  let now = new Date("2026-01-01T00:00:00.000Z");
  const strict = await testServer({ rateLimit: { perSecond: 1, burst: 3 }, now: () => now });
  const ask = (i: number) => strict.call("GET", "/api/terms", { headers: { "x-forwarded-for": `10.0.0.${i}` } });
  const answers = [];
  for (let i = 0; i < 5; i++) answers.push(await ask(i));
  expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 429, 429]);
  expect(answers[4]?.headers.get("retry-after")).toBe("1");
  now = new Date(now.getTime() + 1000);
  expect((await ask(9)).status).toBe(200);
  await strict.close();
});

test("S17: only a listed origin is answered, and never with credentials", async () => {
  const from = async (origin: string) =>
    (await server.fetch(new Request("http://server/healthz", { headers: { origin } }))).headers;
  expect((await from("https://school.example")).get("access-control-allow-origin")).toBe("https://school.example");
  expect((await from("https://evil.example")).get("access-control-allow-origin")).toBeNull();
  expect((await from("https://school.example")).get("access-control-allow-credentials")).toBeNull();
  expect(() => allowOrigins(["*"])).toThrow(AdapterError);
});

test("S20: neither an error nor a log line holds SQL, a token or a person", async () => {
  lines.length = 0;
  const token = await server.token();
  const answer = await server.call("POST", "/api/students", {
    body: { name: "Grace Hopper", email: "not-an-address" },
  });
  await server.call("GET", "/api/students?name=Grace%20Hopper");
  await server.sql("alter table students rename to students_gone");
  const failed = await server.call("GET", "/api/students");
  await server.sql("alter table students_gone rename to students");
  expect([failed.status, failed.body.code]).toEqual([500, "INTERNAL"]);
  const said = [...lines, JSON.stringify(answer.body), JSON.stringify(failed.body)].join("\n");
  expect(lines.length).toBeGreaterThan(2);
  for (const secretText of ["Grace", "Hopper", "not-an-address", "select ", token.slice(0, 30), testSchool]) {
    expect(said).not.toContain(secretText);
  }
});

test("health, metrics, the OpenAPI document and its page answer without a token", async () => {
  const path = async (p: string) => server.fetch(new Request(`http://server${p}`));
  for (const p of ["/healthz", "/readyz", "/metrics", "/docs"]) expect((await path(p)).status).toBe(200);
  const document = await (await path("/openapi.json")).json();
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths)).toContain("/api/paymentObligations/{id}");
  const { post } = document.paths["/api/sync/patch"];
  expect(post.requestBody.content["application/json"].schema.required).toContain("mutations");
  expect(post.responses[200].content["application/json"].schema.properties.results.type).toBe("array");
  expect(Object.keys(document.paths["/api/migration/stage"])).toEqual(["get", "put"]);
  expect(document.components.schemas.students.properties.name.type).toBe("string");
});

test("the OpenAPI document names every route that there is, and no other", async () => {
  const document = await (await server.fetch(new Request("http://server/openapi.json"))).json();
  const named = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const isOfDomain = (path: string): boolean => /^\S+ \/api\/(:domain|[A-Za-z]+(\/\{id\})?$)/.test(path);
  const routes = server.server.app.routes
    .filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/"))
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !route.includes("/:domain"))
    .map((route) => route.replace(/:(\w+)/g, "{$1}"));
  const ofServer = ["/api/live", "/api/conflicts", "/api/people"];
  const others = named.filter((route) => !isOfDomain(route) || ofServer.includes(route.split(" ")[1] ?? ""));
  expect([...new Set(routes)].sort()).toEqual(others.sort());
});
