/** A school for a test or a demo: the real server on a database in memory, the handlers in front of it, and its faults. */
import type { PGlite } from "@electric-sql/pglite";
import type { RequestHandler, WebSocketHandler } from "msw";
import type { AnyRecord, Domain, Role } from "../src/domain/define-domain.ts";
import { AdapterError } from "../src/domain/errors.ts";
import type { Stage } from "../src/domain/stages.ts";
import type { Server } from "../src/server/create-server.ts";
import { withPeers } from "../src/server/with-peers.ts";
import { appHandlers } from "./app-handlers.ts";
import { createFaults, type Faults } from "./faults.ts";
import { type SeedRecords, seedRecords } from "./seed-records.ts";

export interface MockSchoolOptions {
  /** The twelve domains of a school without it. */
  readonly domains?: readonly Domain[];
  /** What is on the server at the start, and again after `resetMocks`. */
  readonly records?: SeedRecords;
  /** `off` without it. */
  readonly stage?: Stage;
  /** A PGlite with the server's schema in it, which starts in a second where an empty one takes up to ten. */
  readonly client?: PGlite;
}

/** For whom a token is made; an administrator without it. */
export interface MockUser {
  readonly role?: Role;
  readonly user?: string;
  readonly studentId?: string;
  /** Another school on the same server, empty and in `off` until somebody writes; that of the mock without it. */
  readonly school?: string;
}

export interface MockSchool {
  /** For `setupServer(...)` of `msw/node` or `setupWorker(...)` of `msw/browser`. */
  readonly handlers: readonly (RequestHandler | WebSocketHandler)[];
  readonly faults: Faults;
  readonly server: Server;
  /** A fresh administrator's token, as the package's `token` options ask for it. */
  readonly token: () => Promise<string>;
  tokenOf(user: MockUser): Promise<string>;
  /** What the server has of a domain, by id; up to 1,000. */
  records(domain: string): Promise<AnyRecord[]>;
  /** As at the start: faults off, every table emptied, the seed records back. */
  resetMocks(): Promise<void>;
  close(): Promise<void>;
}

const secret = "the secret of a mock, known to everybody";
const ownSchool = "mock";

/**
 * A consumer's own test needs five lines:
 * @example
 * ```ts
 * const school = await mockSchool({ records: { students: [{ name: "Ada" }] } });
 * const network = setupServer(...school.handlers);
 * beforeAll(() => network.listen());
 * afterEach(() => school.resetMocks());
 * afterAll(() => network.close());
 * ```
 * and then, in a test, `createSchoolApi({ baseUrl: "http://localhost", token: school.token })`, a fault such as
 * `school.faults.respond(409, { route: "PATCH /api/students/:id", times: 1 })`, and `await school.records("students")`.
 * @throws PEER_MISSING; CONFIG_INVALID; the server's refusal of a seed record
 */
export function mockSchool(options: MockSchoolOptions = {}): Promise<MockSchool> {
  return withPeers(async () => {
    const [server, closeDatabase] = await openServer(options);
    try {
      return await schoolOn(server, closeDatabase, options);
    } catch (error) {
      await server.close();
      await closeDatabase();
      throw error;
    }
  });
}

async function openServer({ client, domains }: MockSchoolOptions): Promise<[Server, () => Promise<void>]> {
  const { createServer } = await import("../src/server/create-server.ts");
  const { openPglite } = await import("../src/server/db/pglite.ts");
  const { silentLogger } = await import("../src/server/logger.ts");
  const { mockUpgradeWebSocket } = await import("./live-handler.ts");
  const database = client && (await openPglite({ client }));
  const server = await createServer({
    database: database ? { database } : { memory: true },
    domains,
    auth: { secret },
    // A demo clicks faster than a person, and a test faster than a demo.
    rateLimit: { perSecond: 100_000, burst: 100_000 },
    log: silentLogger,
    upgradeWebSocket: mockUpgradeWebSocket,
  });
  return [server, async () => database?.close()];
}

async function schoolOn(
  server: Server,
  closeDatabase: () => Promise<void>,
  { records = {}, stage = "off" }: MockSchoolOptions,
): Promise<MockSchool> {
  const { makeToken } = await import("../src/server/token.ts");
  const { truncateTables } = await import("./truncate-tables.ts");
  const layer = createFaults();
  const tokenOf = ({ role = "admin", user = "mock", studentId, school = ownSchool }: MockUser): Promise<string> =>
    makeToken({ secret, school, role, user, studentId });

  /** Past the faults, which are for the one who is tested. */
  async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const headers = { authorization: `Bearer ${await tokenOf({})}`, "content-type": "application/json" };
    const init: RequestInit = { method, headers };
    if (body) init.body = JSON.stringify(body);
    const response = await server.fetch(new Request(`http://mock${path}`, init));
    const answer = await response.json();
    if (response.ok) return answer;
    throw new AdapterError(answer.code, answer.detail, { place: answer.place, fix: answer.fix, facts: answer.facts });
  }

  async function start(): Promise<void> {
    await seedRecords(server.services.domains, records, (body) => call("POST", "/api/sync/patch", body));
    if (stage !== "off") await call("PUT", "/api/migration/stage", { stage, epoch: 0 });
  }
  await start();

  return {
    handlers: appHandlers(server, layer),
    faults: layer.faults,
    server,
    token: () => tokenOf({}),
    tokenOf,
    async records(domain) {
      const { items } = await call("GET", `/api/${domain}?limit=1000`);
      return (items as { readonly record: AnyRecord }[]).map(({ record }) => record);
    },
    async resetMocks() {
      layer.faults.clear();
      await truncateTables(server.services.db);
      await start();
    },
    async close() {
      await server.close();
      await closeDatabase();
    },
  };
}
