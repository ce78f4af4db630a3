/** The real server on PGlite behind the simulator's words: for depth. One server serves many runs, a school for each. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { type RecordId, schoolIdOf } from "../../src/domain/ids.ts";
import { type ChangeDown, type Mutation, stageAnswer } from "../../src/domain/sync-wire.ts";
import type { Sent } from "../../src/server/db/mutations/sent.ts";
import { type TestServer, testServer } from "../support/server.ts";
import type { Backend, BackendOptions } from "./backend.ts";
import { domains } from "./domains.ts";
import type { ServerState } from "./history.ts";
import type { HistoryLine } from "./model-school.ts";
import { type Answered, ServerDied } from "./model-server.ts";
import { type Tables, tablesIn } from "./tables.ts";

export interface RealServer {
  backend(options: BackendOptions): Promise<Backend>;
  close(): Promise<void>;
}

interface Line {
  readonly seq: string;
  readonly domain: string;
  readonly id: RecordId;
  readonly op: HistoryLine["op"];
  readonly before: AnyRecord | null;
  readonly client: string;
  readonly mutation: string;
  readonly at: number;
  readonly chain: string;
}

interface Result {
  readonly client: string;
  readonly id: string;
  readonly status: string | null;
}

export async function realServer(): Promise<RealServer> {
  let now = 0;
  const server = await testServer({
    domains: domains.all,
    now: () => new Date(now),
    monotonic: () => 0,
    rateLimit: { perSecond: 1e9, burst: 1e9 },
  });
  let runs = 0;
  return {
    backend: (options) => {
      runs += 1;
      return realBackend(server, `simulated ${runs}`, options, (time) => {
        now = time;
      });
    },
    close: server.close,
  };
}

async function realBackend(
  server: TestServer,
  name: string,
  { time, stage, onCommit }: BackendOptions,
  setNow: (ms: number) => void,
): Promise<Backend> {
  const school = schoolIdOf(name);
  /** Every mutation that ever arrived. */
  const sent = new Map<string, Sent & { readonly claimed: number; readonly real: number }>();
  const archive = new Map<number, HistoryLine>();
  const statuses = new Map<string, string>();
  let seq = 0;
  let dying: "before" | "after" | null = null;
  let kept: Tables | null = null;

  const call = async (user: string, method: string, path: string, body?: unknown): Promise<Answered> => {
    setNow(time.now());
    const { status, body: answer } = await server.call(method, path, { school, user, role: "admin", body });
    return { status, body: answer };
  };

  const read = async (): Promise<{
    lines: HistoryLine[];
    records: Map<string, { record: AnyRecord; version: number }>;
  }> => {
    const records = new Map<string, { record: AnyRecord; version: number }>();
    for (let token: unknown = null, first = true; first || token !== null; first = false) {
      const { body } = await call("checker", "POST", "/api/sync/full", {
        limit: 5000,
        ...(token === null ? {} : { token }),
      });
      for (const { domain, id, record, version } of body.records as ChangeDown[]) {
        if (record) records.set(`${domain}/${id}`, { record: record as unknown as AnyRecord, version: version ?? 0 });
      }
      token = body.token;
    }
    const rows = (await server.sql(`
      select seq::text as seq, domain, record_id::text as id, op, before, client_id::text as client,
        mutation_id::text as mutation, extract(epoch from at)::float8 * 1000 as at, encode(chain, 'hex') as chain
      from history h where school_id = '${school}' order by h.seq`)) as unknown as Line[];
    const results = (await server.sql(`
      select client_id::text as client, mutation_id::text as id, result->'result'->>'status' as status
      from client_mutations where school_id = '${school}'`)) as unknown as Result[];
    const answeredNow = new Map(results.map(({ client, id, status }) => [`${client}/${id}`, status]));
    for (const key of statuses.keys()) if (!answeredNow.has(key)) statuses.delete(key);
    for (const [key, status] of answeredNow) if (status !== null) statuses.set(key, status);
    const versions = new Map<string, number>();
    const lines = rows.map((row, i): HistoryLine => {
      const key = `${row.domain}/${row.id}`;
      const version = (versions.get(key) ?? 0) + 1;
      versions.set(key, version);
      const known = archive.get(Number(row.seq));
      if (known && known.chain === row.chain) return known;
      const later = rows.slice(i + 1).find((other) => other.domain === row.domain && other.id === row.id);
      const after = row.op === "delete" ? null : later ? later.before : (records.get(key)?.record ?? null);
      const place = `${row.client}/${row.mutation}`;
      const { claimed = -1, real = -1, ...mutation } = sent.get(place) ?? lostMutation(place);
      return {
        seq: Number(row.seq),
        chain: row.chain,
        domain: row.domain,
        id: row.id,
        op: row.op,
        before: row.before,
        after,
        version,
        at: row.at,
        mutation,
        status: statuses.get(place) ?? "unknown",
        epochs: [claimed, real],
      };
    });
    return { lines, records };
  };

  const lostMutation = (place: string): never => {
    throw new Error(`The history names a mutation that was never sent: ${place}`);
  };

  const backend: Backend = {
    handle: (user) => async (method, path, body) => {
      if (dying === "before") {
        dying = null;
        throw new ServerDied();
      }
      if (path === "/api/sync/patch") note(body as { clientId: string; epoch: number; mutations: Mutation[] });
      const answer = await call(user, method, path, body);
      if (answer.status === 200 && typeof answer.body.seq === "number") {
        if (answer.body.seq > seq) onCommit(answer.body.seq);
        seq = answer.body.seq;
      }
      if (dying === "after") {
        dying = null;
        throw new ServerDied();
      }
      return answer;
    },
    async setStage(to, domain) {
      const { body } = await call("root", "GET", "/api/migration/stage");
      const put = { stage: to, epoch: body.epoch, ...(domain === null ? {} : { domain }) };
      const { status, body: answer } = await call("root", "PUT", "/api/migration/stage", put);
      if (status !== 200) throw new Error(`The stage could not be changed: ${JSON.stringify(answer)}`);
    },
    stage: async () => stageAnswer.parse((await call("root", "GET", "/api/migration/stage")).body),
    async backup() {
      kept ??= await tablesIn(server, school);
      await kept.keep();
    },
    async restore() {
      if (!kept) return false;
      await kept.putBack();
      seq = Number((await call("root", "GET", "/api/migration/stage")).body.seq);
      return true;
    },
    async purge() {
      for (const line of (await read()).lines) archive.set(line.seq, line);
      setNow(time.now());
      await server.server.purge();
    },
    dieAt: (place) => {
      dying = place && (place === "committed" ? "after" : "before");
    },
    async cursor() {
      const { body } = await call("checker", "POST", "/api/sync/full", { limit: 1 });
      return String(body.cursor);
    },
    async state(): Promise<ServerState> {
      const { lines, records } = await read();
      const losses = (await server.sql(`
        select domain, record_id::text as "recordId", kind, loser from conflicts where school_id = '${school}'`)) as unknown as ServerState["losses"];
      const answered = [...statuses].flatMap(([place, status]) => {
        const mutation = sent.get(place);
        return mutation ? [{ mutation, status }] : [];
      });
      return { cursor: await backend.cursor(), records, lines, losses, answered };
    },
    close: async () => {},
  };

  const note = ({
    clientId,
    epoch: claimed,
    mutations,
  }: {
    clientId: string;
    epoch: number;
    mutations: Mutation[];
  }): void => {
    for (const mutation of mutations) {
      const client = mutation.client ?? clientId;
      // One that comes again under an old epoch was applied before.
      sent.set(`${client}/${mutation.id}`, { ...mutation, client, claimed, real: claimed });
    }
  };
  if (stage !== "off") await backend.setStage(stage, null);
  return backend;
}
