/** A page of a domain out of this browser's store. */
import type { Domain } from "../domain/define-domain.ts";
import { formatCursor } from "../domain/page-cursor.ts";
import type { RecordStore, RecordView } from "../local/record-store.ts";
import type { Item } from "./contract.ts";
import { type CheckedQuery, comparePlaces, matches, type Place, placeAfter, placeOf } from "./query.ts";

export interface ItemPage {
  readonly items: readonly Item[];
  readonly next: string | null;
}

export const itemOf = ({ record, serverVersion, state }: RecordView): Item => ({
  record,
  version: serverVersion,
  state,
});

interface Placed {
  readonly view: RecordView;
  readonly place: Place;
}

export function localPage(store: RecordStore, domain: Domain, query: CheckedQuery): ItemPage {
  const after = placeAfter(domain, query);
  const wanted = query.limit + 1;
  let first: Placed[] = [];
  /** Behind this one nothing is on the page. */
  let worst: Place | null = null;
  for (const view of store.all(domain.name)) {
    if (!matches(query, view.record)) continue;
    const place = placeOf(domain, query, view.record);
    if (after && comparePlaces(query, place, after) <= 0) continue;
    if (worst && comparePlaces(query, place, worst) > 0) continue;
    first.push({ view, place });
    // Of a large domain only what may still be on the page is kept and sorted.
    if (first.length < 8 * wanted) continue;
    first = cut(query, first, wanted);
    worst = first.at(-1)?.place ?? null;
  }
  const found = cut(query, first, wanted);
  const page = found.slice(0, query.limit);
  const last = found.length > query.limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ view }) => itemOf(view)),
    next: last ? formatCursor(domain, query, last.view.record) : null,
  };
}

const cut = (query: CheckedQuery, found: Placed[], wanted: number): Placed[] =>
  found.sort((a, b) => comparePlaces(query, a.place, b.place)).slice(0, wanted);
