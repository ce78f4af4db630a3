/** Peers of a first sync. They are no dependencies: HDA_BENCH_PEERS names a folder in which they were installed. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Stage } from "./stage.ts";

export interface Peer {
  readonly name: string;
  /** What was measured, in a few words. */
  readonly how: string;
  /** How many times slower it should at least be. */
  goal(records: number): number;
  /** Milliseconds until so many marks are acknowledged; `null` when the peer is not installed. */
  push(stage: Stage, records: number): Promise<number | null>;
}

const small = 20_000;

/** The peer's server in a thread of its own. @returns its address */
async function serverOf(kind: "rxdb" | "pouchdb", place: { folder: string; database: string }) {
  const worker = new Worker(new URL("./peer-server.ts", import.meta.url), { workerData: { kind, ...place } });
  const url = await new Promise<string>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  return { url, stop: () => worker.terminate() };
}

/** A module of the folder; its shape is the peer's own. */
async function load<T>(folder: string, name: string): Promise<T> {
  return (await import(pathToFileURL(createRequire(join(folder, "peers.js")).resolve(name)).href)) as T;
}

const mark = (i: number) => ({
  id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
  studentId: `00000000-0000-4000-8000-${String(i % 500).padStart(12, "0")}`,
  classId: `00000000-0000-4000-8000-${String(i % 75).padStart(12, "0")}`,
  date: `2026-01-${String(1 + (i % 28)).padStart(2, "0")}`,
  status: "present",
  notes: "",
});

interface RxDb {
  createRxDatabase(options: object): Promise<{
    addCollections(collections: object): Promise<{ marks: { bulkInsert(docs: readonly object[]): Promise<unknown> } }>;
    close(): Promise<unknown>;
  }>;
}
interface RxReplication {
  replicateRxCollection(options: object): {
    awaitInitialReplication(): Promise<void>;
    error$: { subscribe(take: (error: unknown) => void): void };
    cancel(): Promise<unknown>;
  };
}
interface RxMemory {
  getRxStorageMemory(): object;
}

const rxdb: Peer = {
  name: "RxDB",
  how: "memory storage, push replication in batches of 1,000 to PostgreSQL, one jsonb row a record, no validation, no history",
  goal: (records) => (records < small ? 4 : 8),
  async push(stage, records) {
    const folder = process.env.HDA_BENCH_PEERS;
    if (!folder) return null;
    const [core, replication, memory] = await Promise.all([
      load<RxDb>(folder, "rxdb"),
      load<RxReplication>(folder, "rxdb/plugins/replication"),
      load<RxMemory>(folder, "rxdb/plugins/storage-memory"),
    ]);
    const { url, stop } = await serverOf("rxdb", { folder, database: await stage.peerDatabase() });
    const name = `bench-${records}`;
    const database = await core.createRxDatabase({ name, storage: memory.getRxStorageMemory(), multiInstance: false });
    const text = { type: "string", maxLength: 100 };
    const properties = Object.fromEntries(Object.keys(mark(0)).map((key) => [key, text]));
    const schema = { version: 0, type: "object", primaryKey: "id", properties, required: ["id"] };
    const { marks } = await database.addCollections({ marks: { schema } });
    for (let i = 0; i < records; i += 5_000)
      await marks.bulkInsert(Array.from({ length: Math.min(5_000, records - i) }, (_, j) => mark(i + j)));
    const began = performance.now();
    const handler = async (rows: readonly object[]): Promise<unknown> => {
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(rows) });
      if (!answer.ok) throw new Error(`RxDB's peer server answered ${answer.status}.`);
      return answer.json();
    };
    const state = replication.replicateRxCollection({
      collection: marks,
      replicationIdentifier: name,
      live: false,
      push: { batchSize: 1_000, handler },
    });
    let failed: unknown;
    state.error$.subscribe((error) => {
      failed = error;
    });
    await state.awaitInitialReplication();
    const took = performance.now() - began;
    if (failed) throw failed;
    await state.cancel();
    await database.close();
    await stop();
    return took;
  },
};

interface Pouch {
  readonly default: PouchStatic;
}
interface PouchStatic {
  new (name: string, options?: object): PouchDatabase;
  plugin(plugin: unknown): PouchStatic;
}
interface PouchDatabase {
  bulkDocs(docs: readonly object[]): Promise<unknown>;
  readonly replicate: { to(url: string, options: object): Promise<{ readonly docs_written: number }> };
}

// A plugin can be added once.
let core: Promise<PouchStatic> | undefined;

async function pouchOf(folder: string): Promise<PouchStatic> {
  const { default: Core } = await load<Pouch>(folder, "pouchdb-core");
  for (const plugin of ["pouchdb-adapter-memory", "pouchdb-adapter-http", "pouchdb-replication"])
    Core.plugin((await load<{ default: unknown }>(folder, plugin)).default);
  return Core;
}

const pouchdb: Peer = {
  name: "PouchDB",
  how: "memory adapter, replication in batches of 1,000 to express-pouchdb in memory, nothing durable",
  goal: (records) => (records < small ? 4 : 5),
  async push(stage, records) {
    const folder = process.env.HDA_BENCH_PEERS;
    if (!folder) return null;
    core ??= pouchOf(folder);
    const Core = await core;
    const { url, stop } = await serverOf("pouchdb", { folder, database: await stage.peerDatabase() });
    const local = new Core(`marks-${records}`, { adapter: "memory" });
    for (let i = 0; i < records; i += 5_000) {
      const docs = Array.from({ length: Math.min(5_000, records - i) }, (_, j) => mark(i + j));
      await local.bulkDocs(docs.map(({ id, ...rest }) => ({ _id: id, ...rest })));
    }
    const began = performance.now();
    const { docs_written } = await local.replicate.to(`${url}/marks`, { batch_size: 1_000 });
    const took = performance.now() - began;
    if (docs_written !== records) throw new Error(`PouchDB wrote ${docs_written} of ${records}.`);
    await stop();
    return took;
  },
};

export const peers: readonly Peer[] = [rxdb, pouchdb];
