/** What an app imports: one interface for every domain, whichever side answers. */
import type { AnyRecord, Domain, DomainSet, RecordOfDomain } from "../domain/define-domain.ts";
import type { Mode, Stage } from "../domain/stages.ts";
import type { OutboxStatus, Parked, RecordState, RecordStore } from "../local/record-store.ts";
import type { Storage } from "../local/storage.ts";
import type { Platform } from "../platform/platform.ts";
import type { AutoRecoveryManager } from "../recovery/auto-recovery-manager.ts";
import type { SyncEngine } from "../sync/engine.ts";
import type { SyncReport, SyncStatus } from "../sync/status.ts";
import type { Adoption } from "./adopt-legacy.ts";
import type { LegacyStatus } from "./legacy-status.ts";
import type { MirrorLosses } from "./mirror/mirror-losses.ts";

/** Which side a value comes from; `local` in a stage that reads from the server says that the server could not answer. */
export type Source = "local" | "server";

export interface Item<R extends AnyRecord = AnyRecord> {
  readonly record: R;
  /** The version that the server confirmed; `null`: it never has. */
  readonly version: number | null;
  readonly state: RecordState;
}

export interface Query {
  /** Equality by field; a list means any of its values. */
  readonly filter?: Readonly<Record<string, unknown>>;
  /** One of the domain's sort keys; without it the order is by id. */
  readonly sort?: string;
  readonly order?: "asc" | "desc";
  /** 1 to 1,000; 100 by default. */
  readonly limit?: number;
  /** Of the page before. */
  readonly cursor?: string;
}

export interface Page<R extends AnyRecord = AnyRecord> {
  readonly items: readonly Item<R>[];
  /** `null`: this is the last page. */
  readonly next: string | null;
  readonly source: Source;
  /** Writes of this domain that the server has not answered. */
  readonly pending: number;
}

export interface Found<R extends AnyRecord = AnyRecord> extends Item<R> {
  readonly source: Source;
}

/** What became of a write: `pending` when it is on this disk and the server has not answered yet. */
export interface Written<R extends AnyRecord = AnyRecord> {
  readonly item: Item<R> | null;
  readonly acknowledged: "local" | "server" | "pending";
}

/** A create without an id gets one; fields that are left out are `null`. */
export type Draft<R extends AnyRecord> = Partial<Omit<R, "id">> & { readonly id?: string };
export type Changes<R extends AnyRecord> = Partial<Omit<R, "id">>;

/**
 * One domain.
 * - Pending writes are laid over every read, from either side.
 * - The same query gives the same page from either side.
 * - A promise that resolved stands on disk or on the server (law 1); one that rejected left nothing.
 */
export interface DomainAdapter<R extends AnyRecord = AnyRecord> {
  list(query?: Query, options?: { readonly signal?: AbortSignal }): Promise<Page<R>>;
  get(id: string, options?: { readonly signal?: AbortSignal }): Promise<Found<R> | null>;
  create(draft: Draft<R>): Promise<Written<R>>;
  update(id: string, changes: Changes<R>): Promise<Written<R>>;
  remove(id: string): Promise<Written<R>>;
  /**
   * Called with the ids that changed, in batches; with none when the stage did, for another side may answer now.
   * @returns ends the subscription
   */
  subscribe(listener: (change: { readonly ids: readonly string[] }) => void): () => void;
}

export type BatchWrite =
  | { readonly kind: "create"; readonly domain: string; readonly draft: Readonly<Record<string, unknown>> }
  | {
      readonly kind: "update";
      readonly domain: string;
      readonly id: string;
      readonly changes: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "remove"; readonly domain: string; readonly id: string };

export interface AdapterStatus {
  readonly stage: Stage;
  readonly mode: Mode;
  readonly epoch: number;
  readonly sync: SyncStatus;
  readonly outbox: OutboxStatus;
  readonly parked: readonly Parked[];
  /**
   * Why this tab only reads: another one runs a newer build of the app, which has brought what is stored here up to date.
   * Ask the user to reload; what was written here before is kept, and goes out from there. `null`: it may write.
   */
  readonly readOnly: string | null;
  /** What somebody must know of this device's storage: it was cleared, something in it was damaged, it promises less than it should. */
  readonly warnings: readonly string[];
  /** `null`: this adapter was not told of an old app. */
  readonly legacy: LegacyStatus | null;
}

/** A record that the two sides hold differently, found in the background and looked at twice. */
export interface Mismatch {
  readonly domain: string;
  readonly id: string;
  /** The fields that differ; empty: one side has no such record. */
  readonly fields: readonly string[];
}

export interface AdapterControls {
  /** By name, for every domain, the declared ones included. @throws NOT_FOUND */
  domain(name: string): DomainAdapter;
  /** All or none, here and on the server. @throws STAGE_MIXED and what a single write throws */
  batch(writes: readonly BatchWrite[]): Promise<readonly Written[]>;
  status(): AdapterStatus;
  /** @returns ends the subscription */
  onStatus(listener: (status: AdapterStatus) => void): () => void;
  onMismatch(listener: (mismatch: Mismatch) => void): () => void;
  /**
   * `hybrid` begins with `dualwrite`, `api` with `rampdown` (who is further on in it stays), and `localStorage`, from
   * anywhere but `off`, is `draining`, until `setStage("off")` once every device has drained. An administrator of the
   * school alone may.
   * @throws FORBIDDEN, EPOCH_STALE (the school has moved on; look at `status()` and decide again), CONFIG_INVALID
   */
  setMode(mode: Mode): Promise<void>;
  setStage(stage: Stage): Promise<void>;
  syncNow(): Promise<SyncReport>;
  /** @throws UNSENT_WRITES with what waits, unless `force`; the outbox stays on disk either way */
  logout(options?: { readonly force?: boolean }): Promise<void>;
  /** What waits and what is parked, as JSON text, for a person to keep. */
  exportUnsent(): string;
  close(): Promise<void>;
}

/** What the app around the screens needs beside. */
export interface AdapterInside {
  /** Somebody signed in again, in this tab or another: what waited for that goes on. */
  tokenChanged(): void;
  /** What the adapter is made of, for the migration manager and the mock data service; a screen has no use for it. */
  readonly parts: AdapterParts;
}

export interface AdapterParts {
  readonly store: RecordStore;
  readonly storage: Storage;
  readonly domains: DomainSet;
  readonly platform: Platform;
  readonly recovery: AutoRecoveryManager;
  /** `null`: there is no server. */
  readonly sync: SyncEngine | null;
  /** What came of the old app's storages at this start. */
  readonly adopted: readonly Adoption[];
  /** What lost where the old app and this one wrote both (`mirrorLegacy`). */
  readonly losses: MirrorLosses;
}

/** An adapter with a property for each of its domains, typed by its fields. */
export type HybridDataAdapter<D extends Domain = Domain> = AdapterControls &
  AdapterInside & { readonly [K in D as K["name"]]: DomainAdapter<RecordOfDomain<K>> };
