/** The server as the migration sees it: one typed function for each route under `/api/migration` and `/api/sync/digest`. */
import * as z from "zod/mini";
import * as wire from "../domain/migration-wire.ts";
import { type AliasList, aliasList } from "../domain/people-wire.ts";
import { httpClient, type Traffic } from "./http-client.ts";
import type { Proof, RemoteOptions } from "./options.ts";

const acknowledged = z.looseObject({});

/** Which rows a digest is asked for. */
export interface DigestQuery {
  readonly domains?: readonly string[];
  /** Hexadecimal digits with which an id begins, without hyphens. */
  readonly prefixes?: readonly string[];
  /** By how many digits each prefix is extended; 0 = one bucket for each prefix. */
  readonly width: number;
  /** Only rows that parts of this import stand for. */
  readonly importId?: string;
}

export type PartsPage = { readonly outcome?: string; readonly after?: string; readonly limit?: number };

/** @see httpClient for what each call may throw */
export interface Remote {
  open(body: wire.OpenImport): Promise<wire.ImportInfo>;
  imports(): Promise<readonly wire.ImportInfo[]>;
  info(importId: string): Promise<wire.ImportInfo>;
  manifest(importId: string): Promise<wire.ArchiveManifest>;
  archive(importId: string, chunk: wire.ArchiveChunk): Promise<void>;
  chunk(importId: string, value: number, chunk: number): Promise<string>;
  entries(importId: string, entries: readonly wire.LedgerEntryWire[]): Promise<void>;
  /** @param parts each in JSON, because they are many and were written once already */
  backfill(importId: string, epoch: number, parts: readonly string[]): Promise<wire.BackfillAnswer>;
  seal(importId: string, totals: { entries: number; parts: number }): Promise<void>;
  ledger(importId: string): Promise<wire.LedgerSummary>;
  parts(importId: string, page: PartsPage): Promise<wire.LedgerParts>;
  digest(query: DigestQuery): Promise<wire.DigestAnswer>;
  digestRecords(domain: string, prefixes: readonly string[]): Promise<wire.DigestRecords>;
  explain(domain: string, ids: readonly string[]): Promise<wire.Explanation>;
  repair(
    domain: string,
    change: { put: readonly unknown[]; remove: readonly string[] },
  ): Promise<{ put: number; removed: number }>;
  rollback(importId: string, dryRun: boolean): Promise<wire.RollbackAnswer>;
  storeProof(importId: string, proof: Proof): Promise<void>;
  /** Of these ids those that the school held when this import asked first; the answer stays the same. */
  askKnown(importId: string, domain: string, ids: readonly string[]): Promise<readonly string[]>;
  /** Everything that `askKnown` said of this import, by domain. */
  known(importId: string): Promise<Readonly<Record<string, readonly string[]>>>;
  aliases(): Promise<AliasList["aliases"]>;
  traffic(): Traffic;
}

export function remote(options: RemoteOptions): Remote {
  const client = httpClient(options);
  const base = "/api/migration";
  const of = (importId: string): string => `${base}/imports/${importId}`;
  const get = <T>(path: string, answer: z.ZodMiniType<T>): Promise<T> => client.send({ method: "GET", path, answer });
  const post = <T>(path: string, body: unknown, answer: z.ZodMiniType<T>): Promise<T> =>
    client.send({ method: "POST", path, body, answer });

  return {
    open: (body) => post(`${base}/imports`, body, wire.importInfo),
    imports: async () => (await get(`${base}/imports`, z.object({ imports: z.array(wire.importInfo) }))).imports,
    info: (id) => get(of(id), wire.importInfo),
    manifest: (id) => get(`${of(id)}/archive`, wire.archiveManifest),
    archive: async (id, chunk) => void (await post(`${of(id)}/archive`, chunk, acknowledged)),
    chunk: async (id, value, chunk) =>
      (await get(`${of(id)}/archive/${value}/${chunk}`, z.object({ data: z.string() }))).data,
    entries: async (id, entries) => void (await post(`${of(id)}/entries`, { entries }, acknowledged)),
    backfill: (id, epoch, parts) =>
      client.send({
        method: "POST",
        path: `${of(id)}/backfill`,
        json: `{"epoch":${epoch},"parts":[${parts.join()}]}`,
        answer: wire.backfillAnswer,
      }),
    seal: async (id, totals) => void (await post(`${of(id)}/seal`, totals, acknowledged)),
    ledger: (id) => get(`${of(id)}/ledger`, wire.ledgerSummary),
    parts: (id, { outcome, after, limit }) =>
      get(`${of(id)}/ledger/parts${query({ outcome, after, limit })}`, wire.ledgerParts),
    digest: ({ domains, prefixes, width, importId }) =>
      get(
        `/api/sync/digest${query({ domain: domains?.join(), prefix: prefixes?.join(), width, import: importId })}`,
        wire.digestAnswer,
      ),
    digestRecords: (domain, prefixes) =>
      get(`/api/sync/digest/records${query({ domain, prefix: prefixes.join() || undefined })}`, wire.digestRecords),
    explain: (domain, ids) => post(`${base}/explain`, { domain, ids }, wire.explanation),
    repair: (domain, { put, remove }) => post(`${base}/repair`, { domain, put, remove }, wire.repairAnswer),
    rollback: (id, dryRun) => post(`${of(id)}/rollback`, { dryRun }, wire.rollbackAnswer),
    storeProof: async (id, proof) => void (await post(`${of(id)}/proof`, proof, acknowledged)),
    askKnown: async (id, domain, ids) =>
      (await post(`${of(id)}/known`, { domain, ids }, wire.knownAnswer)).known[domain] ?? [],
    known: async (id) => (await get(`${of(id)}/known`, wire.knownAnswer)).known,
    aliases: async () => (await get("/api/people/aliases", aliasList)).aliases,
    traffic: client.traffic,
  };
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString().replaceAll("%2C", ",");
  return text && `?${text}`;
}
