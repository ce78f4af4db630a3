/** A long outbox. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { uuid } from "../support/records.ts";
import { scenario } from "../support/scenario.ts";
import { type TestServer, testServer } from "../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

test("L1 L2 L3: 10,000 writes drain in order, at ten requests or fewer per thousand, with the tab closed half way", async () => {
  const school = await scenario(server);
  const office = await school.device("office");
  await office.sync();
  office.network.always("drop");
  const total = 10_000;
  await Promise.all(
    Array.from({ length: total / 2 }, (_, i) => office.create("students", uuid(1000 + i), { name: `${i}` })),
  );
  for (let at = 0; at < total / 2; at += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => office.update("students", uuid(1000 + at + i), { name: `${at + i}!` })),
    );
  }
  await office.until(() => office.engine.status().phase === "waiting");
  expect(office.store.outbox().mutations).toBe(total);

  office.network.heal();
  const since = office.network.sent.length;
  void office.sync();
  await office.until(() => office.store.outbox().mutations <= total / 2);
  office.tab.kill();
  const next = await office.reopen();
  expect(next.store.outbox().mutations).toBeGreaterThan(0);
  expect((await next.sync()).outcome).toBe("synced");
  expect(next.store.outbox().mutations).toBe(0);

  expect(office.network.sent.length - since).toBeLessThanOrEqual((10 * total) / 1000);
  const rows = await school.rows("students");
  expect(rows).toHaveLength(total / 2);
  expect(rows.every((row, i) => row.version === 2 && row.name === `${i}!`)).toBe(true);
  expect(await school.changes("students")).toBe(total);
  const [order] = await server.sql(
    `select bool_and(version = n) as ordered from (select seq, mutation_id as version,
      row_number() over (partition by client_id order by seq) as n from history where school_id = '${school.school}'
      and domain = 'students') h`,
  );
  expect(order).toEqual({ ordered: true });
  await school.close();
}, 120_000);
