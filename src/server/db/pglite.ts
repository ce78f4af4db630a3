/** The embedded database: PGlite, in memory or on a folder that one process at a time may hold. */
import type { PGlite, Transaction } from "@electric-sql/pglite";
import { type SQL, sql } from "drizzle-orm";
import type { Database, OwnerTx } from "./database.ts";
import { queryText, readType, typeNumbers } from "./query-text.ts";
import { retryTransaction } from "./retry-transaction.ts";
import { appRole } from "./tenant-table.ts";

export interface PgliteOptions {
  /** Where to keep the data; without it (and without `client`) everything is in memory. */
  readonly folder?: string;
  readonly client?: PGlite;
}

const asText = (value: string): string => value;
const oids = Object.values(typeNumbers);
const options = {
  parsers: Object.fromEntries(oids.map((oid) => [oid, (text: string) => readType(oid, text)])),
  serializers: Object.fromEntries(oids.map((oid) => [oid, asText])),
};

/** @throws STORE_BUSY when another process has the folder open */
export async function openPglite({ folder, client }: PgliteOptions = {}): Promise<Database> {
  // Loaded when it is needed: in a page (mocks, demos) there are no folders.
  const kept = folder === undefined ? null : await (await import("./pglite-folder.ts")).openFolder(folder);
  const pglite = client ?? (await boot(kept?.dataDir, kept?.release));
  const transact = <T>(run: (tx: OwnerTx) => Promise<T>): Promise<T> =>
    retryTransaction(() => pglite.transaction((transaction) => run(txOf(transaction))) as Promise<T>);
  return {
    kind: "pglite",
    owner: transact,
    // PGlite connects as superuser, whom no policy binds: every other transaction takes the plain role first.
    transaction: (run) =>
      transact(async (tx) => {
        await tx.rows(sql`select set_config('role', ${appRole}, true)`);
        return run(tx);
      }),
    async close() {
      await pglite.close();
      await kept?.release();
    },
  };
}

async function boot(dataDir?: string, release?: () => Promise<void>): Promise<PGlite> {
  try {
    const { PGlite } = await import("@electric-sql/pglite");
    return await PGlite.create(dataDir);
  } catch (error) {
    await release?.();
    throw error;
  }
}

function txOf(transaction: Transaction): OwnerTx {
  const tx: OwnerTx = {
    async rows<T>(query: SQL): Promise<T[]> {
      const { text, params } = queryText(query);
      return (await transaction.query<T>(text, params, options)).rows;
    },
    // Savepoints of one name shadow each other, so that nesting needs no counter.
    async savepoint(run) {
      await transaction.query("savepoint part");
      try {
        const result = await run(tx);
        await transaction.query("release savepoint part");
        return result;
      } catch (error) {
        await transaction.query("rollback to savepoint part");
        await transaction.query("release savepoint part");
        throw error;
      }
    },
    async script(text) {
      await transaction.exec(text);
    },
  };
  return tx;
}
