/** All records as they were at one `seq`, page by page, however much is written meanwhile. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/ids.ts";
import type { ChangeDown } from "../../domain/sync-wire.ts";
import { mayRead as sightOf } from "../authorise.ts";
import { cursorText, type Place, placeOf, requireKept } from "./cursor.ts";
import type { Tx } from "./database.ts";
import { mayRead } from "./pull.ts";
import { seenBy } from "./queries/sight.ts";
import type { SchoolState } from "./school.ts";
import { tableOf } from "./table.ts";
import type { Tenant } from "./with-tenant.ts";

export interface SnapshotPage {
  readonly records: ChangeDown[];
  readonly cursor: string;
  readonly token: string | null;
}

const noId = "00000000-0000-0000-0000-000000000000";

/**
 * The page after the token (`cursor~domain~afterId`), parents before children.
 * @throws BAD_REQUEST for a token that is none; RESYNC_REQUIRED when its cursor is not of this history
 */
export async function snapshot(
  tx: Tx,
  domains: DomainSet,
  tenant: Tenant,
  school: SchoolState,
  { token, limit }: { token: string | undefined; limit: number },
): Promise<SnapshotPage> {
  const from = token === undefined ? null : parseToken(domains, token);
  const place = from ? await placeOf(tx, school, from.cursor) : school;
  const cursor = cursorText(place);
  const readable = domains.all.filter((domain) => domain.rights[tenant.role] !== "none");
  const start = from ? readable.findIndex((domain) => domain.name === from.domain) : 0;
  const records: ChangeDown[] = [];
  for (const domain of readable.slice(Math.max(start, 0))) {
    let after = domain.name === from?.domain ? from.afterId : noId;
    for (let more = true; more; ) {
      const room = limit - records.length;
      if (room === 0) return { records, cursor, token: `${cursor}~${domain.name}~${after}` };
      const rows = await rowsAt(tx, domain, tenant, place, after, room);
      await requireKept(tx, tenant.school, place);
      for (const row of rows) {
        const record = JSON.parse(row.record) as AnyRecord;
        if (!mayRead(tenant, domain, record)) continue;
        records.push({ domain: domain.name, id: row.id, record: { ...record }, version: row.version });
      }
      more = rows.length === room;
      after = rows.at(-1)?.id ?? after;
    }
  }
  return { records, cursor, token: null };
}

function parseToken(domains: DomainSet, token: string): { cursor: string; domain: string; afterId: string } {
  const [cursor = "", domain = "", afterId = "", ...rest] = token.split("~");
  if (rest.length > 0 || !domains.has(domain) || !isUuid(afterId)) {
    throw new AdapterError("BAD_REQUEST", "The token is not one of a snapshot.", { place: "/token" });
  }
  return { cursor, domain, afterId };
}

interface Row {
  readonly id: string;
  readonly record: string;
  readonly version: number;
}

/**
 * Rows that did not change since, and of those that did, what stood before their first change. A version is the number
 * of a record's changes until then. By primary keys, and the history's key for what is new.
 */
const rowsAt = (
  tx: Tx,
  domain: Domain,
  tenant: Tenant,
  { seq }: Place,
  after: string,
  limit: number,
): Promise<Row[]> => {
  const table = tableOf(domain);
  return tx.rows<Row>(sql`
    select s.id::text as id, s.record, s.version from (
      (select t.id, ${table.recordJson} as record, t.version from ${table.identifier} t
        where ${table.scope} and ${seenBy(sightOf(tenant, domain), table)} and t.seq <= ${seq}::bigint and t.id > ${after}::uuid
        order by t.id limit ${limit}::integer)
      union all
      (select c.record_id, c.before, (select count(*) from history e
          where e.domain = ${domain.name} and e.record_id = c.record_id and e.seq <= ${seq}::bigint)::integer
        from (select distinct on (h.record_id) h.record_id, h.before::text as before from history h
          where h.seq > ${seq}::bigint and h.domain = ${domain.name} and h.record_id > ${after}::uuid
          order by h.record_id, h.seq) c
        where c.before is not null order by c.record_id limit ${limit}::integer)
    ) s order by s.id limit ${limit}::integer`);
};
