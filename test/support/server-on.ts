/** What a test server is on any database: needs nothing of Node, so that it also runs in a page. */
import type { Domain, Role } from "../../src/domain/define-domain.ts";
import { schoolIdOf } from "../../src/domain/ids.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server/create-server.ts";
import type { Database } from "../../src/server/db/database.ts";
import { silentLogger } from "../../src/server/logger.ts";
import { makeToken } from "../../src/server/token.ts";

export const secret = "a secret for tests, of at least 32 bytes";

export interface TestServerOptions
  extends Partial<
    Pick<
      ServerOptions,
      | "now"
      | "log"
      | "origins"
      | "maxBody"
      | "rateLimit"
      | "minimumClient"
      | "monotonic"
      | "pubsub"
      | "upgradeWebSocket"
    >
  > {
  readonly domains?: readonly Domain[];
}
export interface TokenFor {
  readonly school?: string;
  readonly role?: Role;
  readonly user?: string;
  readonly studentId?: string;
}

/** The school that a token names when nothing else is said. */
export const testSchool = schoolIdOf("test");

export interface TestServer {
  readonly server: Server;
  readonly db: Database;
  fetch(request: Request): Promise<Response>;
  /** `call("GET", "/api/students")` with a token, JSON in and out. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  token(who?: TokenFor): Promise<string>;
  /** Behind the server's back: as the owner of the database, bound by no policy. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}
export interface CallOptions extends TokenFor {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function serverOn(db: Database, options: TestServerOptions): Promise<Omit<TestServer, "sql" | "close">> {
  const server = await createServer({ log: silentLogger, ...options, database: { database: db }, auth: { secret } });
  const token = ({ school = testSchool, role = "admin", user = "tester", studentId }: TokenFor = {}) =>
    makeToken({ secret, school, role, user, studentId, now: options.now?.() });
  return {
    server,
    db,
    fetch: server.fetch,
    token,
    async call(method, path, { body, headers, ...who } = {}) {
      const init: RequestInit = {
        method,
        headers: { authorization: `Bearer ${await token(who)}`, "content-type": "application/json", ...headers },
      };
      if (body !== undefined) init.body = JSON.stringify(body);
      const response = await server.fetch(new Request(`http://server${path}`, init));
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") ?? false;
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : { text } };
    },
  };
}
