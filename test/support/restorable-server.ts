/** A real server whose database can be copied, and put back to the copy later (F29). */
import { PGlite } from "@electric-sql/pglite";
import { openPglite } from "../../src/server/db/database.ts";
import { emptyDatabase, serverOn, type TestServer, type TestServerOptions } from "./server.ts";

export interface RestorableServer extends TestServer {
  backUp(): Promise<Blob>;
  restore(backup: Blob): Promise<void>;
}

export async function restorableServer(options: TestServerOptions = {}): Promise<RestorableServer> {
  let client = await emptyDatabase();
  let current = await serverOn(await openPglite({ client }), options);
  const stop = async (): Promise<void> => {
    await current.server.close();
    await current.db.close();
  };
  return {
    get server() {
      return current.server;
    },
    get db() {
      return current.db;
    },
    fetch: (request) => current.fetch(request),
    call: (...args) => current.call(...args),
    token: (who) => current.token(who),
    sql: async (text) => (await client.exec(text)).at(-1)?.rows ?? [],
    backUp: () => client.dumpDataDir("none"),
    async restore(backup) {
      await stop();
      client = await PGlite.create({ loadDataDir: backup });
      current = await serverOn(await openPglite({ client }), options);
    },
    close: stop,
  };
}
