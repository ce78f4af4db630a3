/** Opens the database, brings its schema up to date, and puts the app on top. */
import { type Domain, domainSet } from "../domain/define-domain.ts";
import { schoolDomains } from "../school/domains.ts";
import { type App, type AppOptions, createApp } from "./create-app.ts";
import { type Database, openPglite, openPostgres } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { provision } from "./db/provision.ts";
import { requireForcedPolicies } from "./db/require-policies.ts";
import { tableOf } from "./db/table.ts";
import { createLogger } from "./logger.ts";
import type { Logger, Services } from "./services.ts";

/** Where the records are kept. */
export type DatabaseOptions =
  /** PGlite in a folder. */
  | { readonly folder: string }
  /** PGlite in memory, for tests and mocks. */
  | { readonly memory: true }
  /** PostgreSQL as a role that owns nothing; `ownerUrl` makes that role and the schema before. */
  | { readonly url: string; readonly ownerUrl?: string; readonly max?: number }
  /** Already open, its schema up to date; closing it stays with the caller. */
  | { readonly database: Database };

export interface ServerOptions extends AppOptions {
  readonly database: DatabaseOptions;
  /** The twelve domains of a school by default. */
  readonly domains?: readonly Domain[];
  readonly now?: () => Date;
  readonly log?: Logger;
}

export interface Server {
  readonly app: App;
  readonly services: Services;
  /** Answers a request in this process. */
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * @throws STORE_BUSY, ROLE_UNSAFE, SCHEMA_NEWER, CONFIG_INVALID
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const domains = domainSet(options.domains ?? schoolDomains);
  for (const domain of domains.all) tableOf(domain); // refuses here what it would refuse at the first request
  const db = await openDatabase(options.database);
  try {
    await requireForcedPolicies(db);
    const services: Services = {
      db,
      domains,
      now: options.now ?? (() => new Date()),
      log: options.log ?? (await createLogger()),
    };
    const app = createApp(services, options);
    return {
      app,
      services,
      fetch: async (request) => app.fetch(request),
      close: async () => {
        if (!("database" in options.database)) await db.close();
      },
    };
  } catch (error) {
    if (!("database" in options.database)) await db.close();
    throw error;
  }
}

async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if ("database" in options) return options.database;
  if ("url" in options) {
    if (options.ownerUrl !== undefined) await provision(options.ownerUrl, options.url);
    return openPostgres(options.url, { max: options.max });
  }
  const db = await openPglite("folder" in options ? { folder: options.folder } : {});
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
