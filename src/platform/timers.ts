/** Waiting: for a time, and for the page. */
import type { Timers } from "./platform.ts";

/** The timers of this browser, or of Node. */
export function systemTimers(): Timers {
  return { sleep, breathe };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    // A longer one would overflow and end at once.
    const timer = setTimeout(done, Math.min(ms, 2 ** 31 - 1));
    signal?.addEventListener("abort", done);
  });
}

interface WithYield {
  readonly scheduler?: { readonly yield?: () => Promise<void> };
}

/** A timer of 0 ms would wait 4 ms after the first few; a message does not. */
function breathe(): Promise<void> {
  const { scheduler } = globalThis as WithYield;
  if (scheduler?.yield !== undefined) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
