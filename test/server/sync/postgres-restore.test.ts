/** F29: the server comes back from an older backup; what devices kept is sent again and applied once. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import type { ClientsAnswer } from "../../../src/domain/sync-wire.ts";
import { device } from "../../support/device.ts";
import { type Cluster, startPostgres } from "../../support/postgres.ts";
import { create, uuid } from "../../support/records.ts";
import type { TestServer } from "../../support/server.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster?.stop());

const school = schoolIdOf("restored");
const rows = (server: TestServer) =>
  server.sql(`select id::text as id, name, version from students where school_id = '${school}' order by id`);
const history = async (server: TestServer) =>
  (
    await server.sql(
      `select client_id::text || ' ' || mutation_id as m from history where school_id = '${school}' order by seq`,
    )
  ).map((row) => row.m);

test("L2 F29: a server restored from an older backup refuses the newer cursor, and takes the kept log once", async () => {
  const before = await cluster.server();
  const log = [uuid(1), uuid(2)].map((client) => ({
    client,
    on: device(before, client, { school }),
    kept: [] as object[],
  }));
  const [a, b] = [log[0], log[1]];
  if (!a || !b) throw new Error("two devices");
  const write = async (who: typeof a, ...parts: Parameters<typeof a.on.make>[0][]) => {
    const made = parts.map(who.on.make);
    who.kept.push(...made);
    return (await who.on.send(made)).body as { cursor: string; seq: number };
  };
  const update = (recordId: string, base: { version: number } | { mutation: number }, name: string) =>
    ({ kind: "update", domain: "students", recordId, base, fields: { name } }) as const;
  await write(a, create("students", uuid(10), { name: "Ada" }), create("students", uuid(11), { name: "Ben" }));
  await write(b, update(uuid(11), { version: 1 }, "Ben B."));
  const { ownerUrl } = before;
  await before.close();

  const backup = await cluster.copyDatabase(ownerUrl);
  const lost = await cluster.serverAt(ownerUrl);
  const [a2, b2] = [a, b].map((who) => device(lost, who.client, { school }));
  const send = async (who: typeof a, on: typeof a2, ...parts: Parameters<typeof a.on.make>[0][]) => {
    const made = parts.map(who.on.make);
    who.kept.push(...made);
    return (await on?.send(made))?.body as unknown as { cursor: string; seq: number };
  };
  await send(a, a2, create("students", uuid(12), { name: "Cleo" }), update(uuid(10), { version: 1 }, "Ada L."));
  await send(b, b2, { kind: "delete", domain: "students", recordId: uuid(11), base: { version: 2 } });
  const { cursor, seq } = await send(a, a2, update(uuid(12), { mutation: 3 }, "Cleo C."));
  const wanted = await rows(lost);
  const wantedHistory = (await history(lost)).sort();
  await lost.close();

  const restored = await cluster.serverAt(backup);
  const refused = await device(restored, a.client, { school }).send([], { cursor });
  expect([refused.body.code, refused.body.facts]).toEqual(["RESYNC_REQUIRED", { seq: 3, reason: "unknown" }]);
  expect(seq).toBeGreaterThan(3);
  const ask = async () =>
    (await server().call("GET", `/api/sync/clients?ids=${a.client},${b.client}`, { school }))
      .body as unknown as ClientsAnswer;
  const server = (): TestServer => restored;
  expect((await ask()).clients.map((c) => c.last)).toEqual([2, 1]);
  // The whole log of each, not only what is missing: what is there already is known.
  for (let round = 0; round < 2; round++) {
    for (const who of [a, b]) {
      const answer = await device(restored, who.client, { school }).send(who.kept);
      expect(answer.status).toBe(200);
    }
  }
  expect((await ask()).clients.map((c) => c.last)).toEqual([5, 2]);
  expect(await rows(restored)).toEqual(wanted);
  expect((await history(restored)).sort()).toEqual(wantedHistory);
  await restored.close();
});
