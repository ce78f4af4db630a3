/** The joins of a school as imports and pushes see them: who stands for whom, and which references were turned for it. */
import { sql } from "drizzle-orm";
import { type SurvivorOf, type Turned, turnReferences } from "../../domain/aliases.ts";
import type { AnyRecord, Domain, DomainSet } from "../../domain/define-domain.ts";
import type { RecordId } from "../../domain/ids.ts";
import type { Tx } from "./database.ts";
import type { Tenant } from "./with-tenant.ts";
import { existingIds } from "./write-rows.ts";

/** Nobody was joined: the usual case. */
export const noAliases: SurvivorOf = () => undefined;

/**
 * The joins that hold: the joined record is gone and its survivor is there (or was joined itself). The whole table of
 * the school, which is as long as people joined records by hand.
 */
export async function readAliases(tx: Tx, { school }: Tenant, domains: DomainSet): Promise<SurvivorOf> {
  const rows = await tx.rows<{ domain: string; id: RecordId; survivor: RecordId }>(sql`
    select domain, id::text as id, survivor::text as survivor from aliases where school_id = ${school}::uuid`);
  if (rows.length === 0) return noAliases;
  const survivors = new Map<string, RecordId>();
  for (const name of new Set(rows.map((row) => row.domain))) {
    if (!domains.has(name)) continue;
    const ofDomain = rows.filter((row) => row.domain === name);
    const direct = new Map(ofDomain.map((row) => [row.id, row.survivor]));
    const there = await existingIds(tx, domains.get(name), [...direct.keys(), ...direct.values()]);
    for (const [id, survivor] of direct)
      if (!there.has(id) && there.has(endOf(direct, survivor))) survivors.set(keyOf(name, id), survivor);
  }
  return (domain, id) => survivors.get(keyOf(domain, id));
}

const keyOf = (domain: string, id: string): string => `${domain}/${id}`;

/** A join refuses a survivor that is joined already, so that the steps come to an end. */
function endOf(direct: ReadonlyMap<RecordId, RecordId>, id: RecordId): RecordId {
  let end = id;
  for (let next = direct.get(end); next !== undefined; next = direct.get(end)) end = next;
  return end;
}

/** The record that stands for this one in the end. */
export function standsFor(survivorOf: SurvivorOf, domain: string, id: RecordId): RecordId {
  let end = id;
  for (let next = survivorOf(domain, end); next !== undefined; next = survivorOf(domain, end)) end = next;
  return end;
}

/** A reference that was turned in a record. */
export interface Move extends Turned {
  readonly childDomain: string;
  readonly childId: RecordId;
}

/** A record with its references turned, and what was turned. */
export function turned(
  domain: Domain,
  record: AnyRecord,
  survivorOf: SurvivorOf,
): { readonly record: AnyRecord; readonly moves: readonly Move[] } {
  const { fields, turned } = turnReferences(domain, record, survivorOf);
  return { record: fields, moves: turned.map((t) => ({ ...t, childDomain: domain.name, childId: record.id })) };
}

/** Remembers what was turned, so that a split turns it back; one statement. */
export async function noteMoves(tx: Tx, { school }: Tenant, moves: readonly Move[]): Promise<void> {
  if (moves.length === 0) return;
  const rows = moves.map(({ to, id, childDomain, childId, field }) => ({
    d: to,
    i: id,
    cd: childDomain,
    ci: childId,
    f: field,
  }));
  await tx.rows(sql`
    insert into alias_moves (school_id, domain, id, child_domain, child_id, field)
    select ${school}::uuid, r.d, r.i, r.cd, r.ci, r.f
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(d text, i uuid, cd text, ci uuid, f text)
    on conflict do nothing`);
}
