/** The contract of the store of one school and user in this browser. */
import type { AnyRecord } from "../domain/define-domain.ts";
import type { RecordId } from "../domain/ids.ts";
import type { Stage } from "../domain/stages.ts";
import type { ChangeDown, Mutation, MutationResult } from "../domain/sync-wire.ts";

/** What a caller wants written. A create's record carries its id; an update's `fields` are only those that change. */
export type Write = (
  | { readonly kind: "create"; readonly record: AnyRecord }
  | { readonly kind: "update"; readonly id: RecordId; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: "delete"; readonly id: RecordId }
) & {
  readonly domain: string;
  /** The program that wrote it, where it was not this one; the server's history tells it. Stage `off` keeps no note of it. */
  readonly app?: string | undefined;
};

/** `local`: never sent and not waiting (stage `off`). `pending`: the server has not answered. */
export type RecordState = "synced" | "local" | "pending" | "conflict" | "parked";

/** A record as this browser sees it: what the server confirmed, with the pending writes laid over it. */
export interface RecordView {
  readonly record: AnyRecord;
  /** The version that the server confirmed; `null`: it has never confirmed this record. */
  readonly serverVersion: number | null;
  readonly state: RecordState;
}

/** A mutation of one of this device's logs; `client` is always given. */
export type LoggedMutation = Mutation & { readonly client: string };

/** A mutation that the server refused, kept with its reason until somebody mends or discards it. */
export interface Parked {
  readonly mutation: LoggedMutation;
  readonly code: string;
  readonly place: string | null;
  /** When the refusal arrived, ISO-8601. */
  readonly at: string;
}

/** A stored value that could not be read, kept as it was. */
export interface Quarantined {
  readonly key: string;
  readonly raw: string;
  readonly code: string;
  readonly at: string;
}

export interface OutboxStatus {
  readonly mutations: number;
  readonly bytes: number;
  /** When the oldest was made, ISO-8601; `null`: nothing waits. */
  readonly oldest: string | null;
}

export interface Committed {
  readonly clientId: string;
  /** Of the mutations, in the order of the writes; `null` in stage `off`, where there is no outbox. */
  readonly ids: readonly (number | null)[];
}

export type StoreChange =
  | { readonly kind: "records"; readonly keys: readonly { readonly domain: string; readonly id: RecordId }[] }
  | { readonly kind: "results"; readonly results: readonly (MutationResult & { readonly client: string })[] }
  | { readonly kind: "status" };

/** Under which stage, epoch and cursor this device works; told by the server, kept on disk. */
export interface SyncPosition {
  readonly stage: Stage;
  readonly stages: Readonly<Record<string, Stage>>;
  readonly epoch: number;
  readonly cursor: string | null;
}

/**
 * Keeps the records and the outbox of one school and user.
 * - `commit` resolves when its writes are on disk, all or none; after a crash they are there.
 * - A record read after `commit` resolved shows it, in every tab within two frames.
 * - A value that cannot be read goes to quarantine and is never replaced by an empty one.
 * - A disk that is full refuses the commit before anything of it is visible.
 */
export interface RecordStore {
  /** This tab's log. */
  readonly clientId: string;
  /** @throws NOT_FOUND for an unknown domain */
  get(domain: string, id: string): RecordView | null;
  /** Every record of a domain, in no order; no copy is made of a record. */
  all(domain: string): Iterable<RecordView>;
  count(domain: string): number;
  /**
   * Writes all or none. `group`: the server, too, applies them all or none.
   * @throws RECORD_INVALID and the other input codes, NOT_FOUND (update or delete of nothing), CREATE_CREATE,
   * LIMIT, STORAGE_FULL, OUTBOX_FULL, SCHEMA_NEWER (read only), STORE_CLOSED: nothing is kept then; STORAGE_LOST: whether
   * it was kept is not known, and shows itself before the next commit or when the store is opened again
   */
  commit(writes: readonly Write[], options?: { readonly group?: boolean }): Promise<Committed>;
  /** @returns ends the subscription. Listeners are called after the change is visible, at most once per change. */
  subscribe(listener: (change: StoreChange) => void): () => void;
  readonly position: SyncPosition;
  outbox(): OutboxStatus;
  parked(): readonly Parked[];
  /** Sends a parked mutation again as a new one, with `fields` laid over its own. */
  retryParked(client: string, id: number, fields?: Readonly<Record<string, unknown>>): Promise<Committed>;
  /** Gives a parked mutation up; it is handed back for the last time. */
  discardParked(client: string, id: number): Promise<Parked>;
  quarantined(): Promise<readonly Quarantined[]>;
  /**
   * Why this tab may only read: a newer program has brought the stored form to a version that this one does not know.
   * `null`: it may write. That it changed is told as `status`.
   */
  readonly readOnly: string | null;
  /** What was found at opening that somebody must know: lost writes, relaxed durability, single tab, read only. */
  readonly warnings: readonly string[];
  /** The side that synchronises; used by `sync/` alone. */
  readonly sync: SyncSide;
  /** Lets running commits end, then closes. */
  close(): Promise<void>;
}

/** What the leader learned from the server in one answer; stored in one durable step (law 4). */
export interface ReplyStep {
  readonly results: readonly (MutationResult & { readonly client: string })[];
  readonly changes: readonly ChangeDown[];
  readonly cursor: string;
  /** The school's `seq` after the push: an answered write stays laid over the records until the cursor is there. */
  readonly seq: number;
  readonly position: Omit<SyncPosition, "cursor">;
}

export interface OutboxBatch {
  /** All logs merged by clock, from the oldest unanswered on; a group is never cut. */
  readonly mutations: readonly LoggedMutation[];
  readonly bytes: number;
  /** The names that the logs of these mutations had before: nothing more is sent under them. */
  readonly retired: readonly string[];
}

/** How far a tab has come: the last entry of its own log, and the last step of the leading tab that it has seen. */
export interface StoreMark {
  readonly client: string;
  readonly entry: number;
  readonly step: number;
}

/**
 * What the one leading tab does. Every step but `batch` is one commit under the leader's token.
 * @throws FENCED when another tab leads by now
 */
export interface SyncSide {
  /** Takes the lead: writes a new token and reads what the tabs before have left. */
  lead(): Promise<void>;
  /** The next mutations to send; `null`: nothing waits. Never more than the limits, but at least one group. */
  batch(limits: { readonly maxBytes: number; readonly maxMutations: number }): OutboxBatch | null;
  applyReply(step: ReplyStep): Promise<void>;
  /** Pages of a snapshot at one `seq` are staged on disk; nothing of them is visible before `finishSnapshot`. */
  stageSnapshot(
    page: readonly ChangeDown[],
    at: { readonly cursor: string; readonly token: string | null },
  ): Promise<void>;
  /** Where a snapshot that was begun goes on; `null`: none was begun. */
  stagedSnapshot(): Promise<{ readonly cursor: string; readonly token: string | null } | null>;
  /** Replaces what the server had confirmed by the staged pages, in one step; pending writes stay laid over. */
  finishSnapshot(position: SyncPosition & { readonly seq: number }): Promise<void>;
  /** CLIENT_FORKED: the log's mutations from `fromId` on go to a new log with new ids, in their order. */
  rehome(client: string, fromId: number): Promise<void>;
  /** The server lost what it had answered: what it does not know (`last` per client) waits again. */
  rewind(last: Readonly<Record<string, number>>): Promise<void>;
  /** The clients whose logs are kept, with the last id that was answered. */
  clients(): readonly { readonly client: string; readonly answered: number }[];
  /** By client: the last id that was answered and whose change the cursor does not cover yet. */
  uncovered(): Readonly<Record<string, number>>;
  /** A change of stage or epoch that no reply carried; leaving `off` makes mutations of dirty marks and tombstones. */
  setPosition(position: Omit<SyncPosition, "cursor">): Promise<void>;
  mark(): StoreMark;
  /** Reads on up to another tab's mark; what cannot be read now is read later, and it resolves all the same. */
  readUntil(mark: StoreMark): Promise<void>;
  /** True when enough entries wait to be folded in. */
  compactionDue(): boolean;
  /** Folds what is answered into chunks, in slices that let the page breathe. */
  compact(signal: AbortSignal): Promise<void>;
}
