/** Work that is done again and again in the background until somebody aborts. */
import type { Entropy, Timers } from "./platform.ts";

export interface LoopOptions {
  readonly timers: Timers;
  readonly entropy: Entropy;
  /** Milliseconds from the end of one run to the next; each wait is up to a tenth longer, so that tabs do not march in step. */
  readonly every: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Told of a run that failed; the next one comes all the same. */
  readonly failed: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Runs at once, then every `every` ms; ends, without rejecting, when the signal aborts and the run under way is over. */
export async function loop({ timers, entropy, every, run, failed, signal }: LoopOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      await run(signal);
    } catch (error) {
      // What an abort has cut short is no failure.
      if (!signal.aborted) failed(error);
    }
    await timers.sleep(every * (1 + entropy.fraction() / 10), signal);
  }
}
