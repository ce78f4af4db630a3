import { describe, expect, test } from "vitest";
import { type AdapterError, isAdapterError } from "../../src/domain/errors.ts";
import { classify } from "../../src/recovery/classify.ts";
import { createSyncTransport } from "../../src/remote/sync-transport.ts";
import { type Fault, network } from "../support/network.ts";

const answer = {
  results: [],
  last: {},
  changes: [],
  cursor: "3.0011223344556677",
  more: false,
  seq: 3,
  epoch: 1,
  stage: "dualwrite",
  stages: {},
  serverTime: "2024-09-01T08:00:00.000Z",
};
const request = { clientId: "aaaaaaaa-0000-4000-8000-000000000001", epoch: 1, mutations: [], cursor: null };
const open = new AbortController().signal;

/** A transport to a server that answers every push well; the clock never moves unless `tick` is called. */
function setUp(body: unknown = answer) {
  const seen: Request[] = [];
  const net = network(async (incoming) => {
    seen.push(incoming);
    return Response.json(body);
  });
  let ring = (): void => {};
  const transport = createSyncTransport({
    fetch: net.fetch,
    baseUrl: "http://server",
    token: () => "a.b.c",
    timers: {
      sleep: (_, signal) =>
        new Promise((resolve) => {
          ring = resolve;
          signal?.addEventListener("abort", () => resolve(), { once: true });
        }),
      breathe: async () => {},
    },
  });
  return { transport, net, seen, tick: () => ring() };
}

async function failureOf(promise: Promise<unknown>): Promise<AdapterError> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (cause: unknown) => cause,
  );
  if (!isAdapterError(error)) throw error;
  return error;
}

const problem = (status: number, body: object, headers: Record<string, string> = {}): Fault => ({
  status,
  body,
  headers,
});

test("a request carries the token, and its answer is what the schema proves", async () => {
  const { transport, seen } = setUp();
  expect(await transport.patch(request, open)).toEqual(answer);
  expect(seen[0]?.headers.get("authorization")).toBe("Bearer a.b.c");
  expect(seen[0]?.url).toBe("http://server/api/sync/patch");
});

describe("F18: what stands between may answer anything", () => {
  test.each([
    ["nothing at all (204)", "noContent", "SERVER_ANSWER", "transient"],
    ["a page", "html", "SERVER_ANSWER", "transient"],
    ["half of the JSON", "cutJson", "SERVER_ANSWER", "transient"],
    ["no answer", "drop", "SERVER_UNREACHABLE", "transient"],
    ["400 without a word of ours", { status: 400 }, "BAD_REQUEST", "transient"],
    ["401 by a proxy", { status: 401, body: "<html>" }, "UNAUTHENTICATED", "auth"],
    ["403 by a firewall", { status: 403 }, "FORBIDDEN", "auth"],
    ["404 by a wrong address", { status: 404, body: "Cannot POST" }, "NOT_FOUND", "transient"],
    ["409 with a code of a newer server", problem(409, { code: "SOMETHING_NEW" }), "SERVER_ANSWER", "transient"],
    ["413 by a proxy", { status: 413 }, "LIMIT", "transient"],
    ["422 without a code", { status: 422, body: {} }, "SERVER_ANSWER", "transient"],
    ["500", { status: 500, body: "oops" }, "SERVER_ANSWER", "transient"],
    ["503", { status: 503 }, "SERVER_UNREACHABLE", "transient"],
  ] as const)("%s", async (_, fault, code, cls) => {
    const { transport, net } = setUp();
    net.next(fault);
    const error = await failureOf(transport.patch(request, open));
    expect([error.code, classify(error)]).toEqual([code, cls]);
    if (fault !== "drop") expect(error.facts).toMatchObject({ guessed: true });
  });

  test("our server's own word is believed, with its place, advice and facts", async () => {
    const { transport, net } = setUp();
    const said = { code: "MUTATION_GAP", detail: "Mutation 3 is missing.", place: "/mutations/0", fix: "Do this." };
    net.next(problem(409, { ...said, facts: { client: "x", expected: 3 } }));
    const error = await failureOf(transport.patch(request, open));
    expect(error).toMatchObject({ code: "MUTATION_GAP", message: said.detail, place: said.place, fix: said.fix });
    expect(error.facts).toEqual({ client: "x", expected: 3, status: 409 });
    expect(classify(error)).toBe("consistency");
  });

  test("Retry-After is read in seconds, and as a date by the server's own clock (F22)", async () => {
    const { transport, net } = setUp();
    net.next({ status: 429, headers: { "retry-after": "7" } });
    expect((await failureOf(transport.patch(request, open))).facts).toMatchObject({ retryAfterMs: 7000 });
    const date = "Sun, 01 Sep 2024 08:00:00 GMT";
    net.next({ status: 503, headers: { date, "retry-after": "Sun, 01 Sep 2024 08:02:00 GMT" } });
    expect((await failureOf(transport.patch(request, open))).facts).toMatchObject({ retryAfterMs: 120_000 });
    net.next({ status: 503, headers: { "retry-after": "soon" } });
    expect((await failureOf(transport.patch(request, open))).facts).not.toHaveProperty("retryAfterMs");
  });
});

test.each([
  [{ ...answer, cursor: 3 }, "/cursor"],
  [{ ...answer, results: [{ id: 1, status: "perhaps" }] }, "/results/0/status"],
  [{ ...answer, stage: "sideways" }, "/stage"],
])("B17: an answer that fails its schema is no answer, and the field is named", async (body, place) => {
  const error = await failureOf(setUp(body).transport.patch(request, open));
  expect(error).toMatchObject({ code: "SERVER_ANSWER", place });
  expect(error.message).toContain(place);
});

test("F23: a request without an answer in time is given up, whether or not `fetch` heeds its signal", async () => {
  const { transport, net, tick } = setUp();
  net.next("silence");
  const failure = failureOf(transport.patch(request, open));
  await Promise.resolve();
  tick();
  expect(await failure).toMatchObject({ code: "SERVER_UNREACHABLE", facts: { timeout: true } });
});

test("an abort ends a request at once, and one that was aborted before is not sent", async () => {
  const { transport, net } = setUp();
  const stop = new AbortController();
  net.next("silence");
  const failure = failureOf(transport.patch(request, stop.signal));
  stop.abort();
  expect((await failure).code).toBe("INTERRUPTED");
  const before = net.sent.length;
  expect((await failureOf(transport.patch(request, stop.signal))).code).toBe("INTERRUPTED");
  expect(net.sent).toHaveLength(before);
});

test("clients are asked for in addresses of a bearable length", async () => {
  const ids = Array.from({ length: 150 }, (_, i) => `aaaaaaaa-0000-4000-8000-${String(i).padStart(12, "0")}`);
  const { transport, seen } = setUp({ clients: [{ id: ids[0], last: 4 }], seq: 7 });
  const { clients, seq } = await transport.clients(ids, open);
  expect({ answered: clients.length, seq }).toEqual({ answered: 2, seq: 7 });
  expect(seen.map(({ url }) => url.length < 4000)).toEqual([true, true]);
});
