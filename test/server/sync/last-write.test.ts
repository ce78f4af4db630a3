/** `lastWriteWins`: the later stamp stands, field by field, and a clock that is far ahead wins nothing. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineDomain } from "../../../src/domain/define-domain.ts";
import { nullable, text } from "../../../src/domain/fields.ts";
import { formatHlc } from "../../../src/domain/hlc.ts";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import { schoolDomains } from "../../../src/school/domains.ts";
import { device } from "../../support/device.ts";
import { uuid } from "../../support/records.ts";
import { type TestServer, testServer } from "../../support/server.ts";

const notes = defineDomain({
  name: "notes",
  fields: { title: text(), body: nullable(text()), place: nullable(text()) },
  references: {},
  sortKeys: {},
  conflict: "lastWriteWins",
  rights: { admin: "write", teacher: "write", student: "none", viewer: "read" },
  migrations: [],
});
const now = new Date("2026-03-01T12:00:00.000Z");

let server: TestServer;
beforeAll(async () => {
  server = await testServer({ domains: [...schoolDomains, notes], now: () => now });
});
afterAll(() => server.close());

/** A stamp so many seconds from the server's now. */
const at = (seconds: number, node: string) => formatHlc({ ms: now.getTime() + 1000 * seconds, counter: 0, node });

async function scenario(name: string) {
  const school = schoolIdOf(name);
  const [a, b] = [device(server, uuid(1), { school, user: "anna" }), device(server, uuid(2), { school, user: "bert" })];
  await a.push({
    kind: "create",
    domain: "notes",
    recordId: uuid(9),
    fields: { externalId: null, extra: {}, title: "", body: null, place: null },
    hlc: at(-1000, a.clientId),
  });
  const update = (fields: object, hlc: string, version: number) =>
    ({ kind: "update", domain: "notes", recordId: uuid(9), base: { version }, fields: { ...fields }, hlc }) as const;
  const lost = () =>
    server.sql(`select loser, author from conflicts where school_id = '${school}' order by author, loser::text`);
  return { a, b, update, lost };
}

test("L6 F22: what was written later stands, even if it was sent first; the loser is kept", async () => {
  const { a, b, update, lost } = await scenario("later first");
  await a.push(update({ title: "late" }, at(-10, a.clientId), 1));
  const { results, changes } = await b.push(update({ title: "early" }, at(-60, b.clientId), 1));
  expect(results).toMatchObject([{ status: "conflict", conflict: "UPDATE_UPDATE", stands: "server", version: 2 }]);
  expect(changes[0]?.record?.title).toBe("late");
  expect(await lost()).toEqual([{ loser: { title: "early" }, author: "bert" }]);
});

test("L6: field by field: the older value of one and the newer of another stand together, each loser with its author", async () => {
  const { a, b, update, lost } = await scenario("field by field");
  const c = device(server, uuid(3), { school: schoolIdOf("field by field"), user: "cleo" });
  await a.push(update({ title: "anna late" }, at(-10, a.clientId), 1));
  await c.push(update({ body: "cleo early" }, at(-90, c.clientId), 2));
  const mine = { title: "bert", body: "bert", place: "bert" };
  const { results, changes } = await b.push(update(mine, at(-60, b.clientId), 1));
  expect(results).toMatchObject([{ status: "conflict", stands: "server", version: 4 }]);
  expect(changes[0]?.record).toMatchObject({ title: "anna late", body: "bert", place: "bert" });
  expect(await lost()).toEqual([
    { loser: { title: "bert" }, author: "bert" },
    { loser: { body: "cleo early" }, author: "cleo" },
  ]);
});

test("F22: a clock a year ahead is taken back to the server's time and wins nothing over who writes after it", async () => {
  const { a, b, update } = await scenario("ahead");
  await a.push(update({ title: "from the future" }, at(365 * 86_400, a.clientId), 1));
  const { results } = await b.push(update({ title: "a little later" }, at(1, b.clientId), 1));
  expect(results).toMatchObject([{ status: "conflict", stands: "client" }]);
});

test("L6: a change without a stamp counts by its time on the server", async () => {
  const { a, b, update } = await scenario("rest");
  const school = schoolIdOf("rest");
  await server.call("PATCH", `/api/notes/${uuid(9)}`, {
    school,
    body: { title: "REST" },
    headers: { "if-match": "1" },
  });
  const early = await a.push(update({ title: "before" }, at(-1, a.clientId), 1));
  expect(early.results).toMatchObject([{ stands: "server" }]);
  const later = await b.push(update({ title: "after" }, at(1, b.clientId), 1));
  expect(later.results).toMatchObject([{ stands: "client" }]);
});
