/** A request that is not waited for forever: it races the clock and its signal. */
import { AdapterError } from "../domain/errors.ts";
import type { Timers } from "../platform/platform.ts";

export interface Within {
  readonly ms: number;
  readonly timers: Timers;
}

/**
 * What `run` came to; a `fetch` that heeds no signal holds nobody up.
 * @throws SERVER_UNREACHABLE with the fact `timeout`, INTERRUPTED when the signal aborts, and what `run` throws
 */
export async function inTime<T>(
  what: string,
  { ms, timers }: Within,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const late = timers.sleep(ms, stop.signal).then((): never => {
    throw new AdapterError("SERVER_UNREACHABLE", `${what} got no answer in ${ms} ms.`, { facts: { timeout: true } });
  });
  const aborted = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new AdapterError("INTERRUPTED", `${what} was given up.`));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true, signal: stop.signal });
  });
  // Whichever loses the race must not be reported as unhandled.
  late.catch(() => {});
  aborted.catch(() => {});
  try {
    const running = signal.aborted ? aborted : run(AbortSignal.any([signal, stop.signal]));
    return await Promise.race([running, late, aborted]);
  } finally {
    stop.abort();
  }
}
