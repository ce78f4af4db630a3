import "fake-indexeddb/auto";
import { createHybridDataAdapter } from "hybrid-data-adapter";
import { mockSchool } from "hybrid-data-adapter/mocks";
import { createSchoolStore, studentsSlice } from "hybrid-data-adapter/slices";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

const school = await mockSchool({ records: { students: [{ name: "Ada" }] }, stage: "live" });
const network = setupServer(...school.handlers);
beforeAll(() => network.listen());
afterEach(() => school.resetMocks());
afterAll(() => network.close());

test("a student that is added is listed, and reaches the server", async () => {
  const adapter = await createHybridDataAdapter({
    school: "mock",
    user: "test",
    server: { baseUrl: "http://localhost", token: school.token },
  });
  await adapter.syncNow();
  const store = createSchoolStore({ adapter });
  const { acknowledged } = await store.dispatch(studentsSlice.actions.create({ name: "Ben" })).unwrap();
  expect(acknowledged).toBe("server");
  await store.dispatch(studentsSlice.actions.load({ sort: "name" })).unwrap();
  const { records } = studentsSlice.selectors.selectPage(store.getState(), { sort: "name" });
  expect(records.map(({ name }) => name)).toEqual(["Ada", "Ben"]);
  expect((await school.records("students")).map(({ name }) => name).sort()).toEqual(["Ada", "Ben"]);
  await adapter.close();
});
