/** Runs a read again when something changed, one at a time: what changes during a read is in the next one. */

export interface InTurn {
  /** Runs now, or once more after the run that is under way. */
  again(): void;
  stop(): void;
}

/** @param run takes care of its failures itself */
export function inTurn(run: (signal: AbortSignal) => Promise<void>): InTurn {
  const stopped = new AbortController();
  let [isRunning, isDue] = [false, false];
  const turn = async (): Promise<void> => {
    isRunning = true;
    while (isDue && !stopped.signal.aborted) {
      isDue = false;
      await run(stopped.signal);
    }
    isRunning = false;
  };
  return {
    again() {
      isDue = true;
      if (!isRunning) void turn();
    },
    stop: () => stopped.abort(),
  };
}
