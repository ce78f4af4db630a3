/** How many mutations one transaction takes, so that the school's row is locked for about 50 ms while others wait for it. */

export interface BatchSize {
  /** At most so many now. */
  readonly most: number;
  /** What taking `taken` mutations cost, in milliseconds of holding the lock. */
  measured(taken: number, ms: number): void;
}

const target = 50;
// Fewer would cost a device with a long outbox more than ten requests a thousand mutations.
const least = 125;
const start = 500;
const step = 50;

/** Additive increase, multiplicative decrease; one for a process, since its machine and its database set the pace. */
export function adaptiveBatchSize(largest: number): BatchSize {
  let most = start;
  return {
    get most() {
      return most;
    },
    measured(taken, ms) {
      if (ms > target && taken > least) most = Math.max(least, Math.floor(Math.min(most, taken) / 2));
      // A batch that was not full says nothing about a fuller one.
      else if (ms <= target && taken >= most) most = Math.min(largest, most + step);
    },
  };
}

/** For a database of one connection: nobody can wait in a transaction, and a batch is cheapest whole. */
export const wholeBatch = (largest: number): BatchSize => ({ most: largest, measured() {} });
