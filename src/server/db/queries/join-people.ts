/** Joins two records of one person: the survivor takes over what names the other, and the other goes, kept as it was. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { JoinAnswer } from "../../../domain/people-wire.ts";
import { type Move, noteMoves } from "../aliases.ts";
import type { Tx } from "../database.ts";
import { appendHistory, type Change, removalOf } from "../history.ts";
import { lockSchool, type SchoolState } from "../school.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { deleteRows, readRecords, type StoredRecord, selectRecords } from "../write-rows.ts";
import { putRecords } from "./put-records.ts";

export interface Join {
  readonly domain: Domain;
  readonly survivor: RecordId;
  readonly other: RecordId;
  readonly at: Date;
}

/** What a join or a split writes while it goes on; the history is appended at its end. */
export interface Work {
  readonly tx: Tx;
  readonly tenant: Tenant;
  readonly domains: DomainSet;
  readonly state: SchoolState;
  readonly at: Date;
  readonly changes: Change[];
}

interface Tally {
  readonly moved: Record<string, number>;
  readonly along: Record<string, number>;
}

/**
 * One transaction under the school's lock; every moved reference is a change with its before image.
 * - Children that would share the unique values of a child of the survivor are joined to that one.
 * - The other record's values that differ are stored as a conflict of kind JOINED, which can be restored.
 * @throws NOT_FOUND, BAD_REQUEST for a record with itself, UNIQUE_TAKEN; nothing is written then
 */
export async function joinPeople(tx: Tx, tenant: Tenant, domains: DomainSet, join: Join): Promise<JoinAnswer> {
  const { domain, survivor, other, at } = join;
  if (survivor === other) throw new AdapterError("BAD_REQUEST", "These are not two records.", { place: "/other" });
  const state = await lockSchool(tx, tenant.school);
  const tally: Tally = { moved: {}, along: {} };
  if (await isJoined(tx, tenant, join))
    return { seq: state.seq, domain: domain.name, already: true, ...tally, lost: [] };
  const work: Work = { tx, tenant, domains, state, at, changes: [] };
  const lost = await joinRecords(work, { domain, survivor, other, cause: null }, tally);
  const { seq } = await appendHistory(tx, state, work.changes, at);
  return { seq, domain: domain.name, already: false, ...tally, lost };
}

async function isJoined(tx: Tx, { school }: Tenant, { domain, survivor, other }: Join): Promise<boolean> {
  const rows = await tx.rows(sql`select from aliases where school_id = ${school}::uuid and domain = ${domain.name}
    and id = ${other}::uuid and survivor = ${survivor}::uuid`);
  if (rows.length === 0) return false;
  const there = await readRecords(tx, domain, [other]);
  return there.size === 0;
}

interface Step {
  readonly domain: Domain;
  readonly survivor: RecordId;
  readonly other: RecordId;
  readonly cause: { readonly domain: string; readonly id: RecordId } | null;
}

/** @returns the fields whose values lost */
async function joinRecords(work: Work, step: Step, tally: Tally): Promise<string[]> {
  const { tx, tenant, domains } = work;
  const { domain, survivor, other } = step;
  const both = await readRecords(tx, domain, [survivor, other]);
  const [first, second] = [storedOf(both, survivor), storedOf(both, other)];
  const lost = domain.fieldNames.filter((name) => differs(first.record[name], second.record[name]));
  if (Object.keys(second.record.extra).length > 0 && differs(first.record.extra, second.record.extra))
    lost.push("extra");
  const conflict = await storeLosers(work, step, Object.fromEntries(lost.map((name) => [name, second.record[name]])));
  await noteAlias(work, step, second.record, conflict);
  const moves: Move[] = [];
  for (const child of domains.all) {
    const records = await turnChildren(work, step, child, tally);
    for (const { record, fields } of records) {
      for (const field of fields)
        moves.push({ field, to: domain.name, id: other, childDomain: child.name, childId: record.id });
    }
    const put = { domains, domain: child, records: records.map(({ record }) => record), importId: null };
    work.changes.push(...(await putRecords(tx, tenant, work.state, work.changes.length, put)));
    if (records.length > 0) tally.moved[child.name] = (tally.moved[child.name] ?? 0) + records.length;
  }
  await noteMoves(tx, tenant, moves);
  // Only now does nothing name it any more.
  await deleteRows(tx, tableOf(domain), [other]);
  work.changes.push(removalOf(domain.name, second, { author: tenant.user, importId: null }));
  return lost;
}

function storedOf(found: ReadonlyMap<RecordId, StoredRecord>, id: RecordId): StoredRecord {
  const stored = found.get(id);
  if (!stored) throw new AdapterError("NOT_FOUND", "There is no such record.", { place: id });
  return stored;
}

/** A value that the survivor does not have, or has otherwise. */
const differs = (first: unknown, second: unknown): boolean =>
  second !== null && second !== undefined && JSON.stringify(first) !== JSON.stringify(second);

/** The children with their references turned; those in the way of a unique key are joined first. By each reference's index. */
async function turnChildren(
  work: Work,
  { domain, survivor, other }: Step,
  child: Domain,
  tally: Tally,
): Promise<{ readonly record: AnyRecord; readonly fields: readonly string[] }[]> {
  const fields = Object.entries(child.references).flatMap(([field, { to }]) => (to === domain.name ? [field] : []));
  const turned = new Map<RecordId, { record: AnyRecord; fields: string[] }>();
  const held = new Map<RecordId, AnyRecord>();
  for (const field of fields) {
    const column = tableOf(child).value(field);
    if (!column) continue;
    for (const [id, { record }] of await selectRecords(work.tx, child, sql`${column} = ${other}::uuid`)) {
      const before = turned.get(id);
      turned.set(id, {
        record: { ...(before?.record ?? record), [field]: survivor },
        fields: [...(before?.fields ?? []), field],
      });
    }
    for (const [id, { record }] of await selectRecords(work.tx, child, sql`${column} = ${survivor}::uuid`))
      held.set(id, record);
  }
  for (const set of child.unique) {
    if (!set.some((name) => fields.includes(name))) continue;
    const taken = new Map([...held].filter(([id]) => !turned.has(id)).map(([id, record]) => [keyOf(set, record), id]));
    for (const [id, { record }] of turned) {
      const holder = taken.get(keyOf(set, record));
      if (holder === undefined) continue;
      turned.delete(id);
      const cause = { domain: domain.name, id: other };
      await joinRecords(work, { domain: child, survivor: holder, other: id, cause }, tally);
      tally.along[child.name] = (tally.along[child.name] ?? 0) + 1;
    }
  }
  return [...turned.values()];
}

const keyOf = (set: readonly string[], record: AnyRecord): string => JSON.stringify(set.map((name) => record[name]));

/** Law 6: what the other record said is kept, under the author and time of its last change. */
async function storeLosers(
  { tx, tenant, at }: Work,
  { domain, survivor, other, cause }: Step,
  loser: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  // A child joined along names the other person; that is no value that lost.
  const { [cause === null ? "" : referenceTo(domain, cause.domain)]: _, ...values } = loser;
  if (Object.keys(values).length === 0) return null;
  const [row] = await tx.rows<{ id: string }>(sql`
    insert into conflicts (school_id, domain, record_id, kind, loser, author, at)
    select ${tenant.school}::uuid, ${domain.name}, ${survivor}::uuid, 'JOINED', ${JSON.stringify(values)}::text::json,
      coalesce(h.author, ${tenant.user}), coalesce(h.at, ${at.toISOString()}::timestamptz)
    from (select 1) one left join lateral (select author, at from history where school_id = ${tenant.school}::uuid
      and domain = ${domain.name} and record_id = ${other}::uuid order by seq desc limit 1) h on true
    returning id::text as id`);
  return row?.id ?? null;
}

const referenceTo = (domain: Domain, parent: string): string =>
  Object.entries(domain.references).find(([, { to }]) => to === parent)?.[0] ?? "";

async function noteAlias(
  { tx, tenant, at }: Work,
  { domain, survivor, other, cause }: Step,
  before: AnyRecord,
  conflict: string | null,
): Promise<void> {
  await tx.rows(sql`
    insert into aliases (school_id, domain, id, survivor, before, cause_domain, cause_id, conflict_id, author, at)
    values (${tenant.school}::uuid, ${domain.name}, ${other}::uuid, ${survivor}::uuid, ${JSON.stringify(before)}::text::json,
      ${cause?.domain ?? null}, ${cause?.id ?? null}::uuid, ${conflict}::uuid, ${tenant.user}, ${at.toISOString()}::timestamptz)
    on conflict (school_id, domain, id) do update set survivor = excluded.survivor, before = excluded.before,
      cause_domain = excluded.cause_domain, cause_id = excluded.cause_id, conflict_id = excluded.conflict_id,
      author = excluded.author, at = excluded.at`);
}
