/** Processes on one PostgreSQL tell each other; a lost connection comes back by itself. */
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { createServer } from "../../src/server/create-server.ts";
import { silentLogger } from "../../src/server/logger.ts";
import { postgresPubSub } from "../../src/server/pubsub-postgres.ts";
import { makeToken } from "../../src/server/token.ts";
import { device } from "../support/device.ts";
import { type Cluster, startPostgres } from "../support/postgres.ts";
import { create, uuid } from "../support/records.ts";
import { secret, type TestServer } from "../support/server.ts";

let cluster: Cluster;
let server: Awaited<ReturnType<Cluster["server"]>>;
beforeAll(async () => {
  cluster = await startPostgres();
  server = await cluster.server();
});
afterAll(async () => {
  await server?.close();
  await cluster?.stop();
});

/** A listener of its own process, and how to wait for what it hears. */
function listener() {
  const pubsub = postgresPubSub(server.runtimeUrl, silentLogger);
  const heard: string[] = [];
  pubsub.subscribe((school, seq) => heard.push(`${school} ${seq}`));
  return { pubsub, heard };
}
const [north, south] = [schoolIdOf("north"), schoolIdOf("south")];
/** Publishes until it is heard: a process that is just starting may miss the first word. */
const reaches = (from: ReturnType<typeof listener>, to: ReturnType<typeof listener>) =>
  expect
    .poll(
      () => {
        from.pubsub.publish(north, 1);
        return to.heard.includes(`${north} 1`);
      },
      { timeout: 10_000 },
    )
    .toBe(true);

test("F21 L10: what one process commits, the others hear: coalesced to the highest seq, no data", async () => {
  const [one, two] = [listener(), listener()];
  await reaches(one, two);
  await reaches(two, one);
  const raw = postgres(server.ownerUrl, { max: 1 });
  const payloads: string[] = [];
  await raw.listen("hda_pokes", (payload) => payloads.push(payload));
  two.heard.length = 0;
  for (let seq = 1; seq <= 500; seq++) one.pubsub.publish(south, seq);
  one.pubsub.publish(north, 7);
  await expect.poll(() => two.heard).toEqual(expect.arrayContaining([`${south} 500`, `${north} 7`]));
  expect(two.heard.filter((word) => word.startsWith(south))).toEqual([`${south} 500`]);
  await expect.poll(() => payloads.filter((payload) => payload.includes(south))).toHaveLength(1);
  await raw.end();
  await one.pubsub.close();
  await two.pubsub.close();
});

test("F25: a listener whose connection is killed listens again, and what is garbage on the channel does no harm", async () => {
  const [one, two] = [listener(), listener()];
  await reaches(one, two);
  for (let round = 0; round < 3; round++) {
    await server.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'");
    two.heard.length = 0;
    await reaches(one, two);
  }
  await server.sql("select pg_notify('hda_pokes', 'garbage,::,x:1,' || repeat('y', 100))");
  two.heard.length = 0;
  await reaches(one, two);
  await one.pubsub.close();
  await two.pubsub.close();
});

test("a server on PostgreSQL uses it by itself: a push at one is heard at the other", async () => {
  const start = () =>
    createServer({ database: { url: server.runtimeUrl, max: 2 }, auth: { secret }, log: silentLogger });
  const other = await start();
  const heard = listener();
  const call: TestServer["call"] = async (_method, path, { body } = {}) => {
    const token = await makeToken({ secret, school: north, role: "admin", user: "u" });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await other.fetch(
      new Request(`http://server${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
    );
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };
  const a = device({ ...server, call }, uuid(1));
  let n = 0;
  await expect
    .poll(
      async () => {
        n += 1;
        const { seq } = await a.push(create("students", uuid(100 + n), { name: "Ada" }));
        return heard.heard.some((word) => word.startsWith(north)) && seq === n;
      },
      { timeout: 10_000, interval: 100 },
    )
    .toBe(true);
  await heard.pubsub.close();
  await other.close();
});
