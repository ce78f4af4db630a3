import { expect, test } from "vitest";
import type { RemoteOptions } from "../../src/migration/options.ts";
import { remote } from "../../src/migration/remote.ts";

const importId = "00000000-0000-4000-8000-000000000001";
const summary = {
  importId,
  state: "open",
  entries: { total: 0, byOutcome: {} },
  parts: { total: 0, byOutcome: {} },
  balanced: true,
  domains: {},
};
const json = (body: unknown, init?: ResponseInit): Response => new Response(JSON.stringify(body), init);

/** A network that gives these answers one after the other, and what the client did meanwhile. */
function scripted(answers: readonly (() => Response)[], more: Partial<RemoteOptions> = {}) {
  const waits: number[] = [];
  let sent = 0;
  const client = remote({
    fetch: async () => {
      const answer = answers[Math.min(sent, answers.length - 1)];
      sent++;
      if (!answer) throw new Error("nothing more is scripted");
      return answer();
    },
    baseUrl: "http://server",
    token: "t",
    sleep: async (ms) => {
      waits.push(ms);
    },
    random: () => 1,
    ...more,
  });
  return { client, waits, sent: () => sent };
}
const lost = (): Response => {
  throw new TypeError("fetch failed");
};

test("F18: an HTML page, a 204 and cut JSON are no answers; they are asked again and then refused", async () => {
  const wrong = [
    () => new Response("<html>Sign in to the hotel's network</html>"),
    () => new Response(null, { status: 204 }),
    () => new Response('{"importId":"'),
  ];
  for (const answer of wrong) {
    const { client, sent } = scripted([answer]);
    await expect(client.ledger(importId)).rejects.toMatchObject({ code: "SERVER_ANSWER" });
    expect(sent()).toBe(6);
    await expect(scripted([answer, () => json(summary)]).client.ledger(importId)).resolves.toMatchObject({ importId });
  }
});

test("B17: a 200 whose body fails its schema is refused at once, and the field is named", async () => {
  const { client, sent } = scripted([() => json({ ...summary, parts: { total: "many", byOutcome: {} } })]);
  await expect(client.ledger(importId)).rejects.toMatchObject({ code: "SERVER_ANSWER", place: "/parts/total" });
  expect(sent()).toBe(1);
});

test("F18: the server's own code, place and advice reach the caller", async () => {
  const body = { code: "IMPORT_UNKNOWN", detail: "There is no import.", place: "x", fix: "Look.", facts: { n: 1 } };
  const { client } = scripted([() => json(body, { status: 404 })]);
  await expect(client.ledger(importId)).rejects.toMatchObject({
    code: "IMPORT_UNKNOWN",
    message: "There is no import.",
    place: "x",
    fix: "Look.",
    facts: { n: 1, status: 404 },
  });
});

test("F18: a status without our body still gets a code; what is the caller's to mend is not sent again", async () => {
  const codes = { 400: "BAD_REQUEST", 401: "UNAUTHENTICATED", 403: "FORBIDDEN", 404: "NOT_FOUND", 413: "LIMIT" };
  for (const [status, code] of Object.entries(codes)) {
    const { client, sent } = scripted([() => new Response("no", { status: Number(status) })]);
    await expect(client.ledger(importId)).rejects.toMatchObject({ code });
    expect(sent()).toBe(1);
  }
});

test("F16 F20: lost requests and 5xx are sent again, later each time, and not for ever", async () => {
  const { client, waits } = scripted([lost, () => new Response("", { status: 502 }), lost, () => json(summary)]);
  await expect(client.ledger(importId)).resolves.toMatchObject({ balanced: true });
  expect(waits).toEqual([200, 400, 800]);
  const never = scripted([lost]);
  await expect(never.client.ledger(importId)).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  expect(never.sent()).toBe(6);
});

test("F18: a 429 waits as long as the server wishes", async () => {
  const busy = () => json({ code: "RATE_LIMITED" }, { status: 429, headers: { "retry-after": "7" } });
  const { client, waits } = scripted([busy, () => json(summary)]);
  await client.ledger(importId);
  expect(waits).toEqual([7000]);
});

test("a stop between two requests, or during one, is INTERRUPTED", async () => {
  const before = new AbortController();
  before.abort();
  const { client, sent } = scripted([() => json(summary)], { signal: before.signal });
  await expect(client.ledger(importId)).rejects.toMatchObject({ code: "INTERRUPTED" });
  expect(sent()).toBe(0);
  const during = new AbortController();
  const cut = () => {
    during.abort();
    throw new DOMException("aborted", "AbortError");
  };
  await expect(scripted([cut], { signal: during.signal }).client.ledger(importId)).rejects.toMatchObject({
    code: "INTERRUPTED",
  });
});
