/** Each fault, through a real `fetch` and a real WebSocket. */
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { appHandlers } from "../../mocks/app-handlers.ts";
import { type MockSchool, mockSchool } from "../../mocks/mock-school.ts";
import { liveProtocol } from "../../src/domain/sync-wire.ts";
import { uuid } from "../support/records.ts";
import { emptyDatabase, testServer } from "../support/server.ts";

const base = "http://localhost";
const records = {
  students: [
    { id: uuid(1), name: "Ada" },
    { id: uuid(2), name: "Ben" },
  ],
  classes: [{ id: uuid(3), name: "1A" }],
  enrollments: [{ studentId: uuid(1), classId: uuid(3), oneSided: false }],
};

let school: MockSchool;
const network = setupServer();
beforeAll(async () => {
  school = await mockSchool({ records, stage: "live", client: await emptyDatabase() });
  network.use(...school.handlers);
  network.listen({ onUnhandledFrame: "error" });
});
afterEach(() => school.resetMocks());
afterAll(async () => {
  network.close();
  await school.close();
});

async function call(method: string, path: string, body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${await school.token()}`, "content-type": "application/json" };
  return fetch(base + path, body ? { method, headers, body: JSON.stringify(body) } : { method, headers });
}
const get = (path = "/api/students"): Promise<Response> => call("GET", path);
const names = async (): Promise<unknown[]> => (await school.records("students")).map(({ name }) => name).sort();

test("offline: nothing reaches the server until it is switched off", async () => {
  const online = school.faults.offline();
  await expect(call("POST", "/api/students", { name: "Cleo" })).rejects.toThrow(TypeError);
  await expect(get()).rejects.toThrow(TypeError);
  online();
  expect((await get()).status).toBe(200);
  expect(await names()).toEqual(["Ada", "Ben"]);
});

test("a fault is for a route, a method and so many times", async () => {
  school.faults.respond(500, { route: "POST /api/students", times: 2 });
  school.faults.respond(429, { route: "/api/classes/:id" });
  const post = async () => (await call("POST", "/api/students", { name: "Cleo" })).status;
  expect((await get()).status).toBe(200);
  expect([await post(), await post(), await post()]).toEqual([500, 500, 201]);
  expect((await get("/api/classes")).status).toBe(200);
  expect((await get(`/api/classes/${uuid(3)}`)).status).toBe(429);
});

test.each([
  [401, "UNAUTHENTICATED"],
  [403, "FORBIDDEN"],
  [409, "VERSION_CONFLICT"],
  [413, "LIMIT"],
  [429, "RATE_LIMITED"],
  [500, "INTERNAL"],
  [503, "SERVER_UNREACHABLE"],
] as const)("respond(%i) speaks as the server does: %s, and does nothing", async (status, code) => {
  school.faults.respond(status);
  const response = await call("POST", "/api/students", { name: "Cleo" });
  expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
  expect(await response.json()).toMatchObject({ code, fix: expect.any(String) });
  expect(response.headers.get("retry-after")).toBe(status === 429 || status === 503 ? "1" : null);
  expect(await names()).toEqual(["Ada", "Ben"]);
});

test("slow: the answer comes, later", async () => {
  school.faults.slow(80);
  const before = performance.now();
  expect((await get()).status).toBe(200);
  expect(performance.now() - before).toBeGreaterThanOrEqual(75);
});

test("flaky: a share of the requests fails, the same ones for the same seed", async () => {
  const run = async (seed: number) => {
    const off = school.faults.flaky(0.5, seed, { route: "GET /api/students" });
    const worked: boolean[] = [];
    for (let i = 0; i < 20; i++) {
      worked.push(
        await get().then(
          () => true,
          () => false,
        ),
      );
    }
    off();
    return worked;
  };
  const first = await run(7);
  expect(first.filter(Boolean).length).toBeGreaterThan(4);
  expect(first.filter(Boolean).length).toBeLessThan(16);
  expect(await run(7)).toEqual(first);
  expect(await run(8)).not.toEqual(first);
});

test("cutJson: the write is done, its answer breaks off", async () => {
  school.faults.cutJson({ route: "POST /api/students" });
  const response = await call("POST", "/api/students", { name: "Cleo" });
  expect(response.status).toBe(201);
  await expect(response.json()).rejects.toThrow(SyntaxError);
  expect(await names()).toEqual(["Ada", "Ben", "Cleo"]);
});

test("F16 L2: loseResponses: the write is done, and the same one again is not done twice", async () => {
  school.faults.loseResponses({ times: 1 });
  const cleo = { id: uuid(9), name: "Cleo" };
  await expect(call("POST", "/api/students", cleo)).rejects.toThrow(TypeError);
  expect(await names()).toEqual(["Ada", "Ben", "Cleo"]);
  expect((await call("POST", "/api/students", cleo)).status).toBe(409);
  expect(await names()).toEqual(["Ada", "Ben", "Cleo"]);
});

test("several faults lie around each other", async () => {
  school.faults.loseResponses({ route: "POST /api/students", times: 1 });
  school.faults.respond(500, { times: 1 });
  await expect(call("POST", "/api/students", { name: "Cleo" })).rejects.toThrow(TypeError);
  expect(await names()).toEqual(["Ada", "Ben"]);
});

test("resetMocks ends the faults, empties every table and puts the seed records and the stage back", async () => {
  school.faults.offline();
  await school.server.fetch(
    new Request(`${base}/api/students`, {
      method: "POST",
      headers: { authorization: `Bearer ${await school.token()}` },
      body: JSON.stringify({ name: "Cleo" }),
    }),
  );
  await school.resetMocks();
  expect(await names()).toEqual(["Ada", "Ben"]);
  expect(await school.records("enrollments")).toHaveLength(1);
  const stage = await (await get("/api/migration/stage")).json();
  expect(stage).toMatchObject({ stage: "live", epoch: 1, seq: 4 });
});

test("tokens of other roles are the server's business, as ever", async () => {
  const token = await school.tokenOf({ role: "student", studentId: uuid(1) });
  const response = await fetch(`${base}/api/students`, { headers: { authorization: `Bearer ${token}` } });
  expect((await response.json()).items).toHaveLength(1);
});

describe("B18: a fault that makes no sense is refused when it is switched on", () => {
  test.each([
    ["rate", () => school.faults.flaky(Number.NaN, 1)],
    ["ms", () => school.faults.slow(-1)],
    ["times", () => school.faults.offline({ times: 0 })],
    ["route", () => school.faults.offline({ route: "students" })],
    ["status", () => school.faults.respond(418 as 500)],
  ] as const)("%s", (place, on) => {
    expect(on).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", place }));
  });

  test("and so is a seed record that the server refuses, or of no domain", async () => {
    const made = (seeds: object) =>
      emptyDatabase().then((client) => mockSchool({ records: { ...records, ...seeds }, client }));
    await expect(made({ students: [{ name: "" }] })).rejects.toMatchObject({ code: "RECORD_INVALID" });
    await expect(made({ pupils: [] })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("the live channel", () => {
  const connect = async (token: string) => {
    const socket = new WebSocket("ws://localhost/api/live", [liveProtocol, `bearer.${token}`]);
    const pokes: unknown[] = [];
    const closed = new Promise<number>((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
    const poked = new Promise<void>((resolve) =>
      socket.addEventListener("message", ({ data }) => {
        pokes.push(JSON.parse(data));
        resolve();
      }),
    );
    const opened = new Promise<void>((resolve) => socket.addEventListener("open", () => resolve()));
    await Promise.race([opened, closed]);
    // The server's side opens in a turn of its own.
    await get();
    return { socket, pokes, poked, closed };
  };

  test("a write pokes who listens, and carries no data", async () => {
    const { socket, pokes, poked } = await connect(await school.token());
    await call("POST", "/api/students", { name: "Cleo" });
    await poked;
    expect(pokes).toEqual([{ seq: 5 }]);
    socket.close();
  });

  test("a bad token is refused", async () => {
    const { closed } = await connect("no.good.token");
    expect(await closed).toBe(1008);
  });

  test("offline ends what is open, and refuses what comes", async () => {
    const { closed } = await connect(await school.token());
    const online = school.faults.offline({ route: "/api/live" });
    expect(await closed).toBe(1001);
    expect(await (await connect(await school.token())).closed).toBe(1008);
    online();
    const again = await connect(await school.token());
    // The one that is gone is not poked any more.
    expect((await call("POST", "/api/students", { name: "Cleo" })).status).toBe(201);
    await again.poked;
    again.socket.close();
    await again.closed;
    expect((await call("POST", "/api/students", { name: "Dora" })).status).toBe(201);
  });
});

test("any server answers behind the handlers", async () => {
  const own = await testServer();
  network.use(...appHandlers(own.server));
  const headers = { authorization: `Bearer ${await own.token()}` };
  expect(await (await fetch("https://elsewhere.example/api/terms", { headers })).json()).toEqual({
    items: [],
    next: null,
  });
  network.resetHandlers(...school.handlers);
  await own.close();
});
