/** Virtual time: sleepers on a heap, woken one by one after everything that the one before set off has settled. */

export interface VirtualTime {
  /** Milliseconds since 1970: the true time, which no device's clock need show. */
  now(): number;
  /** Calls `run` after `ms`; of two at the same moment, the one that was asked for first. @returns cancels it */
  after(ms: number, run: () => void): () => void;
  /** Work that is really asynchronous (a database): time stands still until it is done. */
  real<T>(work: Promise<T>): Promise<T>;
  advance(ms: number): Promise<void>;
  /** Until `done()`, which is asked after each event; false when it was not reached within `ms`. */
  until(done: () => boolean, ms: number): Promise<boolean>;
  /** How many events have happened. */
  readonly events: number;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  run: (() => void) | null;
}

const before = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** More than any schedule needs: something goes round in circles. */
const mostEvents = 400_000;

/** An immediate runs when all microtasks are done; many are asked for at once, for between batches the system is asked for news. */
const batch = 64;
let left = 0;
let wake: () => void = () => undefined;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    wake = resolve;
    if (left > 0) return;
    left = batch;
    for (let i = 0; i < batch; i++)
      setImmediate(() => {
        left -= 1;
        wake();
      });
  });

export function virtualTime(start: number): VirtualTime {
  const heap: Sleeper[] = [];
  const inFlight = new Set<Promise<unknown>>();
  let now = start;
  let order = 0;
  let events = 0;

  const push = (sleeper: Sleeper): void => {
    let at = heap.length;
    heap.push(sleeper);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as Sleeper;
      if (!before(sleeper, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = sleeper;
  };

  const pop = (): void => {
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && before(right, heap[child] as Sleeper)) child += 1;
      const candidate = heap[child] as Sleeper;
      if (!before(candidate, last)) break;
      heap[at] = candidate;
      at = child;
    }
    heap[at] = last;
  };

  const settle = async (): Promise<void> => {
    await turn();
    while (inFlight.size > 0) {
      await Promise.allSettled(inFlight);
      await turn();
    }
  };

  const run = async (target: number, done: () => boolean): Promise<boolean> => {
    for (;;) {
      await settle();
      if (done()) return true;
      while (heap[0]?.run === null) pop();
      const next = heap[0];
      if (!next || next.at > target) break;
      pop();
      now = Math.max(now, next.at);
      events += 1;
      if (events > mostEvents) throw new Error(`More than ${mostEvents} events: something goes round in circles.`);
      next.run?.();
    }
    now = Math.max(now, target);
    return false;
  };

  return {
    now: () => now,
    after(ms, run) {
      order += 1;
      const sleeper: Sleeper = { at: now + Math.max(0, ms), order, run };
      push(sleeper);
      return () => {
        sleeper.run = null;
      };
    },
    real(work) {
      inFlight.add(work);
      const over = (): unknown => inFlight.delete(work);
      work.then(over, over);
      return work;
    },
    advance: async (ms) => {
      await run(now + ms, () => false);
    },
    until: (done, ms) => run(now + ms, done),
    get events() {
      return events;
    },
  };
}
