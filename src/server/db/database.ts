/** What the server asks of a database, whichever it is: transactions, and rows that look the same from every driver. */
import type { SQL } from "drizzle-orm";
import type { SchoolId } from "../../domain/ids.ts";

/**
 * Runs queries inside one transaction.
 * - Values come back alike from every driver: `boolean` as boolean, `smallint` and `integer` as number, everything else
 *   as PostgreSQL's own text (so a `bigint`, `numeric`, `json` or `timestamptz` is a string that the caller parses).
 * - Parameters are bound, never pasted. A `json` parameter is written `${text}::text::json`.
 */
export interface Tx {
  rows<T = Record<string, unknown>>(query: SQL): Promise<T[]>;
  /** Undoes what `run` did, and nothing else, when it throws; the transaction can go on. */
  savepoint<T>(run: (tx: Tx) => Promise<T>): Promise<T>;
  /** Told how far the school comes with this transaction; it is announced once that is committed. */
  advanced?(school: SchoolId, seq: number): void;
}

/** A transaction of the role that owns the schema: it may also run a script of several statements. */
export interface OwnerTx extends Tx {
  script(text: string): Promise<void>;
}

/**
 * A PostgreSQL, embedded or not.
 * - `transaction` runs as a role that owns nothing and is bound by the policies; a serialization failure or deadlock
 *   runs it again from its start, up to five times in all.
 */
export interface Database {
  readonly kind: "pglite" | "postgres";
  transaction<T>(run: (tx: Tx) => Promise<T>): Promise<T>;
  /** As the owner of the schema. @throws CONFIG_INVALID where only the runtime role is connected */
  owner<T>(run: (tx: OwnerTx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export { openPglite } from "./pglite.ts";
export { openPostgres } from "./postgres.ts";
