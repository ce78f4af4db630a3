/**
 * A pool of connections of which none outlives a failure. postgres.js 3.4.9 writes to a socket that has closed, which ends
 * the process (issues 1154, 1208 there), or waits for ever on a connection that closed while it was being written to.
 * So each connection is a client of its own, nothing is sent on one that has closed, and it is never used again.
 */
import type { ReservedSql, Sql } from "postgres";
import { sqlState } from "./retry-transaction.ts";

/** One connection, for as long as it lives. */
export interface Session {
  /** @throws an error with the code CONNECTION_CLOSED once the connection is gone */
  query(text: string, params?: readonly (string | null)[]): Promise<SessionRows>;
  /** Several statements. */
  script(text: string): Promise<void>;
}

export interface SessionRows extends ReadonlyArray<Record<string, unknown>> {
  /** What PostgreSQL says it did, such as `COMMIT`. */
  readonly command: string;
}

interface Connection {
  readonly client: Sql;
  readonly session: ReservedSql;
  readonly dead: () => boolean;
  readonly kill: () => void;
  /** How to end what waits for an answer when there will be none. */
  readonly pending: Set<(error: Error) => void>;
}

export interface Pool {
  /** Waits for a free connection. One on which `run` fails is kept only when it was rolled back. */
  use<T>(run: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

class ConnectionClosedError extends Error {
  readonly code = "CONNECTION_CLOSED";
}
const closedError = (): Error => new ConnectionClosedError("The connection to the database is closed.");

/** After these there is no connection: the server hangs up, or the failure is none of PostgreSQL's (ECONNRESET). */
const fatal = (error: unknown): boolean => !/^(?!57P0[1-5]|08)(?=.*\d)[0-9A-Z]{5}$/.test(sqlState(error) ?? "");

/** @param connect makes a client of one connection that says when that is closed */
export function createPool(connect: (onclose: () => void) => Sql, max: number): Pool {
  const idle: Connection[] = [];
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  let taken = 0;
  let closed = false;

  async function open(): Promise<Connection> {
    let gone = false;
    const pending = new Set<(error: Error) => void>();
    const kill = (): void => {
      gone = true;
      // The driver forgets a query that was sent between a reset and the close.
      setImmediate(() => {
        for (const reject of pending) reject(closedError());
      });
    };
    const client = connect(kill);
    try {
      // A first query opens the connection: reserve on one that is not open yet waits for ever without fetch_types.
      await client.unsafe("select 1");
      return { client, session: await client.reserve(), dead: () => gone, kill, pending };
    } catch (error) {
      discard(client);
      throw error;
    }
  }

  async function take(): Promise<Connection> {
    if (taken >= max) await new Promise<void>((resolve, reject) => waiting.push({ resolve, reject }));
    else taken += 1;
    try {
      for (let found = idle.pop(); found; found = idle.pop()) {
        if (!found.dead()) return found;
        discard(found.client);
      }
      if (closed) throw closedError();
      return await open();
    } catch (error) {
      next();
      throw error;
    }
  }

  /** Gives the place to who waits for one. */
  function next(): void {
    const first = waiting.shift();
    if (first) first.resolve();
    else taken -= 1;
  }

  return {
    async use(run) {
      const connection = await take();
      const send = async <R>(ask: (session: ReservedSql) => Promise<R>): Promise<R> => {
        if (connection.dead()) throw closedError();
        let give: (error: Error) => void = () => {};
        try {
          return await new Promise<R>((resolve, reject) => {
            give = reject;
            connection.pending.add(give);
            ask(connection.session).then(resolve, reject);
          });
        } catch (error) {
          if (fatal(error)) connection.kill();
          throw error;
        } finally {
          connection.pending.delete(give);
        }
      };
      try {
        return await run({
          // Not prepared: a plan kept from when a table was empty reads all of it for every row of a batch once it is
          // full. (plan_cache_mode would do the same to the foreign-key checks, which are better off with a kept plan.)
          query: (text, params = []) =>
            send(async (session) => (await session.unsafe(text, [...params], { prepare: false })) as SessionRows),
          script: (text) =>
            send(async (session) => {
              await session.unsafe(text).simple();
            }),
        });
      } finally {
        if (connection.dead() || closed) discard(connection.client);
        else idle.push(connection);
        next();
      }
    },
    async close() {
      closed = true;
      for (const { reject } of waiting.splice(0)) reject(closedError());
      await Promise.all(
        idle.splice(0).map(({ client, session }) => {
          session.release();
          return client.end({ timeout: 5 });
        }),
      );
    },
  };
}

/** Nobody waits for its end: it may be waiting for a peer that is gone. */
const discard = (client: Sql): void => {
  client.end({ timeout: 0 }).catch(() => {});
};
