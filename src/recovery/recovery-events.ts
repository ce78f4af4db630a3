/** What the manager tells of its work, and what it counts. */
import type { ErrorClass, ErrorCode } from "../domain/errors.ts";
import type { BreakerState } from "./side-breaker.ts";

/** Who is asked: the store in the browser, or the server. */
export const sides = ["local", "server"] as const;
export type Side = (typeof sides)[number];

export type RecoveryEvent = { readonly side: Side } & (
  | { readonly kind: "retry"; readonly attempt: number; readonly waitMs: number; readonly code: ErrorCode }
  | { readonly kind: "giveUp"; readonly attempts: number; readonly class: ErrorClass; readonly code: ErrorCode }
  | { readonly kind: "breaker"; readonly state: BreakerState }
  | { readonly kind: "fallback"; readonly worked: boolean }
  | { readonly kind: "queued"; readonly code: ErrorCode }
  /** It worked in the end. */
  | { readonly kind: "recovered"; readonly attempts: number }
  /** An attempt that was given up for its time was carried out all the same, or refused after it. */
  | { readonly kind: "late"; readonly worked: boolean }
);

/** How often each has happened on a side since the manager was made. */
export type RecoveryCounters = Readonly<Record<RecoveryEvent["kind"] | "runs", number>>;

export interface RecoveryLog {
  tell(event: RecoveryEvent): void;
  ran(side: Side): void;
  counters(side: Side): RecoveryCounters;
  /** @returns ends the subscription */
  subscribe(listener: (event: RecoveryEvent) => void): () => void;
}

const zero = { runs: 0, retry: 0, giveUp: 0, breaker: 0, fallback: 0, queued: 0, recovered: 0, late: 0 };

export function createRecoveryLog(): RecoveryLog {
  const counted: Record<Side, Record<keyof RecoveryCounters, number>> = { local: { ...zero }, server: { ...zero } };
  const listeners = new Set<(event: RecoveryEvent) => void>();
  return {
    tell(event) {
      counted[event.side][event.kind] += 1;
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          // A listener that fails must not take the run with it; its error goes where the page's unhandled ones go.
          void Promise.reject(error);
        }
      }
    },
    ran: (side) => {
      counted[side].runs += 1;
    },
    counters: (side) => ({ ...counted[side] }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
