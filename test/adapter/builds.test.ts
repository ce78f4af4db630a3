/** F15: two builds of an app on one disk, the newer one with another form of its records. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createHybridDataAdapter } from "../../src/adapter/create-hybrid-data-adapter.ts";
import type { Domain } from "../../src/domain/define-domain.ts";
import { browser } from "../support/browser.ts";
import { firstNotes, secondNotes } from "../support/notes.ts";
import { uuid } from "../support/records.ts";
import { type TestServer, testSchool, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: [secondNotes] });
});
afterAll(() => server.close());

test("F15: the older build lets go of the lead at once, says that it only reads, and what it wrote goes out from the newer one", async () => {
  await server.call("PUT", "/api/migration/stage", { body: { stage: "dualwrite", epoch: 0 } });
  const own = browser(15);
  let busy = 0;
  const atWork = <T>(work: Promise<T>): Promise<T> => {
    busy += 1;
    return work.finally(() => {
      busy -= 1;
    });
  };
  own.busy = () => busy > 0;
  const open = (domain: Domain) => {
    const { platform, storage } = own.open();
    return createHybridDataAdapter({
      school: testSchool,
      user: "ada",
      domains: [domain],
      platform,
      storage,
      server: {
        baseUrl: "http://server",
        token: () => atWork(server.token()),
        fetch: (request) => atWork(server.fetch(request)),
        WebSocket: null,
      },
    });
  };
  const older = await open(firstNotes);
  await own.advance(100);
  const told: (string | null)[] = [];
  older.onStatus(({ readOnly }) => told.push(readOnly));
  await older.domain("notes").create({ id: uuid(1), title: "a", stars: "3" });
  await own.advance(100);
  expect(older.status()).toMatchObject({ readOnly: null, sync: { leading: true, paused: ["outdated"] } });

  const newer = await open(secondNotes);
  // Far less than the older one would wait before it asked again.
  await own.advance(1000);
  expect(older.status()).toMatchObject({
    readOnly: expect.stringMatching(/this program knows 1/),
    sync: { leading: false },
  });
  expect(told.at(-1)).toMatch(/stored in version 2/);
  expect(newer.status()).toMatchObject({
    readOnly: null,
    sync: { leading: true },
    outbox: { mutations: 0 },
    parked: [],
  });
  await expect(older.domain("notes").create({ title: "b" })).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
  const { body } = await server.call("GET", "/api/notes");
  expect(body.items).toMatchObject([{ record: { id: uuid(1), title: "a", rating: 3 }, version: 1 }]);
  await newer.close();
  // Nobody of the newer build is left; the older one still does not write.
  await own.advance(120_000);
  expect(older.status()).toMatchObject({ readOnly: told.at(-1), sync: { leading: false } });
  await older.close();
});
