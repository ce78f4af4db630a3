/** One try of an operation: in its time, or not at all. */
import { AdapterError, isAdapterError } from "../domain/errors.ts";
import type { Timers } from "../platform/platform.ts";

export type Operation<T> = (signal: AbortSignal, attempt: number) => Promise<T>;

export interface AttemptOptions {
  readonly what: string;
  readonly number: number;
  readonly timeoutMs: number;
  readonly timers: Timers;
  /** The caller's: INTERRUPTED. */
  readonly signal: AbortSignal;
  /** The time of all attempts together is over. */
  readonly deadline: AbortSignal;
  /** F23: it settled after it had been given up. */
  readonly onLate: (worked: boolean) => void;
}

/**
 * - An operation that heeds no signal is not waited for.
 * @throws what the operation throws; SERVER_UNREACHABLE with `facts.timeout`; INTERRUPTED; INTERNAL for an error without a code
 */
export async function attempt<T>(operation: Operation<T>, options: AttemptOptions): Promise<T> {
  const { what, number, timeoutMs, timers, signal, deadline, onLate } = options;
  const over = new AbortController();
  const late = (): AdapterError =>
    new AdapterError("SERVER_UNREACHABLE", `${what} was not done in its time.`, { facts: { timeout: true } });
  let givenUp = false;
  const racing = [
    timers.sleep(timeoutMs, over.signal).then(() => {
      throw late();
    }),
    failsWith(signal, over.signal, () => interrupted(what)),
    failsWith(deadline, over.signal, late),
  ];
  // Whichever loses the race must not be reported as unhandled.
  for (const loser of racing) loser.catch(() => {});
  // In a promise, so that what an operation throws before its first await is a failure like any other.
  const running = Promise.resolve().then(() => operation(AbortSignal.any([signal, deadline, over.signal]), number));
  running.then(
    () => givenUp && onLate(true),
    () => givenUp && onLate(false),
  );
  try {
    return await Promise.race([running.catch(typed(what)), ...racing]);
  } catch (error) {
    givenUp = true;
    throw error;
  } finally {
    over.abort();
  }
}

export const interrupted = (what: string): AdapterError => new AdapterError("INTERRUPTED", `${what} was given up.`);

function failsWith(signal: AbortSignal, over: AbortSignal, error: () => AdapterError): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(error());
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true, signal: over });
  });
}

const typed =
  (what: string) =>
  (cause: unknown): never => {
    if (isAdapterError(cause)) throw cause;
    throw new AdapterError("INTERNAL", `${what} failed in this program.`, { cause });
  };
