/** Undoes a join: the record as it was comes back, and what the join turned to the survivor is turned back. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { SplitAnswer } from "../../../domain/people-wire.ts";
import { parseRecord } from "../../../domain/record.ts";
import { readAliases, turned } from "../aliases.ts";
import type { Tx } from "../database.ts";
import { appendHistory } from "../history.ts";
import { lockSchool } from "../school.ts";
import type { Tenant } from "../with-tenant.ts";
import { readRecords } from "../write-rows.ts";
import type { Work } from "./join-people.ts";
import { putRecords } from "./put-records.ts";

interface Split {
  /** Where it is not said: a record's id is one domain's. */
  readonly domain: string | undefined;
  readonly other: RecordId;
  readonly at: Date;
}

interface Alias {
  readonly domain: string;
  readonly id: RecordId;
  readonly survivor: RecordId;
  readonly before: string;
  readonly conflict: string | null;
}

interface Tally {
  readonly moved: Record<string, number>;
  readonly restored: Record<string, number>;
}

/**
 * A reference that names somebody else by now, and the survivor's own fields, stay as they are.
 * @throws NOT_FOUND for a record that was not joined; REFERENCED when the survivor was itself joined later;
 * UNIQUE_TAKEN, REFERENCE_MISSING when the record cannot come back as it was; nothing is written then
 */
export async function splitPeople(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { domain, other, at }: Split,
): Promise<SplitAnswer> {
  const state = await lockSchool(tx, tenant.school);
  const [alias] = await aliasesWhere(
    tx,
    tenant,
    sql`a.id = ${other}::uuid and a.cause_id is null and ${domain === undefined ? sql`true` : sql`a.domain = ${domain}`}`,
  );
  if (!alias) throw new AdapterError("NOT_FOUND", "This record was not joined to another one.", { place: other });
  const work: Work = { tx, tenant, domains, state, at, changes: [] };
  const tally: Tally = { moved: {}, restored: {} };
  await splitRecord(work, alias, tally);
  const { seq } = await appendHistory(tx, state, work.changes, at);
  return { seq, domain: alias.domain, survivor: alias.survivor, ...tally };
}

const aliasesWhere = (tx: Tx, { school }: Tenant, condition: ReturnType<typeof sql>): Promise<Alias[]> =>
  tx.rows<Alias>(sql`select a.domain, a.id::text as id, a.survivor::text as survivor, a.before::text as before,
    a.conflict_id::text as conflict from aliases a where a.school_id = ${school}::uuid and ${condition} order by a.domain, a.id`);

async function splitRecord(work: Work, alias: Alias, tally: Tally): Promise<void> {
  const { tx, tenant, domains } = work;
  const domain = domains.get(alias.domain);
  const above = await aliasesWhere(tx, tenant, sql`a.domain = ${alias.domain} and a.id = ${alias.survivor}::uuid`);
  if (above.length > 0) {
    throw new AdapterError("REFERENCED", "The record that stands for this one was itself joined later.", {
      place: alias.survivor,
      fix: `Split ${alias.survivor} first.`,
    });
  }
  const moves = await tx.rows<{ domain: string; id: RecordId; field: string }>(sql`
    select child_domain as domain, child_id::text as id, field from alias_moves where school_id = ${tenant.school}::uuid
      and domain = ${alias.domain} and id = ${alias.id}::uuid order by child_id, field`);
  const along = await aliasesWhere(
    tx,
    tenant,
    sql`a.cause_domain = ${alias.domain} and a.cause_id = ${alias.id}::uuid`,
  );
  // Before its record returns: from here on it stands for itself.
  await tx.rows(
    sql`delete from aliases where school_id = ${tenant.school}::uuid and domain = ${alias.domain} and id = ${alias.id}::uuid`,
  );
  if ((await readRecords(tx, domain, [alias.id])).size === 0) {
    const before = parseRecord(domain, JSON.parse(alias.before));
    const { record } = turned(domain, before, await readAliases(tx, tenant, domains));
    await put(work, domain, [record]);
    tally.restored[domain.name] = (tally.restored[domain.name] ?? 0) + 1;
  }
  for (const child of domains.all) {
    const records = await turnBack(
      work,
      child,
      alias,
      moves.filter((move) => move.domain === child.name),
    );
    await put(work, child, records);
    if (records.length > 0) tally.moved[child.name] = (tally.moved[child.name] ?? 0) + records.length;
  }
  for (const one of along) await splitRecord(work, one, tally);
  if (alias.conflict !== null) {
    await tx.rows(sql`update conflicts set resolved_at = ${work.at.toISOString()}::timestamptz, resolution = 'split',
      resolved_by = ${tenant.user} where school_id = ${tenant.school}::uuid and id = ${alias.conflict}::uuid and resolved_at is null`);
  }
}

async function put(
  { tx, tenant, domains, state, changes }: Work,
  domain: Domain,
  records: readonly AnyRecord[],
): Promise<void> {
  changes.push(...(await putRecords(tx, tenant, state, changes.length, { domains, domain, records, importId: null })));
}

async function turnBack(
  { tx }: Work,
  child: Domain,
  { id, survivor }: Alias,
  moves: readonly { readonly id: RecordId; readonly field: string }[],
): Promise<AnyRecord[]> {
  if (moves.length === 0) return [];
  const found = await readRecords(tx, child, new Set(moves.map((move) => move.id)));
  const records = new Map<RecordId, AnyRecord>();
  for (const move of moves) {
    const record = records.get(move.id) ?? found.get(move.id)?.record;
    if (record?.[move.field] === survivor) records.set(move.id, { ...record, [move.field]: id });
  }
  return [...records.values()];
}
