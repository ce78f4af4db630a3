/** PostgreSQL by postgres.js, connected as a role that the policies bind. */
import { type SQL, sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { Database, OwnerTx, Tx } from "./database.ts";
import { createPool, type Pool, type Session } from "./postgres-pool.ts";
import { queryText, readType, typeNumbers } from "./query-text.ts";
import { retryTransaction } from "./retry-transaction.ts";

export interface PostgresOptions {
  /** Connections in the pool; 10 by default. */
  readonly max?: number;
  /** Connects as the owner of the schema, for migrations alone: `transaction` is then refused. */
  readonly owner?: boolean;
}

const types = Object.fromEntries(
  Object.entries(typeNumbers).map(([name, oid]) => [
    name,
    { to: oid, from: [oid], serialize: (value: string) => value, parse: (text: string) => readType(oid, text) },
  ]),
);

/**
 * @throws ROLE_UNSAFE when the role is superuser, may bypass row security, owns anything, or belongs to a role that does
 */
export async function openPostgres(url: string, { max = 10, owner = false }: PostgresOptions = {}): Promise<Database> {
  const { default: postgres } = await import("postgres");
  const options = { max: 1, types, fetch_types: false, onnotice: () => {}, connect_timeout: 10, max_lifetime: null };
  const pool = createPool((onclose) => postgres(url, { ...options, onclose }), max);
  const transact = <T>(run: (tx: OwnerTx) => Promise<T>): Promise<T> => retryTransaction(() => transaction(pool, run));
  const refuse = (role: string) => async (): Promise<never> => {
    throw new AdapterError("CONFIG_INVALID", `This connection is not the ${role}'s.`);
  };
  if (!owner) {
    try {
      await transact(refuseUnsafeRole);
    } catch (error) {
      await pool.close();
      throw error;
    }
  }
  return {
    kind: "postgres",
    transaction: owner ? refuse("runtime role") : transact,
    owner: owner ? transact : refuse("owner"),
    close: () => pool.close(),
  };
}

const transaction = <T>(pool: Pool, run: (tx: OwnerTx) => Promise<T>): Promise<T> =>
  pool.use(async (session) => {
    await session.query("begin");
    let result: T;
    try {
      result = await run(txOf(session));
    } catch (error) {
      // Where the connection is gone, so is the transaction; the failure to be told is the first one.
      await session.query("rollback").catch(() => {});
      throw error;
    }
    const { command } = await session.query("commit");
    if (command !== "COMMIT") {
      throw new AdapterError("INTERNAL", "A statement failed outside of a savepoint and was not told.");
    }
    return result;
  });

function txOf(session: Session): OwnerTx {
  const tx: OwnerTx = {
    async rows<T>(query: SQL): Promise<T[]> {
      const { text, params } = queryText(query);
      const rows = await session.query(text, params);
      return rows.map((row) => ({ ...row })) as T[];
    },
    // Savepoints of one name shadow each other, so that nesting needs no counter.
    async savepoint<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
      await session.query("savepoint part");
      try {
        const result = await run(tx);
        await session.query("release savepoint part");
        return result;
      } catch (error) {
        await session.query("rollback to savepoint part");
        await session.query("release savepoint part");
        throw error;
      }
    },
    script: (text) => session.script(text),
  };
  return tx;
}

/** A member of a role can become that role, so what any of its roles may do counts. */
async function refuseUnsafeRole(tx: Tx): Promise<void> {
  const [row] = await tx.rows<{ role: string; superuser: boolean; bypass: boolean; owns: string | null }>(sql`
    select current_user::text as role,
      bool_or(r.rolsuper) as superuser,
      bool_or(r.rolbypassrls) as bypass,
      (select string_agg(x, ', ') from (
        select 'table ' || c.relname as x from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
            and pg_has_role(current_user, c.relowner, 'MEMBER')
        union all select 'schema ' || n.nspname from pg_namespace n
          where n.nspname not like 'pg\\_%' and pg_has_role(current_user, n.nspowner, 'MEMBER')
        union all select 'function ' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
          where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
            and pg_has_role(current_user, p.proowner, 'MEMBER')
        union all select 'database ' || d.datname from pg_database d
          where d.datname = current_database() and pg_has_role(current_user, d.datdba, 'MEMBER')
        limit 5) as owned) as owns
    from pg_roles r where pg_has_role(current_user, r.oid, 'MEMBER')`);
  const why = row?.superuser
    ? "is or can become a superuser"
    : row?.bypass
      ? "bypasses row security"
      : row?.owns
        ? `owns ${row.owns}`
        : null;
  if (why !== null) throw new AdapterError("ROLE_UNSAFE", `The database role ${row?.role} ${why}.`);
}
