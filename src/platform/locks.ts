/** Locks among the tabs of this browser. */
import type { Locks } from "./platform.ts";

/**
 * Web Locks. Where a browser has none (a page without https), every tab holds what it asks for: the token in the store
 * fences the one that is too many, so that only work is wasted.
 */
export function browserLocks(): Locks {
  const manager: LockManager | undefined = globalThis.navigator?.locks;
  return { hold: (name, signal, run) => (manager ? held(manager, { name, signal, run }) : alone(signal, run)) };
}

interface Wish {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly run: (lost: AbortSignal) => Promise<void>;
}

async function held(manager: LockManager, { name, signal, run }: Wish): Promise<void> {
  if (signal.aborted) return;
  const lost = new AbortController();
  let running: Promise<void> | null = null;
  const request = manager.request(name, { signal }, () => {
    running = run(lost.signal);
    return running;
  });
  try {
    await request;
  } catch (error) {
    if (running === null) {
      if (signal.aborted) return;
      throw error;
    }
    // Stolen: the request ends while the work goes on. Otherwise the work itself failed, and says so below.
    lost.abort();
    await running;
  }
}

async function alone(signal: AbortSignal, run: (lost: AbortSignal) => Promise<void>): Promise<void> {
  if (!signal.aborted) await run(new AbortController().signal);
}
