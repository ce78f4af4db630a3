/** A test as a user of the package writes it: five lines, and the real server answers. */
import { configureStore } from "@reduxjs/toolkit";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { mockSchool } from "../../mocks/mock-school.ts";
import { createSchoolApi } from "../../src/remote/api/create-school-api.ts";
import { emptyDatabase } from "../support/server.ts";

// Without `client` it works as well, and takes the seconds that an empty database needs.
const school = await mockSchool({ records: { students: [{ name: "Ada" }] }, client: await emptyDatabase() });
const network = setupServer(...school.handlers);
beforeAll(() => network.listen());
afterEach(() => school.resetMocks());
afterAll(() => network.close());

function page() {
  const api = createSchoolApi({ baseUrl: "http://localhost", token: school.token });
  const store = configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().concat(api.middleware),
  });
  return { api, store };
}

test("the seed records are listed, and a new one reaches the server", async () => {
  const { api, store } = page();
  const list = await store.dispatch(api.endpoints.listStudents.initiate({ sort: "name" })).unwrap();
  expect(list.items.map(({ record }) => record.name)).toEqual(["Ada"]);
  await store.dispatch(api.endpoints.createStudents.initiate({ name: "Ben" })).unwrap();
  expect((await school.records("students")).map(({ name }) => name).sort()).toEqual(["Ada", "Ben"]);
});

test("what one test did, the next one does not see", async () => {
  expect((await school.records("students")).map(({ name }) => name)).toEqual(["Ada"]);
});

test("a conflict is one line", async () => {
  const { api, store } = page();
  const [ada] = (await store.dispatch(api.endpoints.listStudents.initiate({})).unwrap()).items;
  school.faults.respond(409, { route: "PATCH /api/students/:id", times: 1 });
  const change = { id: String(ada?.record.id), version: 1, changes: { name: "Ada L." } };
  const refused = await store.dispatch(api.endpoints.updateStudents.initiate(change));
  expect(refused.error).toMatchObject({ code: "VERSION_CONFLICT", status: 409 });
  expect(await store.dispatch(api.endpoints.updateStudents.initiate(change)).unwrap()).toMatchObject({ version: 2 });
});
