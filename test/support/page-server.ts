/** The real server inside this page: on a PGlite of its own, behind the handlers of the mocks. */
import { PGlite } from "@electric-sql/pglite";
import { setupWorker } from "msw/browser";
import { appHandlers } from "../../mocks/app-handlers.ts";
import { mockUpgradeWebSocket } from "../../mocks/live-handler.ts";
import { openPglite } from "../../src/server/db/database.ts";
import { migrate } from "../../src/server/db/migrate.ts";
import { serverOn, type TestServer } from "./server-on.ts";

export async function pageServer(): Promise<TestServer> {
  const client = await PGlite.create();
  const db = await openPglite({ client });
  await migrate(db);
  const test = await serverOn(db, {
    rateLimit: { perSecond: 1e6, burst: 1e6 },
    upgradeWebSocket: mockUpgradeWebSocket,
  });
  const worker = setupWorker(...appHandlers(test.server));
  await worker.start({ onUnhandledFrame: "bypass", quiet: true });
  return {
    ...test,
    sql: async (text) => (await client.exec(text)).at(-1)?.rows ?? [],
    async close() {
      worker.stop();
      await test.server.close();
      await db.close();
    },
  };
}
