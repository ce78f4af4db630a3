/** Opens the database, brings its schema up to date, and puts the app on top. */
import type { UpgradeWebSocket } from "hono/ws";
import { type Domain, domainSet } from "../domain/define-domain.ts";
import type { SchoolId } from "../domain/ids.ts";
import { schoolDomains } from "../school/domains.ts";
import { type App, type AppOptions, createApp } from "./create-app.ts";
import { announcing } from "./db/announcing.ts";
import { type Database, openPglite, openPostgres } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { provision } from "./db/provision.ts";
import { purge } from "./db/purge.ts";
import { requireForcedPolicies } from "./db/require-policies.ts";
import { tableOf } from "./db/table.ts";
import { createLogger } from "./logger.ts";
import { localPubSub, type PubSub } from "./pubsub.ts";
import type { Logger, Services } from "./services.ts";

/** Where the records are kept. */
export type DatabaseOptions =
  /** PGlite in a folder. */
  | { readonly folder: string }
  /** PGlite in memory, for tests and mocks. */
  | { readonly memory: true }
  /** PostgreSQL as a role that owns nothing; `ownerUrl` makes that role and the schema before. */
  | {
      readonly url: string;
      readonly ownerUrl?: string;
      readonly max?: number;
      /** For LISTEN, where `url` leads through a pooler in transaction mode. */
      readonly directUrl?: string;
    }
  /** Already open, its schema up to date; closing it stays with the caller. */
  | { readonly database: Database };

export interface ServerOptions extends AppOptions {
  readonly database: DatabaseOptions;
  /** The twelve domains of a school by default. */
  readonly domains?: readonly Domain[];
  readonly now?: () => Date;
  /** Milliseconds of a clock that only goes forward; `performance.now` by default. */
  readonly monotonic?: () => number;
  readonly log?: Logger;
  /** How processes tell each other of changes: by default LISTEN and NOTIFY for a `url`, else within this process. */
  readonly pubsub?: PubSub;
  /** How this runtime makes a request a WebSocket; by default as `listen` does. */
  readonly upgradeWebSocket?: UpgradeWebSocket;
}

export interface Server {
  readonly app: App;
  readonly services: Services;
  /** Answers a request in this process; `env` is what the runtime gives beside it. */
  fetch(request: Request, env?: object): Promise<Response>;
  /**
   * Takes the payload of what is old from the schools that were asked for since the start: the others have not changed,
   * and row security lets nobody list them. `listen` calls it once an hour.
   */
  purge(signal?: AbortSignal): Promise<void>;
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
    const log = options.log ?? (await createLogger());
    const pubsub = options.pubsub ?? (await ownPubSub(options.database, log));
    const services: Services = {
      db: announcing(db, pubsub.publish),
      domains,
      now: options.now ?? (() => new Date()),
      monotonic: options.monotonic ?? (() => performance.now()),
      log,
    };
    const schools = new Set<SchoolId>();
    const noteSchool = (school: SchoolId) => schools.add(school);
    const app = createApp(services, options, { pubsub, upgradeWebSocket: options.upgradeWebSocket, noteSchool });
    return {
      app,
      services,
      fetch: async (request, env) => app.fetch(request, env),
      async purge(signal) {
        for (const school of schools) if (!signal?.aborted) await purge(services.db, school, services.now(), signal);
      },
      close: async () => {
        if (!options.pubsub) await pubsub.close();
        if (!("database" in options.database)) await db.close();
      },
    };
  } catch (error) {
    if (!("database" in options.database)) await db.close();
    throw error;
  }
}

async function ownPubSub(database: DatabaseOptions, log: Logger): Promise<PubSub> {
  if (!("url" in database)) return localPubSub();
  const { postgresPubSub } = await import("./pubsub-postgres.ts");
  return postgresPubSub(database.directUrl ?? database.url, log);
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
