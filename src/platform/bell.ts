/** Something to wait for: whoever rings wakes the one who waits, and a ring while nobody waits is not lost. */
import type { Timers } from "./platform.ts";

export interface Bell {
  ring(): void;
  /** Until somebody rings, `ms` milliseconds pass, or the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(timers: Timers): Bell {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    async wait(ms, signal) {
      await timers.sleep(ms, AbortSignal.any([rung.signal, signal]));
      if (rung.signal.aborted) rung = new AbortController();
    },
  };
}
