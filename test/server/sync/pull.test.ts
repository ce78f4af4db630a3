/** What a device hears of the changes behind its cursor. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { domainSet } from "../../../src/domain/define-domain.ts";
import { parseRecordId, schoolIdOf } from "../../../src/domain/ids.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { pull } from "../../../src/server/db/pull.ts";
import { readSchool } from "../../../src/server/db/school.ts";
import { type Tenant, withTenant } from "../../../src/server/db/with-tenant.ts";
import { type TestServer, testSchool, testServer } from "../../support/server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const domains = domainSet(schoolDomains);
const admin: Tenant = { school: testSchool, user: "tester", role: "admin", studentId: null };
const pullAs = (tenant: Tenant, cursor: string | null, limit = 100) =>
  withTenant(server.db, tenant, async (tx) =>
    pull(tx, domains, tenant, await readSchool(tx, tenant.school), { cursor, limit }),
  );
const create = async (name: string) => {
  const { body } = await server.call("POST", "/api/students", { body: { name } });
  return (body as { record: { id: string } }).record;
};

test("L4 L7 L10: pages of changes, a tombstone for the deleted, nothing of it for another school or student", async () => {
  const ada = await create("Ada");
  const ben = await create("Ben");
  const first = await pullAs(admin, null, 1);
  expect(first).toMatchObject({ more: true, changes: [{ id: ada.id, version: 1 }] });
  const second = await pullAs(admin, first.cursor);
  expect(second).toMatchObject({ more: false, changes: [{ id: ben.id }] });

  await server.call("DELETE", `/api/students/${ada.id}`, { headers: { "if-match": '"1"' } });
  const third = await pullAs(admin, second.cursor);
  expect(third.changes).toEqual([{ domain: "students", id: ada.id, record: null, version: null }]);
  expect((await pullAs(admin, third.cursor)).changes).toEqual([]);

  const student: Tenant = { ...admin, role: "student", studentId: parseRecordId(ben.id) };
  expect((await pullAs(student, null)).changes.map((c) => c.id)).toEqual([ben.id]);
  expect((await pullAs({ ...admin, school: schoolIdOf("other") }, null)).changes).toEqual([]);
});

test("B16: a cursor that is negative, in the future, foreign or garbage asks for a new snapshot", async () => {
  const { cursor } = await pullAs(admin, null);
  const chain = cursor.split(".")[1] ?? "";
  for (const bad of ["-1.0000000000000000", `999.${chain}`, `1.${"0".repeat(16)}`, "rubbish", "", `1.${chain}`]) {
    await expect(pullAs(admin, bad)).rejects.toMatchObject({ code: "RESYNC_REQUIRED" });
  }
});
