/** A storage operation that may never settle is not waited for forever. */
import { AdapterError, type ErrorCode } from "../domain/errors.ts";
import type { Timers } from "../platform/platform.ts";

/** @throws `code` when `work` has not settled after `ms` milliseconds; what it was doing is then unknown */
export async function watched<T>(
  timers: Timers,
  { ms, code, what }: { readonly ms: number; readonly code: ErrorCode; readonly what: string },
  work: Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const late = timers.sleep(ms, done.signal).then((): Promise<T> => {
    if (done.signal.aborted) return work;
    throw new AdapterError(code, `${what} did not answer within ${ms / 1000} seconds.`, { facts: { ms } });
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    // With a reason, so that no error with a stack is made for each operation.
    done.abort(null);
  }
}
