/** Stands for the lead with the browser's lock, and holds it until it is let go or taken away. */
import type { Platform } from "../platform/platform.ts";

export interface Leadership {
  /** Asks for the lock after a while; `onElected` is called once it is held. */
  contend(afterMs: number): void;
  resign(): void;
}

export interface LeadershipOptions {
  readonly platform: Pick<Platform, "locks" | "timers">;
  readonly lock: string;
  /** Ends it for good. */
  readonly signal: AbortSignal;
  /** `term` aborts when the lead ends, for whatever reason. */
  readonly onElected: (term: AbortSignal) => void;
  /** The lock was taken away. */
  readonly onDeposed: () => void;
  /** The lock could not even be asked for; it is asked for again after a while. */
  readonly onFailed: (cause: unknown) => void;
}

const retryAfter = 5000;

export function leadership(options: LeadershipOptions): Leadership {
  const { platform, lock, signal, onElected, onDeposed } = options;
  let letGo: (() => void) | null = null;

  async function stand(afterMs: number): Promise<void> {
    if (afterMs > 0) await platform.timers.sleep(afterMs, signal);
    await platform.locks.hold(lock, signal, (lost) => {
      const term = new AbortController();
      return new Promise<void>((resolve) => {
        const end = (): void => {
          if (letGo === end) letGo = null;
          term.abort();
          resolve();
        };
        letGo = end;
        const onLost = (): void => {
          // A term that was resigned says nothing any more.
          if (letGo !== end) return;
          end();
          onDeposed();
        };
        lost.addEventListener("abort", onLost, { once: true });
        // Closed, or taken away again, before this tab heard of it.
        if (lost.aborted || signal.aborted) end();
        else onElected(term.signal);
      });
    });
  }

  function contend(afterMs: number): void {
    void stand(afterMs).catch((cause: unknown) => {
      if (signal.aborted) return;
      options.onFailed(cause);
      contend(retryAfter);
    });
  }

  return {
    contend,
    resign: () => letGo?.(),
  };
}
