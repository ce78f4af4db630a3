/** What somebody knows who only listens to a tab. */
import type { RecordStore } from "../../src/local/record-store.ts";
import type { SyncStatus } from "../../src/sync/status.ts";
import { domainNames } from "./domains.ts";

export interface Heard {
  readonly records: Map<string, string>;
  /** Those of which it was told, and which were as they had been. */
  readonly asTheyWere: Set<string>;
  /** Looked at when it is said that the status changed, and at no other time. */
  standing: string;
  /** The writes whose answers were told, as `client/id`. */
  readonly results: Set<string>;
  /** What the engine said of itself the last time. */
  status: SyncStatus | null;
}

/**
 * A listener that reads again what it is told of, as a page does.
 * @param wentBack is told of a record that shows an older version of the server's than it did, and was not created anew
 */
export function listen(store: RecordStore, heard: Heard, wentBack: (what: string) => void): void {
  const versions = new Map<string, number>();
  const look = (domain: string, id: string): void => {
    const view = store.get(domain, id);
    const [before = 0, version] = [versions.get(id), view?.serverVersion ?? 0];
    if (version > 0 && version < before) wentBack(`${domain}/${id} showed version ${before}, and then ${version}.`);
    // Under what is pending lies what came meanwhile: until that is answered, and covered, it is shown as it was made.
    if (view?.state !== "pending") versions.set(id, version);
    const key = `${domain}/${id}`;
    const shown = view && `${view.serverVersion} ${view.state} ${JSON.stringify(view.record)}`;
    if (shown === (heard.records.get(key) ?? null)) heard.asTheyWere.add(key);
    if (shown) heard.records.set(key, shown);
    else heard.records.delete(key);
  };
  for (const name of domainNames) for (const { record } of store.all(name)) look(name, record.id);
  heard.standing = standingOf(store);
  store.subscribe((change) => {
    if (change.kind === "records") for (const { domain, id } of change.keys) look(domain, id);
    else if (change.kind === "results")
      for (const { client, id } of change.results) heard.results.add(`${client}/${id}`);
    else heard.standing = standingOf(store);
  });
}

/** How the synchronisation stands, as a page shows it. */
export function standingOf(store: RecordStore): string {
  const parked = store.parked().map(({ mutation, code }) => `${mutation.client}/${mutation.id} ${code}`);
  return JSON.stringify([store.outbox(), parked.sort(), store.position]);
}
