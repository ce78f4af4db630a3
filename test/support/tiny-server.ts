/** The least that a server must do for a store to be tested against it: every mutation once, in order, and changes by `seq`. */
import type { ChangeDown, MutationResult } from "../../src/domain/sync-wire.ts";
import type { LoggedMutation, RecordStore, ReplyStep } from "../../src/local/record-store.ts";
import { cursorAt, position } from "./store.ts";

interface Row {
  readonly record: Record<string, unknown> | null;
  readonly version: number;
  readonly seq: number;
}

type Result = MutationResult & { readonly client: string };

export interface TinyServer {
  stage: ReplyStep["position"]["stage"];
  /** How far each client is. */
  readonly last: Map<string, number>;
  /** @throws when an id comes with another body, or one is missing before it */
  push(mutations: readonly LoggedMutation[]): Result[];
  pull(cursor: string | null, limit?: number): { changes: ChangeDown[]; seq: number };
  seq(): number;
  rows(domain: string): Record<string, unknown>[];
  /** Every mutation that had an effect, by client and id, in the order in which they came. */
  readonly effects: string[];
  /** What it is now, to go back to. */
  backup(): () => void;
}

/** A title that it refuses. */
export const poison = "poison";

export function tinyServer(): TinyServer {
  let rows = new Map<string, Row>();
  let results = new Map<string, { body: string; result: Result }>();
  let seq = 0;
  const last = new Map<string, number>();
  const effects: string[] = [];

  function apply(mutation: LoggedMutation): Result {
    const { client, id, kind, domain, recordId, fields, base } = mutation;
    const key = `${domain}/${recordId}`;
    const row = rows.get(key);
    const before = base && "mutation" in base ? results.get(`${base.client ?? client}/${base.mutation}`) : undefined;
    const reject = (code: string): Result => ({ client, id, status: "rejected", code });
    if (fields.title === poison || fields.name === poison) return reject("RECORD_INVALID");
    if (base && "mutation" in base && !before) return reject("BAD_REQUEST");
    if (before?.result.status === "rejected") return reject(before.result.code ?? "");
    if (kind === "create" && row?.record)
      return { client, id, status: "conflict", stands: "server", version: row.version };
    if (kind !== "create" && !row?.record) return reject("NOT_FOUND");
    seq += 1;
    const version = (row?.version ?? 0) + 1;
    const record = kind === "delete" ? null : { ...row?.record, ...fields, id: recordId };
    rows.set(key, { record, version, seq });
    effects.push(`${client}/${id}`);
    return { client, id, status: "applied", ...(record ? { version } : {}) };
  }

  return {
    stage: "dualwrite",
    last,
    effects,
    seq: () => seq,
    push(mutations) {
      return mutations.map((mutation) => {
        const { client, id, ...rest } = mutation;
        const name = `${client}/${id}`;
        const body = JSON.stringify(rest);
        const known = results.get(name);
        if (known && known.body !== body) throw new Error(`forked: ${name}\n${known.body}\n${body}`);
        if (known) {
          const { status, ...result } = known.result;
          return { ...result, status: "duplicate", ...(status === "duplicate" ? {} : { earlier: status }) };
        }
        if (id !== (last.get(client) ?? 0) + 1) throw new Error(`gap: ${name} after ${last.get(client) ?? 0}`);
        last.set(client, id);
        const result = apply(mutation);
        results.set(name, { body, result });
        return result;
      });
    },
    pull(cursor, limit = Number.POSITIVE_INFINITY) {
      const from = Number.parseInt(cursor ?? "0", 10) || 0;
      const newer = [...rows].filter(([, row]) => row.seq > from).sort(([, a], [, b]) => a.seq - b.seq);
      const page = newer.slice(0, limit);
      const changes = page.map(([key, { record, version }]): ChangeDown => {
        const [domain = "", id = ""] = key.split("/");
        return { domain, id, record, version: record && version };
      });
      return { changes, seq: page.length < newer.length ? (page.at(-1)?.[1].seq ?? seq) : seq };
    },
    rows: (domain) =>
      [...rows].flatMap(([key, { record }]) => (record && key.startsWith(`${domain}/`) ? [record] : [])),
    backup() {
      const saved = { rows: new Map(rows), results: new Map(results), seq, last: new Map(last), effects: [...effects] };
      return () => {
        rows = new Map(saved.rows);
        results = new Map(saved.results);
        seq = saved.seq;
        last.clear();
        for (const [client, id] of saved.last) last.set(client, id);
        effects.splice(0, effects.length, ...saved.effects);
      };
    },
  };
}

/** One round trip: what waits goes up, what is new comes down, in one step. */
export async function exchange(
  store: RecordStore,
  server: TinyServer,
  { maxMutations = 1e9, limit = 1e9 }: { maxMutations?: number; limit?: number } = {},
): Promise<void> {
  const results = server.push(store.sync.batch({ maxBytes: 1e9, maxMutations })?.mutations ?? []);
  const { changes, seq } = server.pull(store.position.cursor, limit);
  await store.sync.applyReply({
    results,
    changes,
    cursor: cursorAt(seq),
    seq: server.seq(),
    position: position(server.stage),
  });
}

/** Exchanges until nothing waits and nothing is new. */
export async function exchangeAll(store: RecordStore, server: TinyServer): Promise<void> {
  for (let i = 0; i < 50; i++) {
    await exchange(store, server);
    if (store.outbox().mutations === 0 && store.position.cursor === cursorAt(server.seq())) return;
  }
  throw new Error("It does not come to rest.");
}
