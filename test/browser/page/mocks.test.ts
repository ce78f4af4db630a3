/** The mock in a page: the real server, PGlite and the live channel behind a service worker. */
import { configureStore } from "@reduxjs/toolkit";
import { setupWorker } from "msw/browser";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type MockSchool, mockSchool } from "../../../mocks/mock-school.ts";
import { domainSet } from "../../../src/domain/define-domain.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { liveProtocol } from "../../../src/domain/sync-wire.ts";
import { encodeText } from "../../../src/migration/archive.ts";
import { createBackup, proveBackup } from "../../../src/migration/backup/backup.ts";
import { migrate } from "../../../src/migration/migrate.ts";
import type { LegacySource } from "../../../src/migration/types.ts";
import { createSchoolApi } from "../../../src/remote/api/create-school-api.ts";
import { schoolDomains } from "../../../src/school/domains.ts";

let school: MockSchool;
let worker: ReturnType<typeof setupWorker>;
beforeAll(async () => {
  school = await mockSchool({ records: { students: [{ name: "Ada" }] } });
  worker = setupWorker(...school.handlers);
  await worker.start({ onUnhandledFrame: "bypass", quiet: true });
});
afterEach(() => school.resetMocks());
afterAll(async () => {
  worker.stop();
  await school.close();
});

function page() {
  const api = createSchoolApi({ baseUrl: "", token: school.token });
  const store = configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    middleware: (defaults) => defaults().concat(api.middleware),
  });
  return { api, store };
}

test("the server in the page lists, takes, changes on a version and removes", async () => {
  const { api, store } = page();
  const { listStudents, createStudents, updateStudents, removeStudents } = api.endpoints;
  const { items } = await store.dispatch(listStudents.initiate({ sort: "name", limit: 1 })).unwrap();
  expect(items.map(({ record }) => record.name)).toEqual(["Ada"]);
  const { record, version } = await store.dispatch(createStudents.initiate({ name: "Ben" })).unwrap();
  const change = { id: record.id, version, changes: { name: "Benno" } };
  expect(await store.dispatch(updateStudents.initiate(change)).unwrap()).toMatchObject({ version: 2 });
  const first = await store.dispatch(listStudents.initiate({ limit: 1 })).unwrap();
  const second = await store.dispatch(listStudents.initiate({ limit: 1, cursor: String(first.next) })).unwrap();
  expect([...first.items, ...second.items].map((item) => item.record.name).sort()).toEqual(["Ada", "Benno"]);
  await store.dispatch(removeStudents.initiate({ id: record.id, version: 2 })).unwrap();
  expect((await school.records("students")).map(({ name }) => name)).toEqual(["Ada"]);
});

test("faults and the live channel work in the page", async () => {
  const { api, store } = page();
  school.faults.respond(409, { route: "POST /api/students", times: 1 });
  const { error } = await store.dispatch(api.endpoints.createStudents.initiate({ name: "Ben" }));
  expect(error).toMatchObject({ code: "VERSION_CONFLICT" });
  const url = new URL("/api/live", location.href);
  url.protocol = "ws:";
  const socket = new WebSocket(url, [liveProtocol, `bearer.${await school.token()}`]);
  const poked = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(JSON.parse(data))));
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  await store.dispatch(api.endpoints.listStudents.initiate({}));
  await store.dispatch(api.endpoints.createStudents.initiate({ name: "Ben" })).unwrap();
  expect(await poked).toEqual({ seq: 2 });
  socket.close();
});

test("a whole migration runs in the page: archive, rows, and a signed proof", async () => {
  const raw = JSON.stringify([{ id: "1", name: "Grace", email: "grace@example.org" }]);
  const values = [{ key: "students", raw }];
  const source: LegacySource = { name: "old app", container: "dump", values, fingerprint: encodeText(raw).sha256 };
  const id = schoolIdOf("mock");
  const content = { kind: "source", source } as const;
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const report = await migrate({
    school: id,
    domains: domainSet(schoolDomains),
    remote: {
      fetch: (request) => globalThis.fetch(request),
      baseUrl: location.origin,
      token: school.token,
      sleep: async () => {},
      random: () => 0.5,
      retries: 0,
    },
    source,
    backup: async () => {
      const file = await createBackup({ content, school: id, createdAt: "2026-01-01T00:00:00.000Z", random });
      return proveBackup(file, content, { school: id });
    },
  });
  expect(report.verification).toMatchObject({ equal: true });
  expect((await school.records("students")).map(({ name }) => name).sort()).toEqual(["Ada", "Grace"]);
});
