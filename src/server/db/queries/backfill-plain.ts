/** The usual batch of a backfill, of which nothing is there yet and nothing is missing: one statement writes all of it. */
import { type SQL, sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { canonicalText } from "../../../domain/digest.ts";
import { inTurns, nextTurn } from "../../in-turns.ts";
import { sha256Hex } from "../../sha256.ts";
import type { Tx } from "../database.ts";
import { type Change, type HistoryLines, historyInsert, historyLines } from "../history.ts";
import { lockSchool, schoolAdvance } from "../school.ts";
import { type Table, tableOf } from "../table.ts";
import type { Tenant } from "../with-tenant.ts";
import { missingReferences } from "../write-rows.ts";
import type { Ending, ParsedPart, RecordPart } from "./backfill-parts.ts";
import { type EndedPart, insertParts, ledgerRows } from "./note-parts.ts";

/** The records of one domain, ready to be inserted. */
interface Load {
  readonly table: Table;
  readonly parts: readonly RecordPart[];
  readonly rows: SQL;
}

/** A batch made ready before the school is locked; parents first. */
interface PlainBatch {
  readonly loads: readonly Load[];
  readonly history: HistoryLines;
  readonly ledger: SQL;
  /** The sum of the records' digests. */
  readonly sum: bigint;
  /** By the key of the part. */
  readonly endings: ReadonlyMap<string, Ending>;
}

interface Origin {
  readonly author: string;
  readonly importId: string;
  readonly at: Date;
}

/** `null` when two parts are one record: such a batch is not plain. */
export async function plainBatch(
  domains: DomainSet,
  parts: readonly ParsedPart[],
  { author, importId, at }: Origin,
): Promise<PlainBatch | null> {
  const loads: Load[] = [];
  const changes: Change[] = [];
  const endings = new Map<string, Ending>();
  let sum = 0n;
  for (const domain of domains.all) {
    const own = parts.filter((part): part is RecordPart => part.record !== null && part.domain === domain.name);
    if (own.length === 0) continue;
    if (new Set(own.map(({ record }) => record.id)).size < own.length) return null;
    await inTurns(own, ({ key, record }) => {
      const digest = digestOf(domain, record);
      sum += digest;
      endings.set(key, migrated(record, digest));
      changes.push(creation(domain, record, digest, { author, importId }));
    });
    const table = tableOf(domain);
    loads.push({ table, parts: own, rows: table.rowSet(own.map(({ record }) => record)) });
    await nextTurn();
  }
  for (const part of parts) if (part.record === null) endings.set(part.key, part.ending);
  const ended = parts.flatMap((part): EndedPart[] => {
    const ending = endings.get(part.key);
    return ending ? [[part, ending]] : [];
  });
  const ledger = ledgerRows(ended);
  await nextTurn();
  return { loads, history: historyLines(changes, at), ledger, sum, endings };
}

const migrated = (record: AnyRecord, digest: bigint): Ending => ({
  outcome: "migrated",
  reason: null,
  recordId: record.id,
  digest: String(digest),
  payload: null,
});

/** As `digestOf` of the domain, by the platform's hash; signed, as PostgreSQL has it. */
const digestOf = (domain: Domain, record: AnyRecord): bigint =>
  BigInt.asIntN(64, BigInt(`0x${sha256Hex(canonicalText(domain, record)).slice(0, 16)}`));

/** The batch is not plain; nothing of it was kept. */
export class NotPlain extends Error {}

interface Written {
  readonly state: string | null;
  readonly aliases: boolean;
  readonly rows: string;
  readonly sum: string;
}

/**
 * Writes rows, history and ledger and advances the school, all by one statement, which leaves it to the keys to refuse
 * what is there already. Much of a load's time goes into waiting for a client, so the school is locked for this
 * statement alone.
 * @returns the school's `seq` after it
 * @throws NotPlain when the batch has to be taken step by step; a unique violation or missing reference says the same
 */
export async function writePlain(
  tx: Tx,
  tenant: Tenant,
  domains: DomainSet,
  { importId, epoch, batch }: { importId: string; epoch: number; batch: PlainBatch },
): Promise<number> {
  const { loads, history, ledger, sum } = batch;
  // A hint, asked before the lock: the foreign keys have the last word.
  const missing = await missingReferences(
    tx,
    domains,
    loads.flatMap((load) => load.parts),
  );
  if (missing.length > 0) throw new NotPlain();
  const school = await lockSchool(tx, tenant.school);
  if (school.epoch !== epoch) throw new NotPlain();
  const { insert, next } = historyInsert(school, history);
  let seq = school.seq;
  const written = loads.map(({ table, parts, rows }, index) => {
    const first = seq;
    seq += parts.length;
    return sql`${sql.raw(`rows_${index}`)} as (
      insert into ${table.identifier} (school_id, version, seq, ${table.insertColumns})
      select ${tenant.school}::uuid, 1, ${first}::bigint + r.n, ${table.insertValues} from ${rows} returning digest)`;
  });
  const all = sql.raw(
    ["select null::bigint as digest where false", ...loads.map((_, i) => `select digest from rows_${i}`)].join(
      " union all ",
    ),
  );
  const [answer] = await tx.rows<Written>(sql`
    with ${sql.join([...written, sql`told as (${insert})`, sql`noted as (${insertParts(tenant, importId, ledger)})`, sql`advanced as (${schoolAdvance(next)})`], sql`, `)}
    select (select state from imports where school_id = ${tenant.school}::uuid and id = ${importId}::uuid) as state,
      exists (select 1 from aliases where school_id = ${tenant.school}::uuid) as aliases,
      count(*)::text as rows, coalesce(sum(digest), 0)::text as sum from (${all}) w`);
  // The digests in history and ledger are those that the rows have, or they are taken from the rows instead.
  const plain = answer?.state === "open" && !answer.aliases && answer.sum === String(sum);
  if (!plain || answer.rows !== String(seq - school.seq)) throw new NotPlain();
  tx.advanced?.(next.school, next.seq);
  return next.seq;
}

const creation = (
  domain: Domain,
  record: AnyRecord,
  digestAfter: bigint,
  by: { readonly author: string; readonly importId: string },
): Change => ({
  domain: domain.name,
  recordId: record.id,
  op: "create",
  before: null,
  digestAfter,
  clientId: null,
  mutationId: null,
  ...by,
});
