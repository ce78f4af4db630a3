/** The changes behind a cursor: from the history, with each record as it is now. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../domain/define-domain.ts";
import type { RecordId } from "../../domain/ids.ts";
import type { ChangeDown } from "../../domain/sync-wire.ts";
import { cursorText, placeOf, requireKept } from "./cursor.ts";
import type { Tx } from "./database.ts";
import { fromHex, type SchoolState } from "./school.ts";
import type { Tenant } from "./with-tenant.ts";
import { readRecords } from "./write-rows.ts";

export interface Pulled {
  readonly changes: ChangeDown[];
  readonly cursor: string;
  readonly more: boolean;
}

interface Line {
  readonly seq: string;
  readonly chain: string;
  readonly domain: string;
  readonly id: RecordId;
  readonly before: string | null;
}

/** True when the record is this user's to read, in a domain that the role may read. */
export function mayRead(tenant: Tenant, domain: Domain, record: AnyRecord): boolean {
  const right = domain.rights[tenant.role];
  if (right === "none") return false;
  if (right !== "own") return true;
  return domain.owner !== null && tenant.studentId !== null && record[domain.owner] === tenant.studentId;
}

/**
 * The changes after `cursor`, at most `limit` lines of the history, each record once and parents first. A record that
 * changed again meanwhile comes as it is now: a phantom, never a hole (law 4). One look-up by the history's primary key
 * and one a domain by the records' keys.
 * @throws RESYNC_REQUIRED when the cursor is not of this history
 */
export async function pull(
  tx: Tx,
  domains: DomainSet,
  tenant: Tenant,
  school: SchoolState,
  { cursor, limit }: { cursor: string | null; limit: number },
): Promise<Pulled> {
  const from = await placeOf(tx, school, cursor);
  const lines = await tx.rows<Line>(sql`
    select seq::text as seq, encode(chain, 'hex') as chain, domain, record_id::text as id, before::text as before
    from history h where h.seq > ${from.seq}::bigint order by h.seq limit ${limit + 1}::bigint`);
  await requireKept(tx, school.school, from);
  const page = lines.slice(0, limit);
  const changes: ChangeDown[] = [];
  for (const domain of domains.all) {
    if (domain.rights[tenant.role] === "none") continue;
    const ofDomain = page.filter((line) => line.domain === domain.name);
    const ids = new Set(ofDomain.map((line) => line.id));
    const now = await readRecords(tx, domain, ids);
    // Only who could see a record hears that it is gone.
    const seen = new Set(
      ofDomain
        .filter((line) => line.before !== null && mayRead(tenant, domain, JSON.parse(line.before)))
        .map((line) => line.id),
    );
    for (const id of ids) {
      const stored = now.get(id);
      if (stored && mayRead(tenant, domain, stored.record)) {
        changes.push({ domain: domain.name, id, record: stored.record, version: stored.version });
      } else if (seen.has(id)) changes.push({ domain: domain.name, id, record: null, version: null });
    }
  }
  const last = page.at(-1);
  const to = last ? { seq: Number(last.seq), chain: fromHex(last.chain) } : from;
  return { changes, cursor: cursorText(to), more: lines.length > limit };
}
