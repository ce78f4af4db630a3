/** What is known of the synchronisation, and who is told when it changes. */
import type { RecoveryWay, SyncFailure, SyncStatus } from "./status.ts";

/** What the engine says of itself at this moment. */
export type Now = Pick<SyncStatus, "phase" | "leading" | "paused" | "outbox">;

export interface StatusBoard {
  status(): SyncStatus;
  /** @returns ends the subscription */
  subscribe(listener: (status: SyncStatus) => void): () => void;
  readonly error: SyncFailure | null;
  failed(error: SyncFailure): void;
  succeeded(): void;
  /** `at`: ISO-8601, here and below. */
  synced(at: string): void;
  skew(ms: number): void;
  recovered(way: RecoveryWay, at: string): void;
  /** What the leading tab said of itself. */
  heard(status: SyncStatus): void;
  /** Tells the listeners, and as the leader the other tabs, if there is anything new. */
  tell(): void;
}

export function createStatusBoard(now: () => Now, toOtherTabs: (status: SyncStatus) => void): StatusBoard {
  const listeners = new Set<(status: SyncStatus) => void>();
  let known: Omit<SyncStatus, keyof Now> = { error: null, lastSyncedAt: null, clockSkewMs: null, recovered: null };
  let leader: SyncStatus | null = null;
  let told = "";

  const status = (): SyncStatus => {
    const { outbox, ...own } = now();
    return own.phase === "following" && leader !== null
      ? { ...leader, leading: false, outbox }
      : { ...known, ...own, outbox };
  };
  const tellListeners = (): void => {
    for (const listener of listeners) listener(status());
  };

  return {
    status,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get error() {
      return known.error;
    },
    failed(error) {
      known = { ...known, error };
    },
    succeeded() {
      known = { ...known, error: null };
    },
    synced(at) {
      known = { ...known, lastSyncedAt: at };
    },
    skew(ms) {
      known = { ...known, clockSkewMs: Math.round(ms) };
    },
    recovered(way, at) {
      known = { ...known, recovered: { way, at } };
    },
    heard(said) {
      leader = said;
      if (!now().leading) tellListeners();
    },
    tell() {
      // The outbox changes with every write: who shows it asks for it.
      const { outbox: _, ...own } = now();
      const text = JSON.stringify([known, own]);
      if (text === told) return;
      told = text;
      if (own.leading) toOtherTabs(status());
      tellListeners();
    },
  };
}
