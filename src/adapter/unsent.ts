/** What the server does not have, as text for a person to keep. */
import type { RecordStore } from "../local/record-store.ts";

/** JSON: what waits, what is parked, and the position under which it was written. */
export function unsentText(store: RecordStore, at: string): string {
  const limit = Number.POSITIVE_INFINITY;
  const waiting = store.sync.batch({ maxBytes: limit, maxMutations: limit })?.mutations ?? [];
  return JSON.stringify({ format: "hybrid-data-adapter/unsent/1", at, waiting, parked: store.parked() }, null, 2);
}
