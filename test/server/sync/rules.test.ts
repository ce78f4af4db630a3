/** The conflict rules that no school domain has, on domains that an app declares; and what a push costs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConflictRule, defineDomain, domainSet } from "../../../src/domain/define-domain.ts";
import { id, nullable, text } from "../../../src/domain/fields.ts";
import { parseRecordId, schoolIdOf } from "../../../src/domain/ids.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { applyMutations } from "../../../src/server/db/apply.ts";
import type { Tx } from "../../../src/server/db/database.ts";
import { lockSchool } from "../../../src/server/db/school.ts";
import { type Tenant, withTenant } from "../../../src/server/db/with-tenant.ts";
import { silentLogger } from "../../../src/server/logger.ts";
import { device } from "../../support/device.ts";
import { create, uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";

const everybody = { admin: "write", teacher: "write", student: "none", viewer: "read" } as const;
const declare = (name: string, conflict: ConflictRule) =>
  defineDomain({
    name,
    fields: { title: text(), body: nullable(text()), parent: nullable(id()) },
    references: { parent: { to: name, onDelete: "cascade" } },
    sortKeys: {},
    conflict,
    rights: everybody,
    migrations: [],
  });
const rules = ["lastWriteWins", "clientWins", "serverWins"] as const;
const domains = [...schoolDomains, ...rules.map((rule) => declare(rule, rule))];

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains });
});
afterAll(() => server.close());

const note = (title: string, parent: string | null = null) => ({
  externalId: null,
  extra: {},
  title,
  body: null,
  parent,
});

test.each([
  ["lastWriteWins", "client", "second", { title: "first" }, "anna"],
  ["clientWins", "client", "second", { title: "first" }, "anna"],
  ["serverWins", "server", "first", { title: "second" }, "bert"],
] as const)("L6: %s: the %s's value stands, the other one is kept", async (domain, stands, title, loser, author) => {
  const school = schoolIdOf(domain);
  const [a, b] = [device(server, uuid(1), { school, user: "anna" }), device(server, uuid(2), { school, user: "bert" })];
  const update = (value: string, version: number) =>
    ({ kind: "update", domain, recordId: uuid(9), base: { version }, fields: { title: value } }) as const;
  await a.push({ kind: "create", domain, recordId: uuid(9), fields: note("") }, update("first", 1));
  const { results, changes } = await b.push(update("second", 1));
  expect(results).toMatchObject([{ status: "conflict", stands }]);
  expect(changes[0]?.record?.title).toBe(title);
  const kept = await server.sql(`select loser, author from conflicts where school_id = '${school}'`);
  expect(kept).toEqual([{ loser, author }]);

  const remove = (version: number) => ({ kind: "delete", domain, recordId: uuid(9), base: { version } }) as const;
  const version = stands === "client" ? 3 : 2;
  const late = (await b.push(remove(1))).results[0];
  expect(late?.status).toBe(domain === "clientWins" ? "applied" : "conflict");
  if (domain !== "clientWins") await a.push(remove(version));
  const restored = (await b.push(update("late", 1))).results[0];
  expect(restored).toMatchObject({ status: "conflict", conflict: "UPDATE_DELETE", stands });
});

test("L7: a delete takes along a tree of children, those of the same push too", async () => {
  const school = schoolIdOf("tree");
  const domain = "lastWriteWins";
  const a = device(server, uuid(1), { school });
  const make = (n: number, parent: number | null) =>
    ({
      kind: "create",
      domain,
      recordId: uuid(n),
      fields: note(`${n}`, parent === null ? null : uuid(parent)),
    }) as const;
  await a.push(make(1, null), make(2, 1), make(3, 2), make(4, null));
  const { results } = await a.push(make(5, 3), { kind: "delete", domain, recordId: uuid(1), base: { version: 1 } });
  expect(results.map((r) => r.status)).toEqual(["applied", "applied"]);
  const left = await server.sql(`select id::text from records where school_id = '${school}'`);
  expect(left).toEqual([{ id: uuid(4) }]);
});

test("a push takes the same number of statements for 10 and for 1,000 marks", async () => {
  const tenant: Tenant = { school: schoolIdOf("cost"), user: "t", role: "admin", studentId: null };
  const services = {
    db: server.db,
    domains: domainSet(domains),
    now: () => new Date(0),
    monotonic: () => 0,
    log: silentLogger,
  };
  await device(server, uuid(1), { school: tenant.school }).push(create("students", uuid(1), { name: "Ada" }));
  let statements = 0;
  const counted = (tx: Tx): Tx => ({
    rows(query) {
      statements += 1;
      return tx.rows(query);
    },
    savepoint: (run) => tx.savepoint((part) => run(counted(part))),
  });
  const cost = async (from: number, number: number): Promise<number> => {
    const mutations = Array.from({ length: number }, (_, i) => {
      const mark = create("attendance", uuid(from + i), { studentId: uuid(1), date: "2024-09-01", status: "present" });
      return { ...mark, id: i + 1, base: null, client: uuid(5), recordId: parseRecordId(mark.recordId) };
    });
    statements = 0;
    await withTenant(server.db, tenant, async (tx) => {
      const school = await lockSchool(tx, tenant.school);
      await applyMutations(counted(tx), services, tenant, school, { mutations });
    });
    return statements;
  };
  expect(await cost(1000, 10)).toBe(await cost(2000, 1000));
});
