/** The api generated from the domains, against the real server. */
import { createApi as createReactApi } from "@reduxjs/toolkit/query/react";
import { afterAll, beforeAll, expect, expectTypeOf, test, vi } from "vitest";
import { byText, byValue, defineDomain } from "../../../src/domain/define-domain.ts";
import { bool, integer, nullable, text } from "../../../src/domain/fields.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { createSchoolApi, type SchoolApi } from "../../../src/remote/api/create-school-api.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";
import { schoolStore } from "./school-store.ts";

const books = defineDomain({
  name: "books",
  fields: { title: text({ min: 1 }), pages: nullable(integer()), lent: nullable(bool()), shelf: nullable(text()) },
  references: {},
  sortKeys: { title: byText("title"), pages: byValue("pages") },
  conflict: "mergeFields",
  rights: { admin: "write", teacher: "write", student: "read", viewer: "read" },
  migrations: [],
});

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: [...schoolDomains, books] });
});
afterAll(() => server.close());

const open = (school: string) =>
  schoolStore(server.fetch, { token: () => server.token({ school: schoolIdOf(school) }) });
const ada = { id: uuid(1), name: "Ada" };

test("every domain has its six endpoints, and no others are there", () => {
  const { api } = open("names");
  const names = schoolDomains.flatMap(({ name }) => {
    const Name = name.charAt(0).toUpperCase() + name.slice(1);
    return ["list", "infinite", "get", "create", "update", "remove"].map((verb) => verb + Name);
  });
  expect(Object.keys(api.endpoints).sort()).toEqual(names.sort());
});

test("a record is created, read, changed on its version and removed, through its endpoints", async () => {
  const { api, store, requests } = open("life");
  const { createStudents, getStudents, updateStudents, removeStudents, listStudents } = api.endpoints;
  const made = await store.dispatch(createStudents.initiate({ ...ada, email: "ada@example.org" })).unwrap();
  expect(made).toMatchObject({ version: 1, record: { name: "Ada", email: "ada@example.org", phone: null } });
  expect(await store.dispatch(getStudents.initiate(ada.id)).unwrap()).toEqual(made);
  const change = { id: ada.id, version: made.version, changes: { name: "Ada L." } };
  const changed = await store.dispatch(updateStudents.initiate(change)).unwrap();
  expect(changed).toMatchObject({ version: 2, record: { name: "Ada L.", email: "ada@example.org" } });
  expect(await store.dispatch(removeStudents.initiate({ id: ada.id, version: 2 })).unwrap()).toBeNull();
  const list = await store.dispatch(listStudents.initiate({}, { forceRefetch: true })).unwrap();
  expect(list).toEqual({ items: [], next: null });
  expect(requests).toContain(`PATCH /api/students/${ada.id}`);
});

test("every domain lists, empty at first", async () => {
  const { api, store } = open("empty");
  for (const { name } of schoolDomains) {
    const Name = name.charAt(0).toUpperCase() + name.slice(1);
    const endpoint = (api.endpoints as unknown as Record<string, typeof api.endpoints.listStudents>)[`list${Name}`];
    const page = endpoint && (await store.dispatch(endpoint.initiate({})).unwrap());
    expect(page).toEqual({ items: [], next: null });
  }
});

test("F27: pages by cursor and by infinite query hold every record once, in both orders", async () => {
  const { api, store } = open("pages");
  const dates = ["2024-03-01", null, "2024-01-01", "2024-02-01", "2024-01-01"];
  for (const [i, joinDate] of dates.entries()) {
    await store.dispatch(api.endpoints.createStudents.initiate({ id: uuid(10 + i), name: `S${i}`, joinDate })).unwrap();
  }
  for (const order of ["asc", "desc"] as const) {
    const arg = { sort: "joined", order, limit: 2 } as const;
    const byCursor: (string | null)[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.dispatch(api.endpoints.listStudents.initiate({ ...arg, cursor })).unwrap();
      byCursor.push(...page.items.map(({ record }) => record.joinDate));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    const known = dates.filter((date) => date !== null).sort();
    expect(byCursor).toEqual([...(order === "asc" ? known : known.reverse()), null]);

    const infinite = store.dispatch(api.endpoints.infiniteStudents.initiate(arg));
    await infinite;
    const direction = { direction: "forward" } as const;
    await store.dispatch(api.endpoints.infiniteStudents.initiate(arg, direction));
    const all = await store.dispatch(api.endpoints.infiniteStudents.initiate(arg, direction)).unwrap();
    expect(all.pages.flatMap(({ items }) => items.map(({ record }) => record.joinDate))).toEqual(byCursor);
    infinite.unsubscribe();
  }
});

test("a list is filtered by equal fields, by the absence of a value, and by the old app's id", async () => {
  const { api, store } = open("filters");
  const { createStudents, listStudents } = api.endpoints;
  await store.dispatch(createStudents.initiate({ name: "A", status: "active", externalId: "7" })).unwrap();
  await store.dispatch(createStudents.initiate({ name: "B", joinDate: "2024-01-01", paymentDue: true })).unwrap();
  const names = async (filter: Parameters<typeof listStudents.initiate>[0]["filter"]) =>
    (await store.dispatch(listStudents.initiate({ filter })).unwrap()).items.map(({ record }) => record.name);
  expect(await names({ status: "active" })).toEqual(["A"]);
  expect(await names({ joinDate: null })).toEqual(["A"]);
  expect(await names({ paymentDue: true })).toEqual(["B"]);
  expect(await names({ externalId: "7" })).toEqual(["A"]);
  expect(await names({ name: "A", status: undefined })).toEqual(["A"]);
});

test("a domain that the app declares itself has the same endpoints, typed", async () => {
  const token = () => server.token({ school: schoolIdOf("books") });
  const { api, store } = schoolStore(server.fetch, { token, domains: [books] });
  const made = await store.dispatch(api.endpoints.createBooks.initiate({ title: "SICP", pages: 657 })).unwrap();
  const title: string = made.record.title;
  const page = await store
    .dispatch(api.endpoints.listBooks.initiate({ filter: { pages: 657 }, sort: "title" }))
    .unwrap();
  expect(page.items.map(({ record }) => record.title)).toEqual([title]);
  const change = { id: made.record.id, version: 1, changes: { lent: true } };
  expect((await store.dispatch(api.endpoints.updateBooks.initiate(change)).unwrap()).record.lent).toBe(true);
});

test("it is an api like any other: endpoints are injected and enhanced", async () => {
  const { api, store } = open("inject");
  const more = api.injectEndpoints({
    endpoints: (build) => ({
      stage: build.query<{ stage: string }, string>({
        query: () => ({ method: "GET", path: "/api/migration/stage" }),
        transformResponse: (answer) => answer as { stage: string },
      }),
    }),
  });
  expect((await store.dispatch(more.endpoints.stage.initiate("now")).unwrap()).stage).toBe("off");
  const enhanced = api.enhanceEndpoints({ endpoints: { listStudents: { keepUnusedDataFor: 1 } } });
  expect(enhanced.endpoints.listStudents).toBe(api.endpoints.listStudents);
});

test("with the createApi of RTK Query for React it has hooks", () => {
  const api = createSchoolApi({ baseUrl: "", token: () => "t", createApi: createReactApi });
  expect(api).toHaveProperty("useListStudentsQuery", expect.any(Function));
  expect(api).toHaveProperty("useInfiniteStudentsInfiniteQuery", expect.any(Function));
  expect(api).toHaveProperty("useUpdateStudentsMutation", expect.any(Function));
});

test("a write is seen in the lists that are shown, and in what depends on a removed record", async () => {
  const { api, store } = open("shown");
  const { createStudents, createClasses, createEnrollments, removeStudents } = api.endpoints;
  const students = store.dispatch(api.endpoints.listStudents.initiate({ sort: "name" }));
  const enrollments = store.dispatch(api.endpoints.listEnrollments.initiate({}));
  await Promise.all([students, enrollments]);
  const shown = () => api.endpoints.listStudents.select({ sort: "name" })(store.getState()).data?.items.length;
  const enrolled = () => api.endpoints.listEnrollments.select({})(store.getState()).data?.items.length;
  await store.dispatch(createStudents.initiate(ada)).unwrap();
  await store.dispatch(createClasses.initiate({ id: uuid(50), name: "1A" })).unwrap();
  await store
    .dispatch(createEnrollments.initiate({ id: uuid(51), studentId: ada.id, classId: uuid(50), oneSided: false }))
    .unwrap();
  await vi.waitFor(() => expect([shown(), enrolled()]).toEqual([1, 1]));
  await store.dispatch(removeStudents.initiate({ id: ada.id, version: 1 })).unwrap();
  await vi.waitFor(() => expect([shown(), enrolled()]).toEqual([0, 0]));
  students.unsubscribe();
  enrollments.unsubscribe();
});

test("an endpoint takes and gives what its domain says", () => {
  type Arg<E extends keyof SchoolApi["endpoints"]> = Parameters<SchoolApi["endpoints"][E]["initiate"]>[0];
  expectTypeOf<{ name: string }>().toExtend<Arg<"createStudents">>();
  expectTypeOf<{ email: string }>().not.toExtend<Arg<"createStudents">>();
  expectTypeOf<{ name: string; status: "gone" }>().not.toExtend<Arg<"createStudents">>();
  expectTypeOf<{ id: string; changes: { name: string } }>().not.toExtend<Arg<"updateStudents">>();
  expectTypeOf<{ filter: { status: "active" } }>().toExtend<Arg<"listStudents">>();
  expectTypeOf<{ filter: { status: "gone" } }>().not.toExtend<Arg<"listStudents">>();
  expectTypeOf<Arg<"getGrades">>().toEqualTypeOf<string>();
});

test("B18: an address with a slash at its end, and a domain given twice, are refused when the api is made", () => {
  const token = () => "t";
  const made = (options: Parameters<typeof createSchoolApi>[0]) => () => createSchoolApi(options);
  expect(made({ baseUrl: "http://x/", token })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  const twice = () => createSchoolApi({ baseUrl: "", token, domains: [books, books] });
  expect(twice).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});
