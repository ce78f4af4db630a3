/** The history: every change of a school in order, with what was there before and a hash that chains them. */
import { sha256 } from "@noble/hashes/sha2.js";
import { sql } from "drizzle-orm";
import type { AnyRecord } from "../../domain/define-domain.ts";
import type { ImportId, RecordId } from "../../domain/ids.ts";
import type { Tx } from "./database.ts";
import { advanceSchool, type SchoolState, toHex } from "./school.ts";

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

const encoder = new TextEncoder();

/** The hash of a change, which vouches for all changes before it. */
function chained(previous: Uint8Array, seq: number, change: Change): Uint8Array {
  const digest = change.digestAfter === null ? null : BigInt.asIntN(64, change.digestAfter).toString();
  const text = encoder.encode(JSON.stringify([seq, change.domain, change.recordId, change.op, digest]));
  const input = new Uint8Array(previous.length + text.length);
  input.set(previous);
  input.set(text, previous.length);
  return sha256(input);
}

/**
 * Appends the changes in their order, the first as `state.seq + 1`, and advances the school; one statement each,
 * however many changes there are. The school must be locked by this transaction.
 */
export async function appendHistory(
  tx: Tx,
  state: SchoolState,
  changes: readonly Change[],
  at: Date,
): Promise<SchoolState> {
  if (changes.length === 0) return state;
  let { seq, chain } = state;
  const rows = changes.map((change) => {
    seq += 1;
    chain = chained(chain, seq, change);
    return {
      seq,
      domain: change.domain,
      record_id: change.recordId,
      op: change.op,
      before: change.before,
      digest_after: change.digestAfter === null ? null : BigInt.asIntN(64, change.digestAfter).toString(),
      author: change.author,
      client_id: change.clientId,
      mutation_id: change.mutationId,
      import_id: change.importId,
      chain: toHex(chain),
    };
  });
  await tx.rows(sql`
    insert into history (school_id, seq, domain, record_id, op, before, digest_after, author, client_id, mutation_id,
      import_id, at, chain)
    select ${state.school}::uuid, r.seq, r.domain, r.record_id, r.op, case when r.op = 'create' then null else r.before end,
      r.digest_after, r.author, r.client_id, r.mutation_id, r.import_id, ${at.toISOString()}::timestamptz,
      decode(r.chain, 'hex')
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as r(seq bigint, domain text, record_id uuid, op text,
      before json, digest_after bigint, author text, client_id uuid, mutation_id bigint, import_id uuid, chain text)`);
  const next = { ...state, seq, chain };
  await advanceSchool(tx, next);
  return next;
}
