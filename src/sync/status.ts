/** What the engine tells about itself. */
import type { ErrorCode } from "../domain/errors.ts";
import type { OutboxStatus } from "../local/record-store.ts";
import type { PauseReason, StateKind, SyncState } from "./state.ts";

export interface SyncStatus {
  readonly phase: "starting" | "following" | "syncing" | "idle" | "waiting" | "paused" | "stopped";
  /** This tab is the one that synchronises; the others tell what it said last. */
  readonly leading: boolean;
  /** Why nothing is sent, or will not be once what is out has ended. */
  readonly paused: readonly PauseReason[];
  /** The last failure, until something succeeds. */
  readonly error: SyncFailure | null;
  /** When everything had been pushed and pulled, ISO-8601, by this device's clock. */
  readonly lastSyncedAt: string | null;
  /** How far this device's clock is behind the server's, in milliseconds; `null`: not known yet (F22). */
  readonly clockSkewMs: number | null;
  /** The last way back that was taken, to be told to whoever asks what happened. */
  readonly recovered: { readonly way: RecoveryWay; readonly at: string } | null;
  readonly outbox: OutboxStatus;
}

export interface SyncFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: string | null;
  readonly fix: string;
}

/** SPEC.md, "Ways back". */
export type RecoveryWay = "snapshot" | "rewind" | "rehome" | "setAside";

/** What a `syncNow` came to. */
export interface SyncReport {
  /**
   * `synced`: all that was committed before the call is answered, and everything is pulled. `failed`: tried again later,
   * `error` says why. `paused`: it waits for what `status().paused` names. `unanswered`: no tab leads, or it did not
   * answer in time. `closed`: this engine is closed.
   */
  readonly outcome: "synced" | "failed" | "paused" | "unanswered" | "closed";
  readonly pushed: number;
  readonly pulled: number;
  readonly conflicts: number;
  readonly parked: number;
  readonly error: SyncFailure | null;
}

const phases: Readonly<Record<StateKind, SyncStatus["phase"]>> = {
  new: "starting",
  following: "following",
  taking: "syncing",
  idle: "idle",
  exchanging: "syncing",
  applying: "syncing",
  asking: "syncing",
  locating: "syncing",
  mending: "syncing",
  paging: "syncing",
  staging: "syncing",
  finishing: "syncing",
  compacting: "idle",
  backingOff: "waiting",
  paused: "paused",
  stopped: "stopped",
};

export const phaseOf = ({ kind }: SyncState): SyncStatus["phase"] => phases[kind];

export function reasonsOf(state: SyncState): readonly PauseReason[] {
  if (state.kind === "stopped") return [];
  const held = "round" in state ? state.round.held : state.held;
  return [...held, ...(state.kind === "paused" && state.own !== null ? [state.own] : [])];
}

/** What a `syncNow` is told when the engine rests like this; `null`: it is still at work. */
export const outcomeOf = ({ kind }: SyncState): SyncReport["outcome"] | null => {
  if (kind === "idle") return "synced";
  if (kind === "backingOff") return "failed";
  if (kind === "paused") return "paused";
  return kind === "stopped" ? "closed" : null;
};
