/** A manager on a clock that is moved by hand, with everything that it tells. */
import { AdapterError, type ErrorCode } from "../../src/domain/errors.ts";
import { AutoRecoveryManager, type AutoRecoveryOptions } from "../../src/recovery/auto-recovery-manager.ts";
import type { RecoveryEvent } from "../../src/recovery/recovery-events.ts";
import { testBrowser } from "../support/platform.ts";

export function managed(options: Partial<AutoRecoveryOptions> = {}) {
  const tab = testBrowser().tab();
  const manager = new AutoRecoveryManager({ timers: tab.timers, entropy: tab.entropy, ...options });
  const events: RecoveryEvent[] = [];
  manager.subscribe((event) => events.push(event));
  return { tab, manager, events, kinds: () => events.map(({ kind }) => kind) };
}

export const failure = (code: ErrorCode, facts: Record<string, unknown> = {}): AdapterError =>
  new AdapterError(code, "It failed.", { facts });

/** Fails with each of the errors in turn, then answers. */
export function failing(...errors: readonly unknown[]) {
  const calls: number[] = [];
  const operation = async (_signal: AbortSignal, attempt: number): Promise<string> => {
    calls.push(attempt);
    if (calls.length <= errors.length) throw errors[calls.length - 1];
    return "done";
  };
  return { operation, calls };
}

/** An operation that never answers. */
export const silent = (): Promise<never> => new Promise(() => {});

/** A promise's outcome, once it has one. */
export function watch<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown; settled: boolean } = { settled: false };
  promise.then(
    (value) => Object.assign(seen, { value, settled: true }),
    (error: unknown) => Object.assign(seen, { error, settled: true }),
  );
  return seen;
}
