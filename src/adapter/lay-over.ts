/** Lays this device's own writes over what the server answered, so that nobody's own write disappears. */
import type { Domain } from "../domain/define-domain.ts";
import type { RecordStore } from "../local/record-store.ts";
import type { Item } from "./contract.ts";
import { type ItemPage, itemOf } from "./local-page.ts";
import { type CheckedQuery, comparePlaces, matches, type Place, placeAfter, placeOf } from "./query.ts";
import type { ServerPage, ServerRecord } from "./server-side.ts";

const nothingPending = { ids: new Set<string>(), writes: 0 };
const everything = { maxBytes: Number.POSITIVE_INFINITY, maxMutations: Number.POSITIVE_INFINITY };

/** The records of a domain on which a write waits for the server's answer, and how many writes those are. */
export function pendingOf(
  store: RecordStore,
  domain: string,
): { readonly ids: ReadonlySet<string>; readonly writes: number } {
  if (store.outbox().mutations === 0) return nothingPending;
  const own = store.sync.batch(everything)?.mutations.filter((mutation) => mutation.domain === domain) ?? [];
  return { ids: new Set(own.map(({ recordId }) => recordId)), writes: own.length };
}

/** A record of the server's as an item; what this device knows of it beside. */
function serverItem(store: RecordStore, domain: Domain, { record, version }: ServerRecord): Item {
  const state = store.get(domain.name, record.id)?.state;
  return { record, version, state: state === "conflict" || state === "parked" ? state : "synced" };
}

/**
 * What is shown of one record.
 * @param written a write of this device waited on it when the server was asked, or does now
 */
export function laidOver(
  store: RecordStore,
  domain: Domain,
  id: string,
  stored: ServerRecord | null,
  written: boolean,
): Item | null {
  if (!written) return stored && serverItem(store, domain, stored);
  const view = store.get(domain.name, id);
  const isOld = view?.state === "synced" && stored !== null && stored.version >= (view.serverVersion ?? 0);
  if (isOld) return serverItem(store, domain, stored);
  return view && itemOf(view);
}

/**
 * The server's page with the writes laid over: filtered here, and placed only between the page's first and last place.
 * @param written the records on which a write waited when the server was asked, or does now
 */
export function layOver(
  store: RecordStore,
  domain: Domain,
  query: CheckedQuery,
  page: ServerPage,
  written: ReadonlySet<string>,
): ItemPage {
  if (written.size === 0) return { items: page.items.map((one) => serverItem(store, domain, one)), next: page.next };
  const from = placeAfter(domain, query);
  const last = page.next === null ? undefined : page.items.at(-1);
  const until = last ? placeOf(domain, query, last.record) : null;
  const inside = (place: Place): boolean =>
    (from === null || comparePlaces(query, place, from) > 0) &&
    (until === null || comparePlaces(query, place, until) <= 0);
  const byId = new Map(page.items.map((one) => [one.record.id as string, one]));
  const ids = new Set([...byId.keys(), ...written]);
  const items: Item[] = [];
  for (const id of ids) {
    const item = laidOver(store, domain, id, byId.get(id) ?? null, written.has(id));
    if (!item || (written.has(id) && !matches(query, item.record))) continue;
    if (!written.has(id) || inside(placeOf(domain, query, item.record))) items.push(item);
  }
  items.sort((a, b) => comparePlaces(query, placeOf(domain, query, a.record), placeOf(domain, query, b.record)));
  return { items, next: page.next };
}
