/** Plays the schedules of many seeds, as many at once as there are processors; each run is what it would be alone. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Stakes } from "./player.ts";
import type { Outcome } from "./run.ts";

interface Played {
  readonly seed: number;
  readonly outcome: Outcome;
}

/** In the order in which they end. */
export async function* playAll(from: number, runs: number, stakes: Stakes): AsyncGenerator<Played> {
  const crew = Array.from(
    { length: Math.min(availableParallelism(), runs) },
    () => new Worker(new URL("./player-worker.ts", import.meta.url), { workerData: stakes }),
  );
  const ready: Played[] = [];
  let failure: Error | null = null;
  let wake: () => void = () => undefined;
  let next = from;
  const give = (worker: Worker): void => {
    if (next < from + runs) worker.postMessage(next++);
  };
  for (const worker of crew) {
    worker.on("message", (played: Played) => {
      ready.push(played);
      give(worker);
      wake();
    });
    worker.on("error", (error) => {
      failure = error as Error;
      wake();
    });
    give(worker);
  }
  try {
    for (let left = runs; left > 0; left--) {
      while (ready.length === 0 && failure === null)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const played = ready.shift();
      if (!played) throw failure;
      yield played;
    }
  } finally {
    await Promise.all(crew.map((worker) => worker.terminate()));
  }
}
