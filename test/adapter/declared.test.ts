/** An app with a domain of its own beside a school's, and what the compiler knows of both. */
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import { byText, defineDomain } from "../../src/domain/define-domain.ts";
import { integer, nullable, text } from "../../src/domain/fields.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { students } from "../../src/school/students.ts";
import { browser } from "../support/browser.ts";
import { uuid } from "../support/records.ts";
import { type TestServer, testServer } from "../support/server.ts";

const books = defineDomain({
  name: "books",
  fields: { title: text({ min: 1 }), pages: nullable(integer()) },
  references: {},
  sortKeys: { title: byText("title") },
  conflict: "mergeFields",
  rights: { admin: "write", teacher: "write", student: "read", viewer: "read" },
  migrations: [],
});
const domains = [students, books] as const;

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains });
});
afterAll(() => server.close());

test.each(["off", "live"] as const)("in %s a declared domain is read and written like the others", async (stage) => {
  const school = schoolIdOf(`declared ${stage}`);
  if (stage === "live") {
    await server.call("PUT", "/api/migration/stage", { school, body: { stage, epoch: 0 } });
  }
  const { platform, storage } = browser().open();
  const adapter = await createHybridDataAdapter({
    school,
    user: "ada",
    domains,
    platform,
    storage,
    server: { baseUrl: "http://server", token: () => server.token({ school }), fetch: server.fetch, WebSocket: null },
  });
  await adapter.syncNow();
  const made = await adapter.books.create({ id: uuid(1), title: "Emma", pages: 474 });
  expectTypeOf(made.item?.record.pages).toEqualTypeOf<number | null | undefined>();
  expectTypeOf(adapter.books.create).parameter(0).not.toMatchTypeOf<{ pages: string }>();
  expectTypeOf(adapter).not.toHaveProperty("teachers");
  await adapter.books.create({ title: "dune" });
  const page = await adapter.domain("books").list({ sort: "title", filter: { pages: [474, null] } });
  expect(page.source).toBe(stage === "live" ? "server" : "local");
  expect(page.items.map(({ record }) => record.title)).toEqual(["dune", "Emma"]);
  expect(await adapter.books.get(uuid(1))).toMatchObject({ record: { title: "Emma" } });
  await adapter.close();
});
