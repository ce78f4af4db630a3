/** Compares the two sides in the background, on some of what is read; never on the way of whoever reads. */
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import type { RecordStore, RecordView } from "../local/record-store.ts";
import type { SyncReport } from "../sync/status.ts";
import type { Item, Mismatch, Query } from "./contract.ts";
import { pendingOf } from "./lay-over.ts";
import type { ServerRecord, ServerSide } from "./server-side.ts";

export interface ComparisonOptions {
  readonly store: RecordStore;
  readonly server: ServerSide | null;
  readonly syncNow: () => Promise<SyncReport>;
  /** True for the reads that are looked at. */
  readonly chosen: () => boolean;
  readonly closing: AbortSignal;
}

/**
 * - A record is reported only if no write waited on it before or after, both sides name the same version, and a second
 *   look after a pull still differs.
 * - One comparison runs at a time; what is read meanwhile is not looked at.
 * - A server that does not answer ends it: that is nothing about the records.
 */
export interface Comparison {
  /** Asks the server for what was read here. */
  ofQuery(domain: Domain, query: Query, read: readonly Item[]): void;
  ofId(domain: Domain, id: string): void;
  /** Looks here at what the server answered. @param pending on which a write waited when it was asked */
  ofRecords(domain: Domain, records: readonly ServerRecord[], pending: ReadonlySet<string>): void;
  /** @returns ends the subscription */
  subscribe(listener: (mismatch: Mismatch) => void): () => void;
}

/** Records of one comparison that get a second look. */
const mostSuspects = 20;

export function createComparison({ store, server, syncNow, chosen, closing }: ComparisonOptions): Comparison {
  const listeners = new Set<(mismatch: Mismatch) => void>();
  let busy = false;

  function start(look: (server: ServerSide) => Promise<void>): void {
    if (busy || server === null || closing.aborted || listeners.size === 0 || !chosen()) return;
    busy = true;
    void look(server)
      // Whatever went wrong, the reader has its answer, and the next comparison comes.
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }

  const hasPending = (domain: Domain, id: string): boolean => pendingOf(store, domain.name).ids.has(id);

  function suspects(domain: Domain, records: readonly ServerRecord[], pending: ReadonlySet<string>): readonly string[] {
    const now = pendingOf(store, domain.name).ids;
    return records
      .filter(({ record: { id } }) => !pending.has(id) && !now.has(id))
      .filter((stored) => differ(domain, store.get(domain.name, stored.record.id), stored) !== null)
      .map(({ record }) => record.id)
      .slice(0, mostSuspects);
  }

  async function lookAgain(it: ServerSide, domain: Domain, ids: readonly string[]): Promise<void> {
    if (ids.length === 0 || (await syncNow()).outcome !== "synced") return;
    for (const id of ids) {
      if (closing.aborted) return;
      const before = hasPending(domain, id);
      const stored = await it.get(domain, id, closing);
      if (before || hasPending(domain, id)) continue;
      const fields = differ(domain, store.get(domain.name, id), stored);
      if (fields !== null) for (const listener of listeners) listener({ domain: domain.name, id, fields });
    }
  }

  return {
    ofQuery(domain, query, read) {
      start(async (it) => {
        const pending = pendingOf(store, domain.name).ids;
        const { items } = await it.list(domain, query, closing);
        const there = new Set(items.map(({ record }) => record.id));
        const missing = read.filter(({ record, state }) => state === "synced" && !there.has(record.id));
        const ids = [...suspects(domain, items, pending), ...missing.map(({ record }) => record.id)];
        await lookAgain(it, domain, ids.slice(0, mostSuspects));
      });
    },
    ofId(domain, id) {
      start(async (it) => {
        const pending = pendingOf(store, domain.name).ids;
        const stored = await it.get(domain, id, closing);
        if (stored) await lookAgain(it, domain, suspects(domain, [stored], pending));
        else if (!pending.has(id) && store.get(domain.name, id)?.state === "synced") await lookAgain(it, domain, [id]);
      });
    },
    ofRecords(domain, records, pending) {
      start((it) => lookAgain(it, domain, suspects(domain, records, pending)));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** The fields that differ under one version; empty where one side has no such record; `null`: nothing to report. */
function differ(domain: Domain, here: RecordView | null, there: ServerRecord | null): readonly string[] | null {
  if (!here || !there) return here?.state === "synced" || (!here && there) ? [] : null;
  if (here.serverVersion !== there.version || here.state !== "synced") return null;
  const fields = [...domain.fieldNames, "externalId", "extra"].filter(
    (name) => textOf(here.record, name) !== textOf(there.record, name),
  );
  return fields.length > 0 ? fields : null;
}

const textOf = (record: AnyRecord, name: string): string => JSON.stringify(record[name] ?? null);
