/** The history: every change of a school in order, with what was there before and a hash that chains them. */
import { type SQL, sql } from "drizzle-orm";
import type { AnyRecord } from "../../domain/define-domain.ts";
import type { ImportId, RecordId } from "../../domain/ids.ts";
import { sha256Hex } from "../sha256.ts";
import { columnFrom, columnRows, type ReadyColumn, ready } from "./column-rows.ts";
import type { Tx } from "./database.ts";
import { fromHex, type SchoolState, schoolAdvance } from "./school.ts";

export interface Change {
  readonly domain: string;
  readonly recordId: RecordId;
  readonly op: "create" | "update" | "delete";
  /** The record before the change; `null` for a create. */
  readonly before: AnyRecord | null;
  /** `digestOf` the record after the change, signed or unsigned; `null` for a delete. */
  readonly digestAfter: bigint | null;
  readonly author: string;
  readonly clientId: string | null;
  readonly mutationId: number | null;
  readonly importId: ImportId | string | null;
  /** The stamp of a device's change; without one its time stands for it. */
  readonly hlc?: string | null;
}

/** The change that a removal by an administrator or an import is; the record itself is kept as its before image. */
export const removalOf = (
  domain: string,
  { record }: { readonly record: AnyRecord },
  by: { readonly author: string; readonly importId: Change["importId"] },
): Change => ({
  domain,
  recordId: record.id,
  op: "delete",
  before: record,
  digestAfter: null,
  clientId: null,
  mutationId: null,
  ...by,
});

const signed = (digest: bigint | null): string | null =>
  digest === null ? null : BigInt.asIntN(64, digest).toString();

const hashLength = 32;

/** What a change adds to the chain but for its number, which only the locked school knows. */
const linkOf = ({ domain, recordId, op, digestAfter }: Change): string =>
  JSON.stringify([domain, recordId, op, signed(digestAfter)]).slice(1);

/** Hashes change after change: each hash, in hexadecimal, vouches for all changes before it. */
function chainAfter({ seq, chain }: SchoolState, links: readonly string[]): string[] {
  // Number, names, id and digest together are shorter than this.
  const input = new Uint8Array(1024);
  const behind = input.subarray(hashLength);
  const encoder = new TextEncoder();
  input.set(chain);
  return links.map((link, index) => {
    const { written } = encoder.encodeInto(`[${seq + index + 1},${link}`, behind);
    const hash = sha256Hex(input.subarray(0, hashLength + written));
    putHex(hash, input);
    return hash;
  });
}

/** Faster than cutting the text into pairs, which counts once a record. */
function putHex(hex: string, into: Uint8Array): void {
  for (let i = 0; i < hashLength; i++) into[i] = (digit(hex.charCodeAt(2 * i)) << 4) | digit(hex.charCodeAt(2 * i + 1));
}

// `0` to `9` stand at 48, `a` to `f` at 97.
const digit = (code: number): number => (code < 58 ? code - 48 : code - 87);

/** Changes made ready to be appended, which takes longer than appending them: it is done before the school is locked. */
export interface HistoryLines {
  readonly at: Date;
  readonly columns: readonly ReadyColumn[];
  readonly links: readonly string[];
}

export function historyLines(changes: readonly Change[], at: Date): HistoryLines {
  const column = columnFrom(changes);
  const columns = [
    column("record_id", "uuid", (c) => c.recordId),
    column("domain", "text", (c) => c.domain),
    column("op", "text", (c) => c.op),
    column("before", "json", (c) => (c.op === "create" ? null : c.before && JSON.stringify(c.before))),
    column("digest_after", "bigint", (c) => signed(c.digestAfter)),
    column("author", "text", (c) => c.author),
    column("client_id", "uuid", (c) => c.clientId),
    column("mutation_id", "bigint", (c) => c.mutationId),
    column("import_id", "uuid", (c) => c.importId),
    column("hlc", "text", (c) => c.hlc),
  ];
  return { at, columns: columns.map(ready), links: changes.map(linkOf) };
}

/**
 * The statement that appends the changes in their order, the first as `state.seq + 1`, and how far the school is then.
 * The school must be locked by the transaction that runs it.
 */
export function historyInsert(
  state: SchoolState,
  { at, columns, links }: HistoryLines,
): { readonly insert: SQL; readonly next: SchoolState } {
  const chains = chainAfter(state, links);
  const rows = columnRows([...columns, { name: "chain", type: "text", values: chains }]);
  const insert = sql`
    insert into history (school_id, seq, domain, record_id, op, before, digest_after, author, client_id, mutation_id,
      import_id, hlc, at, chain)
    select ${state.school}::uuid, ${state.seq}::bigint + r.n, r.domain, r.record_id, r.op, r.before, r.digest_after,
      r.author, r.client_id, r.mutation_id, r.import_id, r.hlc, ${at.toISOString()}::timestamptz, decode(r.chain, 'hex')
    from ${rows}`;
  const last = chains.at(-1);
  return { insert, next: { ...state, seq: state.seq + links.length, chain: last ? fromHex(last) : state.chain } };
}

/** Appends the changes and advances the school; one statement each, however many changes there are. */
export async function appendHistory(
  tx: Tx,
  state: SchoolState,
  changes: readonly Change[],
  at: Date,
): Promise<SchoolState> {
  if (changes.length === 0) return state;
  const { insert, next } = historyInsert(state, historyLines(changes, at));
  await tx.rows(insert);
  await tx.rows(schoolAdvance(next));
  tx.advanced?.(next.school, next.seq);
  return next;
}
