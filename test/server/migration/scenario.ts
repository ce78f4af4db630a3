/** An import over HTTP in a few words: open it, send parts, look at what became of them. */
import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { AnyRecord, Domain } from "../../../src/domain/define-domain.ts";
import { type RecordId, uuidV5 } from "../../../src/domain/ids.ts";
import type { BackfillAnswer, LedgerSummary } from "../../../src/domain/migration-wire.ts";
import { emptyRecord } from "../../../src/domain/record.ts";
import { students } from "../../../src/school/students.ts";
import type { CallOptions, TestServer } from "../../support/server.ts";

const namespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";

/** An id that is the same for the same name. */
export const idOf = (name: string): RecordId => uuidV5(namespace, name) as RecordId;

export const recordOf = (domain: Domain, name: string, fields: Record<string, unknown> = {}): AnyRecord =>
  ({ ...emptyRecord(domain, idOf(`${domain.name}:${name}`), name), ...fields }) as unknown as AnyRecord;

export const student = (name: string, fields: Record<string, unknown> = {}): AnyRecord =>
  recordOf(students, name, { name, ...fields });

export interface SentPart {
  readonly entry: number;
  readonly part: number;
  readonly domain: string;
  readonly path: string;
  readonly [other: string]: unknown;
}

/** One part of an entry of its own for each record. */
export const partsOf = (domain: string, records: readonly AnyRecord[], firstEntry = 1): SentPart[] =>
  records.map((record, index) => ({ entry: firstEntry + index, part: 1, domain, path: "", record }));

export interface Importing {
  readonly importId: string;
  readonly state: string;
  readonly attempt: number;
  readonly path: string;
  send(parts: readonly SentPart[]): Promise<BackfillAnswer>;
  /** Declares the entries that parts belong to. */
  declare(parts: readonly SentPart[]): Promise<void>;
  seal(parts: readonly SentPart[]): Promise<void>;
  ledger(): Promise<LedgerSummary>;
  /** Declares, sends and seals. */
  run(parts: readonly SentPart[]): Promise<BackfillAnswer>;
}

export async function importing(server: TestServer, source = "a source", who: CallOptions = {}): Promise<Importing> {
  const post = async (path: string, body: unknown) => {
    const answer = await server.call("POST", path, { ...who, body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    return answer.body;
  };
  const opened = await post("/api/migration/imports", {
    fingerprint: createHash("sha256").update(source).digest("hex"),
    container: "dump",
    source,
    namespace: "shared",
  });
  const path = `/api/migration/imports/${String(opened.importId)}`;
  const countOf = (parts: readonly SentPart[]): Map<number, number> => {
    const counts = new Map<number, number>();
    for (const { entry } of parts) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    return counts;
  };
  const scenario: Importing = {
    importId: String(opened.importId),
    state: String(opened.state),
    attempt: Number(opened.attempt),
    path,
    send: async (parts) => (await post(`${path}/backfill`, { epoch: 0, parts })) as unknown as BackfillAnswer,
    async declare(parts) {
      const entries = [...countOf(parts)].map(([no, count]) => ({
        no,
        key: "students",
        position: String(no),
        kind: "student",
        legacyId: String(no),
        start: no,
        end: no + 1,
        sha256: "0".repeat(64),
        parts: count,
      }));
      await post(`${path}/entries`, { entries });
    },
    seal: async (parts) => void (await post(`${path}/seal`, { entries: countOf(parts).size, parts: parts.length })),
    ledger: async () => (await server.call("GET", `${path}/ledger`, who)).body as unknown as LedgerSummary,
    async run(parts) {
      await scenario.declare(parts);
      const answer = await scenario.send(parts);
      await scenario.seal(parts);
      return answer;
    },
  };
  return scenario;
}

/** Takes every row away, so that one server serves a file's tests. */
export const emptied = (server: TestServer): Promise<unknown> =>
  server.sql(`do $$ declare names text; begin
    select string_agg(format('%I', tablename), ', ') into names from pg_tables
      where schemaname = 'public' and tablename <> 'schema_migrations';
    execute 'truncate ' || names;
  end $$`);
