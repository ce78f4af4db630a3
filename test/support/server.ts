/** The real server in this process, on a PGlite that starts from a dump made once for each state of the schema. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { openPglite } from "../../src/server/db/database.ts";
import { migrate } from "../../src/server/db/migrate.ts";
import { migrations } from "../../src/server/db/migrations/all.ts";
import { serverOn, type TestServer, type TestServerOptions } from "./server-on.ts";

export {
  type Answer,
  type CallOptions,
  secret,
  serverOn,
  type TestServer,
  type TestServerOptions,
  type TokenFor,
  testSchool,
} from "./server-on.ts";

export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const client = await emptyDatabase();
  const db = await openPglite({ client });
  const test = await serverOn(db, options);
  return {
    ...test,
    sql: async (text) => (await client.exec(text)).at(-1)?.rows ?? [],
    close: async () => {
      await test.server.close();
      await db.close();
    },
  };
}

const cache = join(import.meta.dirname, "../../node_modules/.cache/hda-pglite");

/** A PGlite with the schema in it and no rows. */
export async function emptyDatabase(): Promise<PGlite> {
  const dump = readFileSync(await schemaDump());
  return PGlite.create({ loadDataDir: new Blob([dump], { type: "application/gzip" }) });
}

/** The file with the dump of such a PGlite, made once for each state of the schema. */
export async function schemaDump(): Promise<string> {
  const version = readFileSync(join(import.meta.dirname, "../../node_modules/@electric-sql/pglite/package.json"));
  const key = createHash("sha256").update(JSON.stringify(migrations)).update(version).digest("hex").slice(0, 16);
  const file = join(cache, `${key}.bin`);
  if (existsSync(file)) return file;
  const client = await PGlite.create();
  await migrate(await openPglite({ client }));
  const dump = await client.dumpDataDir("gzip");
  await client.close();
  mkdirSync(cache, { recursive: true });
  // Renamed when whole: another worker may be looking for it.
  writeFileSync(`${file}.${process.pid}`, Buffer.from(await dump.arrayBuffer()));
  renameSync(`${file}.${process.pid}`, file);
  return file;
}
