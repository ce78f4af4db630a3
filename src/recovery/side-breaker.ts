/** Gives a side that keeps failing a rest: nobody asks it, until one run has found it well again. */
import { ConsecutiveBreaker, type IBackoff } from "cockatiel";
import type { AdapterError } from "../domain/errors.ts";
import type { Entropy, Timers } from "../platform/platform.ts";
import { backoff } from "./backoff.ts";
import { checkCount, checkMs } from "./policies.ts";

export interface BreakerOptions {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long it stays open the first time, in milliseconds; while a probe fails, the next rest is longer. */
  readonly restMs: number;
  readonly longestRestMs: number;
}
export type BreakerState = "closed" | "open" | "halfOpen";

type State =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly cause: AdapterError; readonly rest: IBackoff<unknown> }
  | { readonly kind: "halfOpen"; readonly cause: AdapterError; readonly rest: IBackoff<unknown>; probing: boolean };

/** @throws CONFIG_INVALID */
export function checkBreaker({ failures, restMs, longestRestMs }: BreakerOptions): void {
  checkCount(failures, "breaker/failures");
  checkMs(restMs, "breaker/restMs");
  checkMs(longestRestMs, "breaker/longestRestMs");
}

interface Parts {
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly onChange: (state: BreakerState) => void;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/**
 * - `admit` tells `null`: go on; or the failure because of which the side is not asked now.
 * - Each `admit` that lets through is followed by one of `succeeded`, `failed` and `released` (nothing was learnt).
 * - No clock is read: the rest is one sleep. cockatiel's own circuit compares two readings of Date.now, and stays open for
 *   ever when the clock stands still, or a year when it is set back by one (F22); of it this takes the counting alone.
 */
export function createSideBreaker(options: BreakerOptions, { timers, entropy, onChange, signal }: Parts) {
  const counter = new ConsecutiveBreaker(options.failures);
  const { restMs: firstWaitMs, longestRestMs } = options;
  const longestWaitMs = Math.max(firstWaitMs, longestRestMs);
  const rests = backoff({ firstWaitMs, longestWaitMs, jitter: "decorrelated" }, entropy);
  let state: State = { kind: "closed" };

  const change = (next: State): void => {
    state = next;
    onChange(next.kind);
  };
  const open = (cause: AdapterError, rest: IBackoff<unknown>): void => {
    const mine: State = { kind: "open", cause, rest };
    change(mine);
    void timers.sleep(rest.duration, signal).then(() => {
      if (state === mine && !signal.aborted) change({ kind: "halfOpen", cause, rest, probing: false });
    });
  };

  return {
    state: (): BreakerState => state.kind,
    admit(): AdapterError | null {
      if (state.kind === "closed") return null;
      if (state.kind === "open" || state.probing) return state.cause;
      state.probing = true;
      return null;
    },
    succeeded(): void {
      counter.success();
      if (state.kind === "halfOpen") change({ kind: "closed" });
    },
    failed(cause: AdapterError): void {
      const full = counter.failure();
      if (state.kind === "halfOpen") open(cause, state.rest.next(undefined));
      else if (state.kind === "closed" && full) open(cause, rests.next(undefined));
    },
    released(): void {
      if (state.kind === "halfOpen") state.probing = false;
    },
  };
}
export type SideBreaker = ReturnType<typeof createSideBreaker>;
