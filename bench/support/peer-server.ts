/** What a peer replicates to, in a thread of its own: for RxDB a bare server over PostgreSQL, for PouchDB its own server. */
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import postgres from "postgres";

const { kind, folder, database } = workerData as { kind: "rxdb" | "pouchdb"; folder: string; database: string };
const installed = createRequire(join(folder, "peers.js"));

/** Takes a batch of a push: what is there already and differs is a conflict, the rest is inserted. */
async function rxdb(): Promise<RequestListener> {
  const sql = postgres(database, { max: 4, onnotice: () => {} });
  await sql`create table marks (id uuid primary key, doc jsonb not null, at timestamptz not null default now())`;
  return async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    await sql`insert into marks (id, doc) select (r.doc ->> 'id')::uuid, r.doc
      from (select e -> 'newDocumentState' as doc from jsonb_array_elements(${text}::text::jsonb) e) r on conflict do nothing`;
    response.setHeader("content-type", "application/json").end("[]");
  };
}

interface Pouch {
  plugin(plugin: unknown): Pouch;
  defaults(options: object): Pouch;
}

function pouchdb(): RequestListener {
  const Core = installed("pouchdb-core") as Pouch;
  for (const plugin of ["pouchdb-adapter-memory", "pouchdb-mapreduce", "pouchdb-replication"])
    Core.plugin(installed(plugin));
  const handle = installed("express-pouchdb") as (pouch: Pouch, options: object) => RequestListener;
  const express = installed("express") as () => RequestListener & { use(handler: RequestListener): void };
  const app = express();
  app.use(handle(Core.defaults({ adapter: "memory" }), { mode: "minimumForPouchDB", inMemoryConfig: true }));
  return app;
}

const server = createServer(kind === "rxdb" ? await rxdb() : pouchdb());
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  parentPort?.postMessage(`http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`);
});
