/** Trying again against the real server: what was carried out after all is not carried out twice. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { device } from "../support/device.ts";
import { create, uuid } from "../support/records.ts";
import { type Answer, type TestServer, testServer } from "../support/server.ts";
import { managed, watch } from "./manager.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

test("L2 F23: the time is over, the call succeeds later, and the next try finds it done", async () => {
  const { manager, tab, events } = managed({ timeoutMs: 4000 });
  const office = device(server, uuid(700));
  const mutation = office.make(create("students", uuid(1), { name: "Ada" }));
  const carriedOut = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const operation = async (_signal: AbortSignal, attempt: number): Promise<Answer> => {
    const answer = await office.send([mutation]);
    if (attempt > 1) return answer;
    carriedOut.resolve();
    await late.promise;
    return answer;
  };
  const running = manager.run(operation, { side: "server", what: "Pushing" });
  const seen = watch(running);
  await carriedOut.promise;
  await tab.advance(4000);
  late.resolve();
  await tab.advance(1000);
  await running;
  expect(seen.value).toMatchObject({ kind: "done", attempts: 2 });
  const body = seen.value?.kind === "done" ? seen.value.value.body : null;
  expect(body).toMatchObject({ results: [{ id: 1, status: "duplicate", earlier: "applied" }] });
  expect(await server.sql("select op from history")).toEqual([{ op: "create" }]);
  expect(events.map(({ kind }) => kind)).toEqual(["retry", "late", "recovered"]);
});
