/** Reads a domain from the side that the stage names, with this device's own writes laid over. */
import type { Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import { isUuid } from "../domain/ids.ts";
import type { RecordStore } from "../local/record-store.ts";
import type { AutoRecoveryManager } from "../recovery/auto-recovery-manager.ts";
import type { Comparison } from "./comparison.ts";
import type { Found, Page, Query } from "./contract.ts";
import { laidOver, layOver, pendingOf } from "./lay-over.ts";
import { itemOf, localPage } from "./local-page.ts";
import type { ReadPolicy } from "./options.ts";
import { checkQuery } from "./query.ts";
import { routeOf } from "./routing.ts";
import type { ServerSide } from "./server-side.ts";

export interface ReaderOptions {
  readonly store: RecordStore;
  /** `null`: there is no server; then everything is read here. */
  readonly server: ServerSide | null;
  readonly recovery: AutoRecoveryManager;
  readonly comparison: Comparison;
  readonly readPolicy: ReadPolicy;
  /** This device's journal and the rollout allow it. */
  readonly readsFromServer: () => boolean;
  /** How long a reader waits for the server, in milliseconds, before the local side answers. */
  readonly answerWithinMs: number;
  /** Brings the server's answer into the store; who shows it is told by its subscription. */
  readonly refresh: () => void;
}

export interface Reader {
  list(domain: Domain, query: Query, signal?: AbortSignal): Promise<Page>;
  get(domain: Domain, id: string, signal?: AbortSignal): Promise<Found | null>;
}

export function createReader(options: ReaderOptions): Reader {
  const { store, server, recovery, comparison, readPolicy } = options;

  /** What the server says; `undefined`: it cannot answer. */
  async function ask<T>(
    what: string,
    signal: AbortSignal | undefined,
    operation: (server: ServerSide, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    if (server === null) return undefined;
    const outcome = await recovery.run<T | undefined>((inner) => operation(server, inner), {
      side: "server",
      what,
      signal,
      deadlineMs: options.answerWithinMs,
      // Somebody waits, and the local side can answer: one more try is enough.
      policies: { transient: { attempts: 2 } },
      fallback: async () => undefined,
    });
    return outcome.kind === "queued" ? undefined : outcome.value;
  }

  const route = ({ name }: Domain) => routeOf(store.position, name, server !== null && options.readsFromServer());

  return {
    async list(domain, query, signal) {
      const checked = checkQuery(domain, query);
      if (signal?.aborted) throw interrupted(domain);
      const { name } = domain;
      const here = (): Page => ({
        ...localPage(store, domain, checked),
        source: "local",
        pending: pendingOf(store, name).writes,
      });
      const { reads, compares } = route(domain);
      if (reads === "local") {
        const page = here();
        if (compares === "server") comparison.ofQuery(domain, query, page.items);
        return page;
      }
      if (readPolicy === "local-first") {
        options.refresh();
        return here();
      }
      const before = pendingOf(store, name).ids;
      const page = await ask(`Reading ${name}`, signal, (it, inner) => it.list(domain, query, inner));
      if (page === undefined) return here();
      if (compares === "local") comparison.ofRecords(domain, page.items, before);
      const now = pendingOf(store, name);
      const laid = layOver(store, domain, checked, page, new Set([...before, ...now.ids]));
      return { ...laid, source: "server", pending: now.writes };
    },

    async get(domain, id, signal) {
      // What is no id names no record.
      if (!isUuid(id)) return null;
      if (signal?.aborted) throw interrupted(domain);
      const { name } = domain;
      const here = (): Found | null => {
        const view = store.get(name, id);
        return view && { ...itemOf(view), source: "local" };
      };
      const { reads, compares } = route(domain);
      if (reads === "local") {
        if (compares === "server") comparison.ofId(domain, id);
        return here();
      }
      if (readPolicy === "local-first") {
        options.refresh();
        return here();
      }
      const before = pendingOf(store, name).ids;
      const stored = await ask(`Reading a record of ${name}`, signal, (it, inner) => it.get(domain, id, inner));
      if (stored === undefined) return here();
      if (compares === "local" && stored) comparison.ofRecords(domain, [stored], before);
      const written = before.has(id) || pendingOf(store, name).ids.has(id);
      const item = laidOver(store, domain, id, stored, written);
      return item && { ...item, source: "server" };
    },
  };
}

const interrupted = ({ name }: Domain): AdapterError =>
  new AdapterError("INTERRUPTED", `Reading ${name} was given up.`);
