/** A cursor: a `seq` with the beginning of that change's chained hash, so that another history is noticed. */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { Tx } from "./database.ts";
import { fromHex, type SchoolState, toHex } from "./school.ts";

/** A place in a school's history. */
export interface Place {
  readonly seq: number;
  readonly chain: Uint8Array;
}

export const cursorText = ({ seq, chain }: Place): string => `${seq}.${toHex(chain.subarray(0, 8))}`;

const zero: Place = { seq: 0, chain: new Uint8Array(32) };

/**
 * The place that a cursor names; `null` is the beginning. One look-up by the history's primary key.
 * @throws RESYNC_REQUIRED when it is no cursor of this school's history: garbage, negative, future, foreign
 */
export async function placeOf(tx: Tx, school: SchoolState, cursor: string | null): Promise<Place> {
  if (cursor === null) return zero;
  const match = /^(0|[1-9]\d{0,14})\.([0-9a-f]{16})$/.exec(cursor);
  const seq = Number(match?.[1]);
  const place = !match || seq > school.seq ? null : seq === 0 ? zero : await placeAt(tx, seq);
  if (!place || cursorText(place) !== cursor) {
    throw new AdapterError("RESYNC_REQUIRED", "The cursor does not belong to this school's history.", {
      place: "/cursor",
    });
  }
  return place;
}

async function placeAt(tx: Tx, seq: number): Promise<Place | null> {
  const [row] = await tx.rows<{ chain: string }>(
    sql`select encode(chain, 'hex') as chain from history where seq = ${seq}::bigint`,
  );
  return row ? { seq, chain: fromHex(row.chain) } : null;
}
