/** A token of another school at the adapter of this one: a mistake of the app, or of whoever made the token. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { uuid } from "../support/records.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { type AdapterSchool, adapterSchool } from "./adapter-school.ts";

let server: TestServer;
const schools: AdapterSchool[] = [];
beforeAll(async () => {
  server = await testServer();
});
afterEach(async () => {
  for (const school of schools.splice(0)) await school.close();
});
afterAll(() => server.close());

test("L10: it is not used: nothing of this school reaches that one, and all of it goes once the token is right", async () => {
  const [hill, lake] = [await adapterSchool(server, "dualwrite"), await adapterSchool(server, "dualwrite")];
  schools.push(hill, lake);
  const signedIn = { school: lake.school };
  const token = () => server.token(signedIn);
  const { fetch } = server;
  const office = await hill.device(
    "office",
    {},
    { server: { baseUrl: "http://server", token, fetch, WebSocket: null } },
  );
  await office.adapter.students.create({ id: uuid(1), name: "Ada" });
  const refused = { code: "UNAUTHENTICATED", place: "server/token", fix: expect.stringContaining("--school") };
  expect(await office.settled(office.adapter.syncNow())).toMatchObject({ error: refused });
  await expect(office.settled(office.adapter.setMode("api"))).rejects.toMatchObject(refused);
  expect([await lake.changes(), await hill.changes()]).toEqual([0, 0]);

  signedIn.school = hill.school;
  office.adapter.tokenChanged();
  await office.sync();
  expect(await hill.rows("students")).toEqual([{ id: uuid(1), name: "Ada" }]);
  expect(await lake.changes()).toBe(0);
});

test("one that says nothing of a school is for the server to judge", async () => {
  const hill = await adapterSchool(server, "dualwrite");
  schools.push(hill);
  const asked: string[] = [];
  const fetch = async (request: Request) => {
    asked.push(request.headers.get("authorization") ?? "");
    return server.fetch(request);
  };
  const own = { baseUrl: "http://server", token: () => "opaque", fetch, WebSocket: null };
  const office = await hill.device("office", {}, { server: own });
  expect(await office.settled(office.adapter.syncNow())).toMatchObject({ error: { code: "UNAUTHENTICATED" } });
  expect(asked).toContain("Bearer opaque");
});
