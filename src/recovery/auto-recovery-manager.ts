/** Keeps both sides usable: tries again what may pass, spares a side that is down, then falls back, then queues. */
import { AdapterError, type ErrorClass, isAdapterError } from "../domain/errors.ts";
import type { Entropy, Timers } from "../platform/platform.ts";
import { attempt, interrupted, type Operation } from "./attempt.ts";
import { backoff } from "./backoff.ts";
import { classify } from "./classify.ts";
import { checkMs, defaultPolicies, type PolicyChanges, type RecoveryPolicies, withChanges } from "./policies.ts";
import { createRecoveryLog, type RecoveryCounters, type RecoveryEvent, type Side, sides } from "./recovery-events.ts";
import {
  type BreakerOptions,
  type BreakerState,
  checkBreaker,
  createSideBreaker,
  type SideBreaker,
} from "./side-breaker.ts";

export interface AutoRecoveryOptions {
  readonly timers: Timers;
  readonly entropy: Entropy;
  /** By class of error, what is to differ from the defaults. */
  readonly policies?: PolicyChanges;
  readonly breaker?: Partial<BreakerOptions>;
  /** After how many milliseconds one attempt is given up; 15,000 without it. */
  readonly timeoutMs?: number;
}

export interface RunOptions<T> {
  /** Who is asked. */
  readonly side: Side;
  /** What the messages call it, such as `Reading students`. */
  readonly what: string;
  /** Ends the run at once, a wait included, with INTERRUPTED: then nothing answers instead, and nothing is queued. */
  readonly signal?: AbortSignal;
  /** For all attempts and waits together, in milliseconds; then it is given up as something that may pass. */
  readonly deadlineMs?: number;
  readonly policies?: PolicyChanges;
  /** Answers instead, when the policy says so. */
  readonly fallback?: (because: AdapterError) => Promise<T>;
  /** Keeps it for later, when the policy says so and nothing answered instead. */
  readonly queue?: (because: AdapterError) => Promise<void>;
}

export type Recovered<T> =
  | { readonly kind: "done"; readonly value: T; readonly attempts: number }
  | { readonly kind: "fallback"; readonly value: T; readonly because: AdapterError }
  | { readonly kind: "queued"; readonly because: AdapterError };

const defaultBreaker: BreakerOptions = { failures: 5, restMs: 10_000, longestRestMs: 60_000 };

type Outcome<T> =
  | { readonly kind: "done"; readonly value: T; readonly attempts: number }
  | { readonly kind: "gaveUp"; readonly error: AdapterError; readonly class: ErrorClass };

/**
 * - What a failure means is read from its code and status; an error that nobody knows is tried again.
 * - An operation may run several times, also after one that was given up has been carried out: it carries its own id (law 2).
 * - Time and randomness are passed in, and no clock is read.
 */
export class AutoRecoveryManager {
  readonly #timers: Timers;
  readonly #entropy: Entropy;
  readonly #policies: RecoveryPolicies;
  readonly #timeoutMs: number;
  readonly #log = createRecoveryLog();
  readonly #closed = new AbortController();
  readonly #breakers: Readonly<Record<Side, SideBreaker>>;

  /** @throws CONFIG_INVALID naming the setting */
  constructor({ timers, entropy, policies, breaker, timeoutMs = 15_000 }: AutoRecoveryOptions) {
    checkMs(timeoutMs, "timeoutMs");
    const rest = { ...defaultBreaker, ...breaker };
    checkBreaker(rest);
    this.#timers = timers;
    this.#entropy = entropy;
    this.#timeoutMs = timeoutMs;
    this.#policies = withChanges(defaultPolicies, policies);
    const breakerOf = (side: Side): SideBreaker =>
      createSideBreaker(rest, {
        timers,
        entropy,
        signal: this.#closed.signal,
        onChange: (state) => this.#log.tell({ side, kind: "breaker", state }),
      });
    this.#breakers = { local: breakerOf("local"), server: breakerOf("server") };
  }

  /**
   * Runs an operation until it is done, answered otherwise, or kept for later.
   * @throws why it was given up, when nothing takes its place; INTERRUPTED by the signal; CONFIG_INVALID
   */
  async run<T>(operation: Operation<T>, options: RunOptions<T>): Promise<Recovered<T>> {
    const { side, what, signal = this.#closed.signal, deadlineMs } = options;
    const policies = withChanges(this.#policies, options.policies);
    if (deadlineMs !== undefined) checkMs(deadlineMs, "deadlineMs");
    if (!sides.includes(side))
      throw new AdapterError("CONFIG_INVALID", "A side is local or server.", { place: "side" });
    this.#log.ran(side);
    const over = new AbortController();
    const deadline = new AbortController();
    if (deadlineMs !== undefined) {
      void this.#timers.sleep(deadlineMs, over.signal).then(() => over.signal.aborted || deadline.abort());
    }
    try {
      const stop = AbortSignal.any([signal, this.#closed.signal]);
      const outcome = await this.#tryAll(operation, policies, { side, what, signal: stop, deadline: deadline.signal });
      if (outcome.kind === "done") return outcome;
      return await this.#instead(outcome.error, policies[outcome.class], options);
    } finally {
      over.abort();
    }
  }

  breaker(side: Side): BreakerState {
    return this.#breakers[side].state();
  }

  counters(side: Side): RecoveryCounters {
    return this.#log.counters(side);
  }

  /** @returns ends the subscription */
  subscribe(listener: (event: RecoveryEvent) => void): () => void {
    return this.#log.subscribe(listener);
  }

  /** Ends every run with INTERRUPTED, and every wait. */
  close(): void {
    this.#closed.abort();
  }

  async #tryAll<T>(operation: Operation<T>, policies: RecoveryPolicies, run: Run): Promise<Outcome<T>> {
    const { side, what, signal, deadline } = run;
    const waits = new Map<ErrorClass, ReturnType<typeof backoff>>();
    for (let attempts = 1; ; attempts++) {
      if (signal.aborted) throw interrupted(what);
      const resting = this.#breakers[side].admit();
      if (resting) return this.#giveUp(side, attempts - 1, spared(what, side, resting), "transient");
      try {
        const value = await this.#attempt(operation, attempts, run);
        this.#breakers[side].succeeded();
        if (attempts > 1) this.#log.tell({ side, kind: "recovered", attempts });
        return { kind: "done", value, attempts };
      } catch (thrown) {
        if (!isAdapterError(thrown)) throw thrown;
        const error = thrown;
        const cls = classify(error);
        this.#noteFailure(side, error, signal, policies[cls].breaks);
        if (signal.aborted) throw interrupted(what);
        const next = (waits.get(cls) ?? backoff(policies[cls], this.#entropy)).next(undefined);
        waits.set(cls, next);
        const waitMs = Math.max(next.duration, retryAfter(error));
        if (attempts >= policies[cls].attempts || waitMs > policies[cls].longestWaitMs || deadline.aborted) {
          return this.#giveUp(side, attempts, error, cls);
        }
        this.#log.tell({ side, kind: "retry", attempt: attempts + 1, waitMs, code: error.code });
        // The port's sleep ends with the signal; cockatiel's own wait would be sat out to its end.
        await this.#timers.sleep(waitMs, AbortSignal.any([signal, deadline]));
        if (!signal.aborted && deadline.aborted) return this.#giveUp(side, attempts, error, cls);
      }
    }
  }

  #attempt<T>(operation: Operation<T>, number: number, { side, what, signal, deadline }: Run): Promise<T> {
    const onLate = (worked: boolean): void => this.#log.tell({ side, kind: "late", worked });
    const [timers, timeoutMs] = [this.#timers, this.#timeoutMs];
    return attempt(operation, { what, number, timeoutMs, timers, signal, deadline, onLate });
  }

  #noteFailure(side: Side, error: AdapterError, signal: AbortSignal, breaks: boolean): void {
    const breaker = this.#breakers[side];
    if (signal.aborted) breaker.released();
    else if (breaks) breaker.failed(error);
    // It was refused, so somebody was there to refuse it.
    else breaker.succeeded();
  }

  #giveUp<T>(side: Side, attempts: number, error: AdapterError, cls: ErrorClass): Outcome<T> {
    this.#log.tell({ side, kind: "giveUp", attempts, class: cls, code: error.code });
    return { kind: "gaveUp", error, class: cls };
  }

  async #instead<T>(
    because: AdapterError,
    policy: RecoveryPolicies[ErrorClass],
    options: RunOptions<T>,
  ): Promise<Recovered<T>> {
    const { side, fallback, queue } = options;
    if (policy.fallBack && fallback) {
      try {
        const value = await fallback(because);
        this.#log.tell({ side, kind: "fallback", worked: true });
        return { kind: "fallback", value, because };
      } catch {
        // The caller is told of the first failure: the one that can be mended.
        this.#log.tell({ side, kind: "fallback", worked: false });
      }
    }
    if (!policy.queue || !queue) throw because;
    await queue(because);
    this.#log.tell({ side, kind: "queued", code: because.code });
    return { kind: "queued", because };
  }
}

interface Run {
  readonly side: Side;
  readonly what: string;
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
}

const retryAfter = ({ facts }: AdapterError): number =>
  typeof facts.retryAfterMs === "number" && facts.retryAfterMs > 0 ? facts.retryAfterMs : 0;

/** The same code as what opened the breaker, so that the advice is the right one. */
const spared = (what: string, side: Side, cause: AdapterError): AdapterError =>
  new AdapterError(cause.code, `${what} was not tried: the ${side} side has failed too often and is given a rest.`, {
    facts: { breaker: "open" },
    cause,
  });
