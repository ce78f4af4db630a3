/** A real PostgreSQL under races, broken connections and lost answers: each mutation once, and no change skipped. */
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { schoolIdOf } from "../../../src/domain/ids.ts";
import type { ChangeDown, PatchAnswer } from "../../../src/domain/sync-wire.ts";
import { type Tenant, withTenant } from "../../../src/server/db/with-tenant.ts";
import { type Device, device } from "../../support/device.ts";
import { type Cluster, startPostgres } from "../../support/postgres.ts";
import { create, uuid } from "../../support/records.ts";
import type { Answer, TestServer } from "../../support/server.ts";

const freely = { rateLimit: { perSecond: 1e6, burst: 1e6 } };
let cluster: Cluster;
let server: Awaited<ReturnType<Cluster["server"]>>;
beforeAll(async () => {
  cluster = await startPostgres();
  server = await cluster.server({ max: 6, ...freely });
});
afterAll(async () => {
  await server?.close();
  await cluster?.stop();
});

let schools = 0;
const newSchool = () => {
  schools += 1;
  return schoolIdOf(`faults ${schools}`);
};
const student = (n: number) => create("students", uuid(n), { name: `S${n}` });
const seqs = async (on: TestServer, school: string) =>
  (await on.sql(`select seq::int from history where school_id = '${school}' order by seq`)).map((l) => l.seq);
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const statuses = ({ body }: Answer) => (body.results as { status: string }[] | undefined)?.map((r) => r.status);

/** Sends until all are answered: a server may take only a beginning. */
async function drain(a: Device, mutations: readonly { readonly id: number }[]): Promise<string[]> {
  const said: string[] = [];
  for (let from = 0; from < mutations.length; ) {
    const answer = await a.send(mutations.slice(from));
    expect(answer.status).toBe(200);
    const results = (answer.body as unknown as PatchAnswer).results;
    said.push(...results.map((r) => r.status));
    from += results.length;
  }
  return said;
}

/** The process of a backend of the server that waits so. */
async function waitingFor(condition: string): Promise<number> {
  const ask = () =>
    server.sql(
      `select pid from pg_stat_activity where usename = 'runtime' and ${condition} and datname = current_database()`,
    );
  let pid = 0;
  await expect
    .poll(
      async () => {
        pid = Number((await ask())[0]?.pid ?? 0);
        return pid;
      },
      { interval: 5, timeout: 10_000 },
    )
    .toBeGreaterThan(0);
  return pid;
}

/** Runs `during` while another session holds what `statement` locks. */
async function whileLocked<T>(statement: string, during: (waiting: () => Promise<number>) => Promise<T>): Promise<T> {
  const owner = postgres(server.ownerUrl, { max: 1, onnotice: () => {} });
  const session = await owner.reserve();
  try {
    await session.unsafe(`begin; ${statement}`).simple();
    return await during(() => waitingFor("wait_event_type = 'Lock'"));
  } finally {
    await session.unsafe("rollback").catch(() => {});
    session.release();
    await owner.end();
  }
}

test("L4 F24: two devices that commit in the opposite order of their start leave no hole behind any cursor", async () => {
  const school = newSchool();
  const tenant: Tenant = { school, user: "t", role: "admin", studentId: null };
  await device(server, uuid(1), { school }).push(student(1));
  const reader = device(server, uuid(2), { school });
  const seen = new Set<string>();
  let cursor: string | null = null;
  const read = async () => {
    const answer = await reader.pull(cursor);
    for (const change of answer.changes) seen.add(change.id);
    cursor = answer.cursor;
  };
  // The first writer has its place in the order and is slow to commit; the second one is quick, and must wait.
  let commit = () => {};
  const held = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let locked = () => {};
  const hasLock = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const slow = withTenant(server.db, tenant, async (tx) => {
    await tx.rows(sql`select 1 from schools where id = ${school}::uuid for update`);
    locked();
    await held;
  });
  await hasLock;
  const writers = [3, 4, 5].map((n) => device(server, uuid(n), { school }).push(student(n), student(10 + n)));
  await read();
  await read();
  commit();
  await slow;
  const done = Promise.all(writers);
  for (let open = true; open; ) {
    await read();
    open = (await Promise.race([done, Promise.resolve("open")])) === "open";
  }
  await read();
  expect([...seen].sort()).toEqual([1, 3, 4, 5, 13, 14, 15].map(uuid).sort());
  expect(await seqs(server, school)).toEqual(upTo(7));
});

test("L2 L4: two servers on one database take 1,000 interleaved mutations: each once, no seq left out", async () => {
  const school = newSchool();
  const other = await cluster.serverAt(server.ownerUrl, { max: 4, ...freely });
  const devices = upTo(10).map((n) => ({
    first: device(server, uuid(900 + n), { school }),
    second: device(other, uuid(900 + n), { school }),
    n,
  }));
  await Promise.all(
    devices.map(async ({ first, second, n }) => {
      const mutations = upTo(100).map((i) => first.make(student(1000 * n + i)));
      for (let from = 0; from < mutations.length; from += 20) {
        const part = mutations.slice(from, from + 20);
        // Both servers get every batch, as after an answer that was slow to come.
        const [one, two] = await Promise.all([first.send(part), second.send(part)]);
        expect([statuses(one)?.[0], statuses(two)?.[0]].sort()).toEqual(["applied", "duplicate"]);
      }
    }),
  );
  await other.close();
  expect(await seqs(server, school)).toEqual(upTo(1000));
  const [count] = await server.sql(`select count(*)::int as n, count(distinct record_id)::int as ids
    from history where school_id = '${school}'`);
  expect(count).toEqual({ n: 1000, ids: 1000 });
});

test("L1 L2 F25: a backend that is killed before or in the middle of a push leaves nothing of it; sent again it is applied once", async () => {
  for (const [where, statement] of [
    ["before", (school: string) => `select 1 from schools where id = '${school}' for update`],
    ["middle", () => "lock table client_mutations in share row exclusive mode"],
  ] as const) {
    const school = newSchool();
    const a = device(server, uuid(1), { school });
    await a.push(student(1));
    const batch = [a.make(student(2)), a.make(student(3))];
    const refused = await whileLocked(statement(school), async (waiting) => {
      const sent = a.send(batch);
      const pid = await waiting();
      await server.sql(`select pg_terminate_backend(${pid})`);
      return sent;
    });
    expect([where, refused.status, refused.body.code]).toEqual([where, 503, "SERVER_UNREACHABLE"]);
    expect(await seqs(server, school)).toEqual([1]);
    expect([where, await drain(a, batch)]).toEqual([where, ["applied", "applied"]]);
    expect(await seqs(server, school)).toEqual(upTo(3));
  }
});

test("L1 L2 F25: a backend that is killed while it commits has committed, and the retry finds that out", async () => {
  const school = newSchool();
  const a = device(server, uuid(1), { school });
  await a.push(student(1));
  // The commit is on disk, and then waits for a standby that does not exist.
  await server.sql("alter system set synchronous_standby_names = 'nobody'");
  await server.sql("select pg_reload_conf()");
  const batch = [a.make(student(2))];
  const sent = a.send(batch);
  const pid = await waitingFor("wait_event = 'SyncRep'");
  await server.sql("alter system reset synchronous_standby_names");
  await server.sql(`select pg_terminate_backend(${pid})`);
  expect((await sent).status).toBe(503);
  await server.sql("select pg_reload_conf()");
  expect(await drain(a, batch)).toEqual(["duplicate"]);
  expect(await seqs(server, school)).toEqual([1, 2]);
});

test("F25: connections that were killed while idle are replaced, and the process lives", async () => {
  const school = newSchool();
  await server.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'runtime'");
  // A driver learns of it with its next breath; a request that comes before is told to come again.
  await expect.poll(async () => (await server.call("GET", "/api/terms", { school })).status, { interval: 5 }).toBe(200);
});

test("F26: a serialization failure runs the whole transaction again: applied once, in the right school", async () => {
  const school = newSchool();
  await server.sql(`create sequence failures; grant usage on sequence failures to runtime;
    create function fail_twice() returns trigger language plpgsql as $$
    begin
      -- A sequence is not rolled back, so it counts the tries.
      if nextval('failures') <= 2 then raise exception 'lost a race' using errcode = '40001'; end if;
      return new;
    end $$;
    create trigger fail_twice before insert on client_mutations for each row execute function fail_twice()`);
  const { results } = await device(server, uuid(1), { school }).push(student(1));
  await server.sql("drop trigger fail_twice on client_mutations; drop function fail_twice; drop sequence failures");
  expect(results).toMatchObject([{ status: "applied" }]);
  expect(await seqs(server, school)).toEqual([1]);
});

test("F26 S10: of two transactions in a deadlock one is run again whole, each in its own school, and no setting stays", async () => {
  const tenants = [newSchool(), newSchool()].map(
    (school): Tenant => ({ school, user: "t", role: "admin", studentId: null }),
  );
  await server.sql(`alter database ${new URL(server.ownerUrl).pathname.slice(1)} set deadlock_timeout = '50ms'`);
  let runs = 0;
  let both = () => {};
  const met = new Promise<void>((resolve) => {
    both = resolve;
  });
  const seen = await Promise.all(
    tenants.map((tenant, i) =>
      withTenant(server.db, tenant, async (tx) => {
        runs += 1;
        await tx.rows(sql`select pg_advisory_xact_lock(${1 + i}::bigint)::text`);
        if (runs >= 2) both();
        await met;
        await tx.rows(sql`select pg_advisory_xact_lock(${2 - i}::bigint)::text`);
        const [row] = await tx.rows<{ school: string }>(sql`select current_setting('app.school') as school`);
        return row?.school;
      }),
    ),
  );
  expect(seen).toEqual(tenants.map((tenant) => tenant.school));
  expect(runs).toBe(3);
  await leavesNoSetting();
});

/** Looks at every connection of the pool. */
async function leavesNoSetting(): Promise<void> {
  const bare = await Promise.all(
    upTo(6).map(() =>
      server.db.transaction(async (tx) => {
        await tx.rows(sql`select pg_sleep(0.01)::text`);
        const [row] = await tx.rows<{ school: string | null; n: string }>(sql`
          select nullif(current_setting('app.school', true), '') as school, (select count(*) from students)::text as n`);
        return row;
      }),
    ),
  );
  expect(bare).toEqual(upTo(6).map(() => ({ school: null, n: "0" })));
}

test("F26: a statement that takes too long ends its transaction, says so, and leaves no setting", async () => {
  const school = newSchool();
  const a = device(server, uuid(1), { school });
  await a.push(student(1));
  const batch = [a.make(student(2))];
  const answer = await whileLocked(`select 1 from schools where id = '${school}' for update`, async (waiting) => {
    const sent = a.send(batch);
    const pid = await waiting();
    // What the statement timeout does when its time has come.
    await server.sql(`select pg_cancel_backend(${pid})`);
    return sent;
  });
  expect([answer.status, answer.body.code, answer.headers.get("retry-after")]).toEqual([
    503,
    "SERVER_UNREACHABLE",
    "1",
  ]);
  const tenant: Tenant = { school, user: "t", role: "admin", studentId: null };
  const slow = withTenant(server.db, tenant, async (tx) => {
    await tx.rows(sql`select set_config('statement_timeout', '20', true)`);
    await tx.rows(sql`select pg_sleep(30)::text`);
  });
  await expect(slow).rejects.toMatchObject({ code: "57014" });
  await leavesNoSetting();
  expect(await drain(a, batch)).toEqual(["applied"]);
});

test("F26: more requests than connections wait their turn; where the database refuses a connection they are told to come again", async () => {
  const school = newSchool();
  const small = await cluster.serverAt(server.ownerUrl, { max: 1, ...freely });
  const answers = await Promise.all(upTo(50).map((n) => device(small, uuid(n), { school }).send([])));
  expect(new Set(answers.map((a) => a.status))).toEqual(new Set([200]));
  await small.close();

  const a = device(server, uuid(1), { school });
  const batch = upTo(3).map((n) => a.make(student(n)));
  await server.sql("alter role runtime connection limit 0");
  await server.sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'runtime'");
  await expect.poll(async () => (await a.send(batch)).body.code, { interval: 5 }).toBe("SERVER_UNREACHABLE");
  await server.sql("alter role runtime connection limit -1");
  await expect.poll(async () => statuses(await a.send(batch))?.length, { interval: 5 }).toBe(3);
  expect(await seqs(server, school)).toEqual(upTo(3));
});

test("L4 F27: rows that come, go and change between two pages of a list: those that stayed are seen once", async () => {
  const school = newSchool();
  const a = device(server, uuid(1), { school });
  // Many of one name, and of no name order at all: only the id tells them apart.
  const named = (n: number) => create("students", uuid(n), { name: n % 3 === 0 ? "Same" : `N${n % 7}` });
  await a.push(...upTo(60).map((n) => named(100 + n)));
  const seen: string[] = [];
  const gone = new Set<string>();
  let cursor: string | null = null;
  let round = 0;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await server.call("GET", `/api/students?sort=name&limit=7${query}`, { school });
    const items = body.items as { record: { id: string } }[];
    seen.push(...items.map((item) => item.record.id));
    cursor = body.next as string | null;
    round += 1;
    // The anchor itself goes, one comes before and one behind it, one that is far changes its place.
    const anchor = items.at(-1)?.record.id ?? "";
    const moved = uuid(100 + 60 - round);
    gone.add(anchor).add(moved);
    await a.push(
      { kind: "delete", domain: "students", recordId: anchor, base: { version: 1 } },
      create("students", uuid(1000 + round), { name: "A first" }),
      create("students", uuid(2000 + round), { name: "Zz last" }),
      { kind: "update", domain: "students", recordId: moved, base: { version: 1 }, fields: { name: `Moved ${round}` } },
    );
  } while (cursor !== null && round < 30);
  const stayed = upTo(60)
    .map((n) => uuid(100 + n))
    .filter((id) => !gone.has(id));
  expect(stayed.length).toBeGreaterThan(30);
  for (const id of stayed) expect([id, seen.filter((other) => other === id).length]).toEqual([id, 1]);
});

test("L4 F27: a snapshot whose rows change while it is read is that of one moment, and its cursor leads to now", async () => {
  const school = newSchool();
  const a = device(server, uuid(1), { school });
  await a.push(...upTo(40).map((n) => student(100 + n)));
  const snapshot = new Map<string, string>();
  let token: string | null = null;
  let cursor = "";
  let round = 0;
  do {
    const body: object = { limit: 6, ...(token && { token }) };
    const page = (await server.call("POST", "/api/sync/full", { school, body })).body;
    for (const { id, record } of page.records as ChangeDown[]) {
      expect(snapshot.has(id)).toBe(false);
      snapshot.set(id, String(record?.name));
    }
    token = page.token as string | null;
    cursor = String(page.cursor);
    round += 1;
    const anchor = [...snapshot.keys()].at(-1) ?? "";
    await a.push(
      { kind: "delete", domain: "students", recordId: anchor, base: { version: 1 } },
      { kind: "delete", domain: "students", recordId: uuid(141 - round), base: { version: 1 } },
      create("students", uuid(90 + round), { name: "new" }),
      create("students", uuid(200 + round), { name: "new" }),
    );
  } while (token !== null);
  expect([...snapshot].sort()).toEqual(upTo(40).map((n) => [uuid(100 + n), `S${100 + n}`]));
  const local = new Map(snapshot);
  for (let more = true; more; ) {
    const answer = await a.pull(cursor);
    for (const { id, record } of answer.changes) {
      if (record) local.set(id, String(record.name));
      else local.delete(id);
    }
    [cursor, more] = [answer.cursor, answer.more];
  }
  const now = await server.sql(`select id::text as id, name from students where school_id = '${school}' order by id`);
  expect([...local].sort()).toEqual(now.map(({ id, name }) => [id, name]));
});
