/** What the api does when the server refuses, is not there, or answers what it should not. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { errorKinds } from "../../../src/domain/errors.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { type ApiError, toAdapterError } from "../../../src/remote/api/api-error.ts";
import { testBrowser } from "../../support/platform.ts";
import { fieldsOf, uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import { schoolStore } from "./school-store.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const open = (school: string) =>
  schoolStore(server.fetch, { token: () => server.token({ school: schoolIdOf(school) }) });
const text =
  (body: string, status = 200, type = "application/json") =>
  async () =>
    new Response(status === 204 ? null : body, { status, headers: { "content-type": type } });

/** A list and a record on the screen, as a page has them. */
async function shownSchool(name: string) {
  const school = open(name);
  const { api, store } = school;
  const { listStudents, infiniteStudents, getStudents } = api.endpoints;
  for (const [i, student] of ["Ada", "Ben", "Cleo"].entries()) {
    await store.dispatch(api.endpoints.createStudents.initiate({ id: uuid(1 + i), name: student })).unwrap();
  }
  await store.dispatch(listStudents.initiate({ sort: "name" })).unwrap();
  await store.dispatch(infiniteStudents.initiate({ sort: "name", limit: 2 })).unwrap();
  await store.dispatch(getStudents.initiate(uuid(2))).unwrap();
  const shown = () => ({
    list: listStudents
      .select({ sort: "name" })(store.getState())
      .data?.items.map(({ record }) => record.name),
    infinite: infiniteStudents
      .select({ sort: "name", limit: 2 })(store.getState())
      .data?.pages.flatMap(({ items }) => items.map(({ record }) => record.name)),
    one: getStudents.select(uuid(2))(store.getState()).data?.record.name,
  });
  return { ...school, shown };
}
const before = { list: ["Ada", "Ben", "Cleo"], infinite: ["Ada", "Ben"], one: "Ben" };

describe("what is shown before the answer", () => {
  test("an update is shown at once, everywhere, and stays when the server takes it", async () => {
    const { api, store, shown } = await shownSchool("optimistic");
    const change = { id: uuid(2), version: 1, changes: { name: "Benno" } };
    const sent = store.dispatch(api.endpoints.updateStudents.initiate(change));
    expect(shown()).toEqual({ list: ["Ada", "Benno", "Cleo"], infinite: ["Ada", "Benno"], one: "Benno" });
    await sent.unwrap();
    expect(api.endpoints.getStudents.select(uuid(2))(store.getState()).data?.version).toBe(2);
    await vi.waitFor(() => expect(shown().list).toEqual(["Ada", "Benno", "Cleo"]));
  });

  test("L6: an update on an old version is taken back, and the record read again", async () => {
    const { api, store, shown } = await shownSchool("conflict");
    const elsewhere = { school: schoolIdOf("conflict"), headers: { "if-match": "1" }, body: { phone: "123" } };
    await server.call("PATCH", `/api/students/${uuid(2)}`, elsewhere);
    const change = { id: uuid(2), version: 1, changes: { name: "Benno" } };
    const sent = store.dispatch(api.endpoints.updateStudents.initiate(change));
    expect(shown().one).toBe("Benno");
    const { error } = await sent;
    expect(error).toMatchObject({ code: "VERSION_CONFLICT", status: 409, fix: errorKinds.VERSION_CONFLICT.fix });
    expect(shown()).toEqual(before);
    const one = () => api.endpoints.getStudents.select(uuid(2))(store.getState()).data;
    await vi.waitFor(() => expect(one()).toMatchObject({ version: 2, record: { name: "Ben", phone: "123" } }));
  });

  test("a removal that is refused is put back where it was", async () => {
    const { api, store, shown } = await shownSchool("removal");
    const sent = store.dispatch(api.endpoints.removeStudents.initiate({ id: uuid(2), version: 7 }));
    expect(shown()).toEqual({ ...before, list: ["Ada", "Cleo"], infinite: ["Ada"] });
    expect((await sent).error).toMatchObject({ code: "VERSION_CONFLICT" });
    expect(shown()).toEqual(before);
  });

  test("a list that was read again meanwhile is not touched by taking back", async () => {
    const { api, store, shown, between } = await shownSchool("meanwhile");
    const refuse = Promise.withResolvers<Response>();
    between.answer = (request, next) => (request.method === "PATCH" ? refuse.promise : next(request));
    const change = { id: uuid(2), version: 1, changes: { name: "Benno" } };
    const sent = store.dispatch(api.endpoints.updateStudents.initiate(change));
    await server.call("POST", "/api/students", {
      school: schoolIdOf("meanwhile"),
      body: { id: uuid(9), name: "Abel" },
    });
    await store.dispatch(api.endpoints.listStudents.initiate({ sort: "name" }, { forceRefetch: true }));
    refuse.resolve(new Response("{}", { status: 503 }));
    expect((await sent).error).toMatchObject({ code: "SERVER_UNREACHABLE", status: 503 });
    expect(shown().list).toEqual(["Abel", "Ada", "Ben", "Cleo"]);
    expect(shown().one).toBe("Ben");
  });

  test("of two writes on their way the first is refused: what the second shows stays", async () => {
    const { api, store, shown, between } = await shownSchool("two");
    const [first, second] = [Promise.withResolvers<Response>(), Promise.withResolvers<Response>()];
    between.answer = async (request, next) => {
      if (request.method !== "PATCH") return next(request);
      return "phone" in (await request.clone().json()) ? first.promise : second.promise;
    };
    const write = (changes: object) =>
      store.dispatch(api.endpoints.updateStudents.initiate({ id: uuid(2), version: 1, changes }));
    const writes = [write({ name: "Benno", phone: "1" }), write({ name: "Benjamin" })];
    first.resolve(new Response("{}", { status: 503 }));
    await writes[0];
    expect(shown().one).toBe("Benjamin");
    expect(api.endpoints.getStudents.select(uuid(2))(store.getState()).data?.record.phone).toBeNull();
    second.resolve(new Response("{}", { status: 503 }));
    await writes[1];
  });

  test("the same value, written by somebody else meanwhile, stays when this write is refused", async () => {
    const { api, store, shown, between } = await shownSchool("same");
    const refuse = Promise.withResolvers<Response>();
    between.answer = (request, next) => (request.method === "PATCH" ? refuse.promise : next(request));
    const change = { id: uuid(2), version: 1, changes: { name: "Benno" } };
    const sent = store.dispatch(api.endpoints.updateStudents.initiate(change));
    const elsewhere = { school: schoolIdOf("same"), headers: { "if-match": "1" }, body: { name: "Benno" } };
    await server.call("PATCH", `/api/students/${uuid(2)}`, elsewhere);
    await store.dispatch(api.endpoints.listStudents.initiate({ sort: "name" }, { forceRefetch: true }));
    refuse.resolve(new Response("{}", { status: 503 }));
    await sent;
    expect(shown().list).toEqual(["Ada", "Benno", "Cleo"]);
  });
});

describe("what is not accepted", () => {
  test.each(["schoolId", "version", "seq", "role", "deletedAt"])("S6: %s is not the page's to set", async (key) => {
    const { api, store } = open("s6");
    const draft: { name: string } = Object.assign({ name: "Ada" }, { [key]: 1 });
    const { error } = await store.dispatch(api.endpoints.createStudents.initiate(draft));
    expect(error).toMatchObject({ code: "BAD_REQUEST", status: 400 });
  });

  test.each(["password", 'name";--', "__proto__", "constructor"])("S11: a list is not sorted by %s", async (sort) => {
    const { api, store, requests } = open("s11");
    const { error } = await store.dispatch(api.endpoints.listStudents.initiate({ sort }));
    expect(error).toMatchObject({ code: "BAD_REQUEST", place: "sort" });
    expect(requests).toEqual([]);
  });

  test.each(["school_id", "sort", "limit", "__proto__", "emergencyContact"])(
    "S11: a list is not filtered by %s",
    async (name) => {
      const { api, store, requests } = open("s11");
      const filter = JSON.parse(`{${JSON.stringify(name)}:"x"}`);
      const { error } = await store.dispatch(api.endpoints.listStudents.initiate({ filter }));
      expect(error).toMatchObject({ code: "BAD_REQUEST", place: `filter/${name}` });
      expect(requests).toEqual([]);
    },
  );

  test("the absence of a text cannot be asked for, and is not taken for the word null", async () => {
    const { api, store, requests } = open("s11");
    const { error } = await store.dispatch(api.endpoints.listStudents.initiate({ filter: { email: null } }));
    expect(error).toMatchObject({ code: "BAD_REQUEST", place: "filter/email" });
    expect(requests).toEqual([]);
  });

  test.each([
    ["U+0000", "TEXT_UNSUPPORTED", { name: "A\0" }],
    ["half a surrogate pair", "TEXT_UNSUPPORTED", { name: "A", notes: "\ud800" }],
    ["NaN", "UNSERIALIZABLE", { name: "A", academicInfo: { average: Number.NaN } }],
    ["a number beyond 2^53", "PRECISION", { name: "A", extra: { n: 2 ** 60 } }],
  ] as const)("B5 B6 B7: %s is refused before anything is sent", async (_what, code, draft) => {
    const { api, store, requests } = open("b5");
    const { error } = await store.dispatch(api.endpoints.createStudents.initiate(draft));
    expect(error).toMatchObject({ code, place: expect.stringMatching(/^\//) });
    expect(requests).toEqual([]);
    const list = await store.dispatch(api.endpoints.listStudents.initiate({ filter: { name: "\0" } }));
    expect(list.error).toMatchObject({ code: "TEXT_UNSUPPORTED" });
  });

  test("B17: an answer that fails its schema names the field, and the cache stays as it was", async () => {
    const { api, store, shown, between } = await shownSchool("b17");
    const broken = {
      items: [{ record: { id: uuid(1), ...fieldsOf("students", { name: "Ada", email: 7 }) }, version: 1 }],
      next: null,
    };
    between.answer = text(JSON.stringify(broken));
    const list = await store.dispatch(
      api.endpoints.listStudents.initiate({ sort: "name" }, { forceRefetch: true, subscribe: false }),
    );
    expect(list.error).toMatchObject({
      code: "SERVER_ANSWER",
      status: 502,
      place: "/items/0/record/email",
      facts: { endpoint: "listStudents", guessed: true },
    });
    const change = { id: uuid(2), version: 1, changes: { name: "Benno" } };
    between.answer = text(JSON.stringify({ record: { name: "Benno" } }));
    const { error } = await store.dispatch(api.endpoints.updateStudents.initiate(change));
    expect(error).toMatchObject({ code: "SERVER_ANSWER", place: expect.stringContaining("/record/") });
    expect(shown()).toEqual(before);
  });
});

describe("F18: answers that are no success", () => {
  test.each([
    ["an HTML page", 200, "<html>", "SERVER_ANSWER"],
    ["cut JSON", 200, '{"items":[{"rec', "SERVER_ANSWER"],
    ["204 where a body is due", 204, "", "SERVER_ANSWER"],
    ["403 of a proxy", 403, "<html>", "FORBIDDEN"],
    ["413 of a proxy", 413, "", "LIMIT"],
    ["500 without a word", 500, "", "SERVER_ANSWER"],
    ["503", 503, "", "SERVER_UNREACHABLE"],
  ] as const)("%s", async (_what, status, body, code) => {
    const { api, store, between } = open("f18");
    between.answer = text(body, status, "text/html");
    const { error } = await store.dispatch(api.endpoints.listStudents.initiate({}));
    expect(error).toMatchObject({ code, facts: { status } });
  });

  test("429 says when to come back", async () => {
    const { api, store, between } = open("f18");
    between.answer = async () => new Response("{}", { status: 429, headers: { "retry-after": "7" } });
    const { error } = await store.dispatch(api.endpoints.listStudents.initiate({}));
    expect(error).toMatchObject({ code: "RATE_LIMITED", status: 429, retryAfter: 7000 });
  });

  test("no network", async () => {
    const { api, store, between } = open("f18");
    between.answer = () => Promise.reject(new TypeError("Failed to fetch"));
    const { error } = await store.dispatch(api.endpoints.listStudents.initiate({}));
    expect(error).toMatchObject({ code: "SERVER_UNREACHABLE" });
    expect(JSON.parse(JSON.stringify(error))).toEqual(error);
  });

  test("F17: no answer in time", async () => {
    const { timers, advance } = testBrowser().tab();
    const token = () => server.token({ school: schoolIdOf("f17") });
    const { api, store, between } = schoolStore(server.fetch, { token, timeout: { ms: 5000, timers } });
    between.answer = () => new Promise(() => {});
    const sent = store.dispatch(api.endpoints.listStudents.initiate({}));
    await advance(5000);
    expect((await sent).error).toMatchObject({ code: "SERVER_UNREACHABLE", facts: { timeout: true } });
  });
});

describe("the token", () => {
  test("a 401 asks for the token once more, and the request goes out again with it", async () => {
    const asked: (string | undefined)[] = [];
    const good = await server.token({ school: schoolIdOf("token") });
    const token = async (refused?: string) => {
      asked.push(refused);
      return refused === undefined ? "old" : good;
    };
    const { api, store, requests } = schoolStore(server.fetch, { token });
    expect(await store.dispatch(api.endpoints.listStudents.initiate({})).unwrap()).toEqual({ items: [], next: null });
    expect(asked).toEqual([undefined, "old"]);
    expect(requests).toHaveLength(2);
  });

  test.each([
    ["the same again", () => "old", 1],
    ["another bad one", (refused?: string) => (refused ? "older" : "old"), 2],
  ])("that stays refused is told, without asking for ever: %s", async (_what, token, sent) => {
    const { api, store, requests } = schoolStore(server.fetch, { token });
    const { error } = await store.dispatch(api.endpoints.listStudents.initiate({}));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", status: 401 });
    expect(requests).toHaveLength(sent);
  });
});

test("a request that is given up stops the fetch, and is INTERRUPTED", async () => {
  const { api, store, between, requests } = open("abort");
  let stopped = false;
  between.answer = (request) =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => {
        stopped = true;
        reject(request.signal.reason);
      });
    });
  const sent = store.dispatch(api.endpoints.listStudents.initiate({}));
  await vi.waitFor(() => expect(requests).toHaveLength(1));
  sent.abort();
  const failure = await sent.unwrap().catch((error: unknown) => error);
  expect(toAdapterError(failure).code).toBe("INTERRUPTED");
  expect(stopped).toBe(true);
});

test("an error of the api becomes one of the package with nothing lost", () => {
  const error: ApiError = {
    code: "LIMIT",
    status: 413,
    message: "Too long.",
    place: "/name",
    fix: "Cut it.",
    facts: { max: 5 },
  };
  expect(toAdapterError(error)).toMatchObject({ ...error, facts: { status: 413, max: 5 } });
  expect(toAdapterError(new TypeError("x is not a function")).code).toBe("INTERNAL");
});
