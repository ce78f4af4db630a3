/** Puts the parts of an adapter together, and starts them. */
import type { Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import type { SchoolId } from "../domain/ids.ts";
import { modeOf } from "../domain/stages.ts";
import type { SyncReport, SyncStatus } from "../sync/status.ts";
import { createComparison } from "./comparison.ts";
import type {
  AdapterControls,
  AdapterInside,
  AdapterParts,
  AdapterStatus,
  DomainAdapter,
  HybridDataAdapter,
} from "./contract.ts";
import { createDomainAdapter, toWrite, writeAll } from "./domain-adapter.ts";
import { keepHouse } from "./keep-house.ts";
import type { keepLegacy } from "./legacy-house.ts";
import { createLosses } from "./mirror/mirror-losses.ts";
import type { HybridDataAdapterOptions, ServerOptions } from "./options.ts";
import { createReader } from "./reader.ts";
import { createServerSide } from "./server-side.ts";
import { createStageControl } from "./stage-control.ts";
import { unsentText } from "./unsent.ts";
import { createWriter } from "./writer.ts";

export interface AssemblyOptions extends Omit<HybridDataAdapterOptions, "server" | "platform" | "store" | "recovery"> {
  /** Of the store. */
  readonly name: string;
  readonly schoolId: SchoolId;
  /** `null`: there was no old app. */
  readonly keepLegacy: typeof keepLegacy | null;
  readonly server: (ServerOptions & { readonly fetch: (request: Request) => Promise<Response> }) | null;
}

const answerWithin = 4000;
const share = 0.1;

export function assemble<D extends Domain>(
  made: Omit<AdapterParts, "losses">,
  options: AssemblyOptions,
): HybridDataAdapter<D> {
  const { store, storage, domains, platform, recovery, sync } = made;
  const { server, readPolicy = "network-first", answerWithinMs = answerWithin } = options;
  const { timers, entropy, connectivity } = platform;
  const closing = new AbortController();
  let closed: Promise<void> | null = null;
  const told = new Set<() => void>();
  const parts: AdapterParts = { ...made, losses: createLosses(storage, store, () => old?.look()) };

  const syncNow = (): Promise<SyncReport> => sync?.syncNow() ?? Promise.resolve(nothingToAsk);
  const serverSide = server && createServerSide(domains, { ...server, timers, timeoutMs: answerWithinMs });
  const comparison = createComparison({
    store,
    server: serverSide,
    syncNow,
    chosen: () => entropy.fraction() < (options.compareShare ?? share),
    closing: closing.signal,
  });
  const reader = createReader({
    store,
    server: serverSide,
    recovery,
    comparison,
    readPolicy,
    readsFromServer: options.readsFromServer ?? (() => true),
    answerWithinMs,
    refresh: () => void syncNow(),
  });
  const writer = createWriter({
    store,
    domains,
    timers,
    connectivity,
    syncNow,
    answerWithinMs,
  });
  const control = createStageControl({
    store,
    platform,
    recovery,
    server: server && sync && { ...server, sync },
  });
  const domainParts = { store, reader, writer, entropy };
  const adapters = new Map<string, DomainAdapter>(
    domains.all.map((domain) => [domain.name, createDomainAdapter(domain, domainParts)]),
  );

  const status = (): AdapterStatus => ({
    stage: store.position.stage,
    mode: modeOf(store.position.stage),
    epoch: store.position.epoch,
    sync: sync?.status() ?? { ...alone, outbox: store.outbox() },
    outbox: store.outbox(),
    parked: store.parked(),
    readOnly: store.readOnly,
    warnings: [...store.warnings],
    legacy: old?.status() ?? null,
  });

  const controls: AdapterControls & AdapterInside = {
    parts,
    domain(name) {
      const found = adapters.get(domains.get(name).name);
      if (!found) throw new AdapterError("NOT_FOUND", `There is no domain ${name}.`);
      return found;
    },
    async batch(asked) {
      if (asked.length === 0) return [];
      const writes = asked.map((one) => toWrite(domains.get(one.domain), one, entropy));
      return writeAll(writes, domainParts, true);
    },
    status,
    onStatus(listener) {
      const tell = (): void => listener(status());
      const ends = [store.subscribe((change) => change.kind === "status" && tell()), sync?.subscribe(tell)];
      told.add(tell);
      return () => {
        told.delete(tell);
        for (const end of ends) end?.();
      };
    },
    onMismatch: comparison.subscribe,
    ...control,
    syncNow,
    tokenChanged: () => sync?.tokenChanged(),
    async logout({ force = false } = {}) {
      if (!force && store.outbox().mutations > 0) await sentOrLate();
      const { mutations, oldest } = store.outbox();
      if (!force && mutations > 0) {
        throw new AdapterError(
          "UNSENT_WRITES",
          `${mutations} writes are not on the server yet, the oldest of ${oldest}.`,
          {
            facts: { mutations, oldest, parked: store.parked().length },
          },
        );
      }
      await controls.close();
    },
    exportUnsent: () => unsentText(store, new Date(platform.clock.now()).toISOString()),
    close() {
      closed ??= (async () => {
        closing.abort();
        recovery.close();
        serverSide?.close();
        await sync?.close();
        await Promise.all([house, old?.ended]);
        await store.close();
      })();
      return closed;
    },
  };

  /** One more push, and no longer than anybody waits for an answer. */
  async function sentOrLate(): Promise<void> {
    const over = new AbortController();
    await Promise.race([syncNow(), timers.sleep(answerWithinMs, over.signal)]);
    over.abort();
  }

  sync?.start();
  const { name, schoolId: school, legacy, stage = "off" } = options;
  const house = sync ? null : keepHouse({ store, platform, name, stage, signal: closing.signal });
  const changed = (): void => {
    for (const tell of told) tell();
  };
  const keep = options.keepLegacy;
  const old = legacy && keep ? keep({ parts, legacy, name, school, server, signal: closing.signal, changed }) : null;
  return Object.assign(controls, Object.fromEntries(adapters)) as HybridDataAdapter<D>;
}

/** What is told where there is no server. */
const nothingToAsk: SyncReport = { outcome: "synced", pushed: 0, pulled: 0, conflicts: 0, parked: 0, error: null };
const alone: Omit<SyncStatus, "outbox"> = {
  phase: "idle",
  leading: true,
  paused: [],
  error: null,
  lastSyncedAt: null,
  clockSkewMs: null,
  recovered: null,
};
