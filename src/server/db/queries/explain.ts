/** What is stored for some ids, and the change that made it so. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain } from "../../../domain/define-domain.ts";
import type { Explanation } from "../../../domain/migration-wire.ts";
import type { Tx } from "../database.ts";
import { digestHex } from "../digest-hex.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";

interface Row {
  seq: string;
  id: string;
  record: string | null;
  digest: string | null;
  version: number | null;
  change: string | null;
  op: string;
  author: string;
  at: string;
  importId: string | null;
  after: string | null;
}

/** Rows by primary key; the last change of each by (school_id, domain, record_id, seq desc). One statement, so one `seq`. */
export async function explainRecords(
  tx: Tx,
  tenant: Tenant,
  domain: Domain,
  ids: readonly string[],
): Promise<Explanation> {
  const table = tableOf(domain);
  const rows = await tx.rows<Row>(sql`
    select coalesce((select seq from schools where id = ${tenant.school}::uuid), 0)::text as seq, a.id::text as id,
      (select ${table.recordJson} from ${table.identifier} t
        where t.school_id = ${tenant.school}::uuid and ${table.scope} and t.id = a.id) as record,
      s.digest::text as digest, s.version, h.seq::text as change, h.op, h.author, h.import_id::text as "importId",
      to_char(h.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, h.digest_after::text as after
    from unnest(${`{${ids.join()}}`}::uuid[]) with ordinality a(id, no)
    left join ${table.identifier} s on s.school_id = ${tenant.school}::uuid and s.id = a.id
      ${table.generic ? sql`and s.domain = ${domain.name}` : sql``}
    left join lateral (select * from history h where h.school_id = ${tenant.school}::uuid and h.domain = ${domain.name}
      and h.record_id = a.id order by h.seq desc limit 1) h on true
    order by a.no`);
  const [first] =
    rows.length > 0
      ? rows
      : await tx.rows<{ seq: string }>(sql`
    select coalesce((select seq from schools where id = ${tenant.school}::uuid), 0)::text as seq`);
  return {
    seq: Number(first?.seq ?? 0),
    records: rows.map((row) => ({
      id: row.id,
      record: row.record === null ? null : (JSON.parse(row.record) as AnyRecord),
      digest: row.digest === null ? null : digestHex(row.digest),
      version: row.version,
      change:
        row.change === null
          ? null
          : {
              seq: Number(row.change),
              op: row.op,
              author: row.author,
              at: row.at,
              importId: row.importId,
              digest: row.after === null ? null : digestHex(row.after),
            },
    })),
  };
}
