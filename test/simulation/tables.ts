/** Keeps what the tables of a database hold, of one school or of all, and puts it back: a backup that the server knows nothing of. */
import type { TestServer } from "../support/server.ts";

export interface Tables {
  keep(): Promise<void>;
  putBack(): Promise<void>;
}

interface Table {
  readonly name: string;
  readonly columns: string;
  readonly where: string;
}

export async function tablesIn(server: Pick<TestServer, "sql">, school?: string): Promise<Tables> {
  const rows = await server.sql(`
    select table_name as name, bool_or(column_name = 'school_id') as owned,
      string_agg(quote_ident(column_name), ',') filter (where is_generated = 'NEVER') as columns
    from information_schema.columns where table_schema = 'public' group by table_name`);
  const tables: Table[] = rows
    .filter(({ name, owned }) => owned || name === "schools")
    .map(({ name, owned, columns }) => ({
      name: `"${name}"`,
      columns: String(columns),
      where: school === undefined ? "true" : `${owned ? "school_id" : "id"} = '${school}'`,
    }));
  return {
    async keep() {
      const copies = tables.map(
        ({ name, where }) => `create table kept.${name} as select * from public.${name} where ${where}`,
      );
      await server.sql(["drop schema if exists kept cascade", "create schema kept", ...copies].join(";"));
    },
    async putBack() {
      const back = tables.map(
        ({ name, where, columns }) =>
          `delete from public.${name} where ${where}; insert into public.${name} (${columns}) select ${columns} from kept.${name}`,
      );
      // As a restored dump does: rows come in any order.
      const replica = "set session_replication_role = replica";
      await server.sql([replica, ...back, "set session_replication_role = origin"].join(";"));
    },
  };
}
