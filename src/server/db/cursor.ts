/** A cursor: a `seq` with the beginning of that change's chained hash, so that another history is noticed. */
import { sql } from "drizzle-orm";
import { AdapterError } from "../../domain/errors.ts";
import type { SchoolId } from "../../domain/ids.ts";
import type { Tx } from "./database.ts";
import { fromHex, readSchool, type SchoolState, toHex } from "./school.ts";

/** A place in a school's history. */
export interface Place {
  readonly seq: number;
  readonly chain: Uint8Array;
}

export const cursorText = ({ seq, chain }: Place): string => `${seq}.${toHex(chain.subarray(0, 8))}`;

const zero: Place = { seq: 0, chain: new Uint8Array(32) };

/**
 * The place that a cursor names; `null` is the beginning. One look-up by the history's primary key.
 * @throws RESYNC_REQUIRED when it is no cursor of this school's history (garbage, negative, future, foreign: `unknown`),
 * or from before what was purged; with the server's own `seq`, by which a client sees that the server went back
 */
export async function placeOf(tx: Tx, school: SchoolState, cursor: string | null): Promise<Place> {
  const match = /^(0|[1-9]\d{0,14})\.([0-9a-f]{16})$/.exec(cursor ?? cursorText(zero));
  const seq = Number(match?.[1]);
  const place = !match || seq > school.seq ? null : seq === 0 ? zero : await placeAt(tx, seq);
  if (!place || (cursor !== null && cursorText(place) !== cursor)) throw refused(school, "unknown");
  if (place.seq < school.purged) throw refused(school, "purged");
  return place;
}

/**
 * Asked after what lies behind a place was read without the school's lock: a purge that came in between took some of it.
 * @throws RESYNC_REQUIRED
 */
export async function requireKept(tx: Tx, school: SchoolId, { seq }: Place): Promise<void> {
  const now = await readSchool(tx, school);
  if (seq < now.purged) throw refused(now, "purged");
}

const refused = ({ seq }: SchoolState, reason: "unknown" | "purged"): AdapterError =>
  new AdapterError(
    "RESYNC_REQUIRED",
    reason === "purged"
      ? "What changed since the cursor is not kept any more."
      : "The cursor does not belong to this school's history.",
    { place: "/cursor", facts: { seq, reason } },
  );

async function placeAt(tx: Tx, seq: number): Promise<Place | null> {
  const [row] = await tx.rows<{ chain: string }>(
    sql`select encode(chain, 'hex') as chain from history where seq = ${seq}::bigint`,
  );
  return row ? { seq, chain: fromHex(row.chain) } : null;
}
