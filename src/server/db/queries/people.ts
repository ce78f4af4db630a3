/** Records that a human would call the same, by natural key; shown, never joined by themselves. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError } from "../../../domain/errors.ts";
import type { RecordId } from "../../../domain/ids.ts";
import type { AliasList, CandidatePairs } from "../../../domain/people-wire.ts";
import { textKey } from "../../../domain/sort-key.ts";
import type { Tx } from "../database.ts";
import { tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { existingIds, idSet, selectRecords } from "../write-rows.ts";

type Pair = CandidatePairs["pairs"][number];
type Key = readonly string[];

/** Natural keys, and unique keys of text, of which the database only sees exact equality. */
const keysOf = (domain: Domain): readonly Key[] => [
  ...domain.naturalKey,
  ...domain.unique.filter((set) => set.every((name) => domain.fields[name]?.kind === "text")),
];

/** The domains whose records can be entered twice and told to be the same. */
export const joinable = (domains: DomainSet): readonly Domain[] => domains.all.filter((d) => d.naturalKey.length > 0);

/**
 * The domain that was named, or the joinable one that holds the record.
 * @throws NOT_FOUND
 */
export async function domainOf(
  tx: Tx,
  domains: DomainSet,
  { domain, id }: { domain: string | undefined; id: string },
): Promise<Domain> {
  if (domain !== undefined) return domains.get(domain);
  for (const one of joinable(domains)) if ((await existingIds(tx, one, [id])).size > 0) return one;
  throw new AdapterError("NOT_FOUND", "There is no such record among those that can be joined.", { place: id });
}

/** Every record of a domain is read once; a pair that a human keeps apart is left out. */
export async function candidatePairs(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  wanted: readonly Domain[],
): Promise<CandidatePairs> {
  const apart = new Set(
    (
      await tx.rows<{ domain: string; a: string; b: string }>(sql`
        select domain, a::text as a, b::text as b from kept_apart where school_id = ${tenant.school}::uuid`)
    ).map(({ domain, a, b }) => pairKey(domain, a, b)),
  );
  const pairs: Pair[] = [];
  for (const domain of wanted) {
    const keys = keysOf(domain);
    if (keys.length === 0) continue;
    const records = [...(await selectRecords(tx, domain, sql`true`)).values()].map((stored) => stored.record);
    const found = pairsOf(domain, records, keys, apart);
    const counts = await countReferences(tx, domains, domain, new Set(found.flatMap(({ a, b }) => [a.id, b.id])));
    pairs.push(
      ...found.map(({ a, b, by, exact }) => ({
        domain: domain.name,
        by: [...by],
        exact,
        a: told(a, by),
        b: told(b, by),
      })),
    );
    function told(record: AnyRecord, by: Key) {
      const { id, externalId } = record;
      return { id, externalId, key: by.map((name) => String(record[name])), references: counts.get(id) ?? 0 };
    }
  }
  return { pairs };
}

interface Found {
  readonly a: AnyRecord;
  readonly b: AnyRecord;
  readonly by: Key;
  readonly exact: boolean;
}

/** Each record with the first one of its group that it is not kept apart from, so that a group of n shows n - 1 pairs. */
function pairsOf(
  domain: Domain,
  records: readonly AnyRecord[],
  keys: readonly Key[],
  apart: ReadonlySet<string>,
): Found[] {
  const shown = new Set<string>();
  const found: Found[] = [];
  for (const by of keys) {
    const groups = new Map<string, AnyRecord[]>();
    for (const record of records) {
      const values = by.map((name) => record[name]);
      if (values.some((value) => value === null || value === undefined || value === "")) continue;
      const key = JSON.stringify(values.map((value) => textKey(String(value).trim())));
      const group = groups.get(key) ?? [];
      groups.set(key, group);
      const first = group.find((other) => !apart.has(pairKey(domain.name, other.id, record.id)));
      group.push(record);
      if (!first || shown.has(pairKey(domain.name, first.id, record.id))) continue;
      shown.add(pairKey(domain.name, first.id, record.id));
      found.push({ a: first, b: record, by, exact: by.every((name) => first[name] === record[name]) });
    }
  }
  return found;
}

const pairKey = (domain: string, a: string, b: string): string =>
  a < b ? `${domain}/${a}/${b}` : `${domain}/${b}/${a}`;

/** How many records name each of these; by the index of each reference. */
async function countReferences(
  tx: Tx,
  domains: DomainSet,
  domain: Domain,
  ids: ReadonlySet<RecordId>,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (ids.size === 0) return counts;
  for (const child of domains.all) {
    const table = tableOf(child);
    for (const [field, { to }] of Object.entries(child.references)) {
      const column = table.value(field);
      if (to !== domain.name || !column) continue;
      const rows = await tx.rows<{ id: string; n: string }>(sql`
        select ${column}::text as id, count(*)::text as n from ${table.identifier} t
        where ${table.scope} and ${column} in ${idSet(ids)} group by 1`);
      for (const { id, n } of rows) counts.set(id, (counts.get(id) ?? 0) + Number(n));
    }
  }
  return counts;
}

/** Every join of the school, in the order in which they were made. */
export const listAliases = async (tx: Tx, { school }: Tenant): Promise<AliasList> => ({
  aliases: await tx.rows(sql`
    select domain, id::text as id, survivor::text as survivor, author, cause_id is not null as along,
      to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
    from aliases where school_id = ${school}::uuid order by aliases.at, domain, id`),
});

/**
 * Remembers that two records are two people.
 * @throws NOT_FOUND when one of them is not there; BAD_REQUEST for one record given twice
 */
export async function keepApart(
  tx: Tx,
  tenant: Tenant,
  domain: Domain,
  { a, b, at }: { a: string; b: string; at: Date },
): Promise<void> {
  if (a === b) throw new AdapterError("BAD_REQUEST", "These are not two records.", { place: "/b" });
  const there = await existingIds(tx, domain, [a, b]);
  const missing = [a, b].find((id) => !there.has(id));
  if (missing !== undefined) throw new AdapterError("NOT_FOUND", "There is no such record.", { place: missing });
  const [low, high] = a < b ? [a, b] : [b, a];
  await tx.rows(sql`
    insert into kept_apart (school_id, domain, a, b, author, at)
    values (${tenant.school}::uuid, ${domain.name}, ${low}::uuid, ${high}::uuid, ${tenant.user}, ${at.toISOString()}::timestamptz)
    on conflict do nothing`);
}
