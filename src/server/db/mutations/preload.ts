/** Reads, as sets, everything that a batch of mutations may look at: a number of statements that the batch's length does not change. */
import { sql } from "drizzle-orm";
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { isUuid, type RecordId } from "../../../domain/ids.ts";
import type { Tx } from "../database.ts";
import { tableOf } from "../table.ts";
import { existingIds, idSet, readRecords, selectRecords } from "../write-rows.ts";
import {
  basePlace,
  type Incoming,
  keyOf,
  logKey,
  type PastChange,
  type Remembered,
  type Slot,
  type World,
} from "./world.ts";

type Ids = Map<string, Set<string>>;

/** How many of a record's latest changes are read to tell whose value lost. */
const linesBack = 50;

export async function preload(
  tx: Tx,
  domains: DomainSet,
  mutations: readonly Incoming[],
  remembered: ReadonlyMap<string, Remembered>,
): Promise<World> {
  const known = mutations.filter((m) => domains.has(m.domain));
  const slots = new Map<string, Slot>();
  const touched: Ids = new Map();
  for (const m of known) add(touched, m.domain, m.recordId);
  for (const [name, ids] of touched) {
    const stored = await readRecords(tx, domains.get(name), ids as Set<RecordId>);
    for (const [id, { record, version }] of stored) slots.set(keyOf(name, id), { record, version, past: new Map() });
  }
  await readAbsent(tx, slots, touched);
  await readPast(tx, slots, known, remembered);
  await readReferrers(tx, domains, slots, known);
  return {
    slots,
    known: await readReferences(tx, domains, slots, known),
    remembered: new Map(remembered),
    refused: new Map(),
  };
}

function add(ids: Ids, domain: string, id: string): void {
  ids.set(domain, (ids.get(domain) ?? new Set()).add(id));
}

interface Line {
  readonly domain: string;
  readonly id: string;
  readonly n: string;
  readonly before: string | null;
  readonly author: string;
  readonly client_id: string | null;
  readonly mutation_id: string | null;
  readonly at: string;
  readonly hlc: string | null;
}

const lineColumns = sql`h.before::text as before, h.hlc, h.author, h.client_id::text as client_id,
  h.mutation_id::text as mutation_id, to_char(h.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at`;

/** What stood before an old change is purged; that there was one, and whose it was, is not. */
const pastChange = (line: Line): PastChange => ({
  before: line.before === null ? null : (JSON.parse(line.before) as AnyRecord),
  author: line.author,
  clientId: line.client_id,
  mutationId: line.mutation_id === null ? null : Number(line.mutation_id),
  at: line.at,
  hlc: line.hlc,
});

/** Of records that are not there: how often they were changed, and what was deleted. By the history's record index. */
async function readAbsent(tx: Tx, slots: Map<string, Slot>, touched: Ids): Promise<void> {
  const absent = [...touched].flatMap(([domain, ids]) =>
    [...ids].filter((id) => !slots.has(keyOf(domain, id))).map((id) => ({ domain, id })),
  );
  if (absent.length === 0) return;
  const lines = await tx.rows<Line>(sql`
    select w.domain, w.id::text as id, (select count(*) from history c where c.domain = w.domain and c.record_id = w.id) as n,
      h.*
    from json_to_recordset(${JSON.stringify(absent)}::text::json) as w(domain text, id uuid)
    cross join lateral (select ${lineColumns} from history h where h.domain = w.domain and h.record_id = w.id
      order by h.seq desc limit 1) h`);
  for (const line of lines) {
    const version = Number(line.n);
    const past = new Map([[version - 1, pastChange(line)]]);
    slots.set(keyOf(line.domain, line.id), { record: null, version, past });
  }
  for (const { domain, id } of absent) {
    const key = keyOf(domain, id);
    if (!slots.has(key)) slots.set(key, { record: null, version: 0, past: new Map() });
  }
}

/** Of records that changed since a mutation's base: the states since then. By the history's record index. */
async function readPast(
  tx: Tx,
  slots: Map<string, Slot>,
  mutations: readonly Incoming[],
  remembered: ReadonlyMap<string, Remembered>,
): Promise<void> {
  const wanted = new Map<string, { domain: string; id: string; back: number; lines: number }>();
  const first = new Set<string>();
  for (const mutation of mutations) {
    const { domain, recordId, base } = mutation;
    const key = keyOf(domain, recordId);
    const slot = slots.get(key);
    if (!slot?.record || base === null) continue;
    const place = basePlace(mutation);
    const version = "version" in base ? base.version : place && remembered.get(logKey(place))?.result.version;
    // A base that is not known, or newer than a server that was restored: whoever changed it last is asked for.
    const back = version && version <= slot.version ? slot.version - version : linesBack;
    if (back === 0) continue;
    wanted.set(`${key} ${back}`, { domain, id: recordId, back, lines: first.has(key) ? 0 : linesBack });
    first.add(key);
  }
  if (wanted.size === 0) return;
  const lines = await tx.rows<Line>(sql`
    select w.domain, w.id::text as id, h.*
    from json_to_recordset(${JSON.stringify([...wanted.values()])}::text::json) as w(domain text, id uuid, back integer, lines integer)
    cross join lateral (select row_number() over (order by h.seq desc) as n, ${lineColumns} from history h
      where h.domain = w.domain and h.record_id = w.id order by h.seq desc limit w.back) h
    where h.n <= w.lines or h.n = w.back`);
  for (const line of lines) {
    const key = keyOf(line.domain, line.id);
    const slot = slots.get(key);
    if (!slot) continue;
    slots.set(key, { ...slot, past: new Map(slot.past).set(slot.version - Number(line.n), pastChange(line)) });
  }
}

/** The records that name a deleted one, and those that go with them. By the index of each reference. */
async function readReferrers(
  tx: Tx,
  domains: DomainSet,
  slots: Map<string, Slot>,
  mutations: readonly Incoming[],
): Promise<void> {
  if (!mutations.some((m) => m.kind === "delete")) return;
  let frontier: Ids = new Map();
  for (const m of mutations) {
    // A record that this batch moves under a deleted one goes with it.
    if (m.kind === "delete" || cascades(domains.get(m.domain))) add(frontier, m.domain, m.recordId);
  }
  const seen = new Set<string>();
  while (frontier.size > 0) {
    const next: Ids = new Map();
    for (const child of domains.all) {
      for (const [field, { to, onDelete }] of Object.entries(child.references)) {
        const column = tableOf(child).value(field);
        const parents = frontier.get(to);
        if (!column || !parents) continue;
        for (const [id, { record, version }] of await selectRecords(tx, child, sql`${column} in ${idSet(parents)}`)) {
          const key = keyOf(child.name, id);
          if (!slots.has(key)) slots.set(key, { record, version, past: new Map() });
          if (onDelete === "cascade" && !seen.has(key)) add(next, child.name, id);
          seen.add(key);
        }
      }
    }
    frontier = next;
  }
}

const cascades = (domain: Domain): boolean =>
  Object.values(domain.references).some((reference) => reference.onDelete === "cascade");

/**
 * Which of the records that the mutations name are there; one statement a domain. Of those that are not, what was
 * deleted, and what that named in turn: it may come back with a late child.
 */
async function readReferences(
  tx: Tx,
  domains: DomainSet,
  slots: Map<string, Slot>,
  mutations: readonly Incoming[],
): Promise<Set<string>> {
  const known = new Set<string>();
  let asked: Ids = new Map();
  const ask = (domain: Domain, record: Readonly<Record<string, unknown>> | null | undefined): void => {
    for (const [field, { to }] of Object.entries(domain.references)) {
      const id = record?.[field];
      if (typeof id !== "string" || !isUuid(id) || slots.has(keyOf(to, id)) || known.has(keyOf(to, id))) continue;
      add(asked, to, id);
    }
  };
  for (const { domain, recordId, fields } of mutations) {
    ask(domains.get(domain), fields);
    // A deleted record may come back with what it named.
    ask(domains.get(domain), lastState(slots.get(keyOf(domain, recordId))));
  }
  while (asked.size > 0) {
    const absent: Ids = new Map();
    for (const [to, ids] of asked) {
      const there = await existingIds(tx, domains.get(to), ids);
      for (const id of ids) {
        if (there.has(id)) known.add(keyOf(to, id));
        else add(absent, to, id);
      }
    }
    await readAbsent(tx, slots, absent);
    asked = new Map();
    for (const [to, ids] of absent) for (const id of ids) ask(domains.get(to), lastState(slots.get(keyOf(to, id))));
  }
  return known;
}

/** What a deleted record was. */
const lastState = (slot: Slot | undefined): AnyRecord | null =>
  slot && !slot.record ? (slot.past.get(slot.version - 1)?.before ?? null) : null;
