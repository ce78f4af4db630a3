import { describe, expect, test } from "vitest";
import { domainSet } from "../../src/domain/define-domain.ts";
import { isAdapterError } from "../../src/domain/errors.ts";
import type { PatchAnswer } from "../../src/domain/sync-wire.ts";
import type { LoggedMutation } from "../../src/local/record-store.ts";
import { schoolDomains } from "../../src/school/domains.ts";
import { patchOf, replyOf } from "../../src/sync/exchange.ts";
import { fieldsOf, uuid } from "../support/records.ts";
import { clientA, clientB, logged, position } from "./steps.ts";

const sender = { clientId: clientA, domains: domainSet(schoolDomains), clientVersion: "1.2.3" };
const cursor = "10.0011223344556677";

const answer = (over: Partial<PatchAnswer> = {}): PatchAnswer => ({
  results: [],
  last: {},
  changes: [],
  cursor,
  more: false,
  seq: 10,
  epoch: 1,
  stage: "dualwrite",
  stages: {},
  serverTime: "2024-09-01T08:00:00.000Z",
  ...over,
});

const breathe = async (): Promise<void> => {};
const replyTo = (over: Partial<PatchAnswer>, sent: readonly LoggedMutation[] = []) =>
  replyOf(sender, { sent, cursor, uncovered: {} }, answer(over), breathe);

async function placeRefused(over: Partial<PatchAnswer>, sent?: readonly LoggedMutation[]): Promise<string | undefined> {
  try {
    await replyTo(over, sent);
  } catch (error) {
    if (isAdapterError(error) && error.code === "SERVER_ANSWER") return error.place;
    throw error;
  }
  return undefined;
}

test("a request names the other tabs' clients and not its own, and says which versions it speaks", () => {
  const beside = { limit: 50, uncovered: {}, retired: [] };
  const patch = patchOf(sender, [logged(1), logged(4, { client: clientB })], position(), beside);
  expect(patch.mutations.map((m) => m.client)).toEqual([undefined, clientB]);
  expect(patch).toMatchObject({ clientId: clientA, epoch: 1, cursor, limit: 50, clientVersion: "1.2.3" });
  expect(patch.schemaVersions).toMatchObject({ students: 1, grades: 1 });
});

test("L2: a request names the clients that the logs in it had before, and no such thing where there are none", () => {
  const told = (retired: readonly string[]) =>
    patchOf(sender, [logged(1)], position(), { limit: 50, uncovered: {}, retired }).retired;
  expect(told([clientB])).toEqual([clientB]);
  expect(told([])).toBeUndefined();
  expect(told(Array.from({ length: 101 }, (_, n) => uuid(n)))).toHaveLength(100);
});

test("a long answer lets the page draw between its parts", async () => {
  const change = (n: number) => ({ domain: "unheard-of", id: uuid(n), record: null, version: null });
  let drawn = 0;
  const draw = async (): Promise<void> => {
    drawn += 1;
  };
  const long = answer({ changes: Array.from({ length: 1000 }, (_, i) => change(i)) });
  await replyOf(sender, { sent: [], cursor, uncovered: {} }, long, draw);
  expect(drawn).toBe(3);
});

describe("G6 G13 B17: what cannot be an answer is none, and the field is named", () => {
  const sent = [logged(1), logged(1, { client: clientB }), logged(2)];
  const applied = (id: number, client?: string) => ({ id, client, status: "applied" }) as const;

  test("results of a beginning of each log are an answer", async () => {
    const reply = await replyTo({ results: [applied(1), applied(1, clientB)] }, sent);
    expect(reply.results.map(({ client, id }) => [client, id])).toEqual([
      [clientA, 1],
      [clientB, 1],
    ]);
  });

  test("results for nothing that was sent, out of order, twice, or none at all", async () => {
    expect(await placeRefused({ results: [applied(7)] }, sent)).toBe("/results/0/id");
    expect(await placeRefused({ results: [applied(2)] }, sent)).toBe("/results/0/id");
    expect(await placeRefused({ results: [applied(1), applied(1)] }, sent)).toBe("/results/1/id");
    expect(await placeRefused({ results: [applied(1, uuid(9))] }, sent)).toBe("/results/0/id");
    expect(await placeRefused({ results: [applied(1)] })).toBe("/results/0/id");
    expect(await placeRefused({}, sent)).toBe("/results");
  });

  test("a cursor that goes back, or does not move although there is more", async () => {
    expect(await placeRefused({ cursor: "9.0011223344556677" })).toBe("/cursor");
    expect(await placeRefused({ more: true })).toBe("/cursor");
    expect(await placeRefused({ cursor: "garbage" })).toBe("/cursor");
    expect(await placeRefused({ cursor: "11.0011223344556677", more: true })).toBeUndefined();
  });

  test("a record that its domain does not accept, or that is another one's", async () => {
    const record = { id: uuid(1), ...fieldsOf("students", { name: "Ada" }) };
    const change = { domain: "students", id: uuid(1), version: 1 };
    expect(await placeRefused({ changes: [{ ...change, record }] })).toBeUndefined();
    expect(await placeRefused({ changes: [{ ...change, record: { ...record, name: 3 } }] })).toBe(
      "/changes/0/record/name",
    );
    expect(await placeRefused({ changes: [{ ...change, record: { ...record, id: uuid(2) } }] })).toBe(
      "/changes/0/record/id",
    );
  });

  test("a domain that this app does not declare is passed over", async () => {
    const strange = { domain: "robots", id: uuid(1), version: 1, record: { id: uuid(1) } };
    expect((await replyTo({ changes: [strange] })).changes).toEqual([]);
  });
});
