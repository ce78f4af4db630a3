/** Gives up what does not end: one timer for all transactions under way, since one for each would cost as much as their code. */
import type { Timers } from "../platform/platform.ts";

/** Milliseconds between two rounds. */
const round = 5_000;

export class Watchdog {
  readonly #timers: Timers;
  #young = new Set<() => void>();
  #old = new Set<() => void>();
  #going = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * Calls `late` in the second round that finds it: after five to ten seconds, and never in the first moment of a page that
   * was asleep, which wakes with its timer due and its events still to come.
   * @returns ends the watch
   */
  watch(late: () => void): () => void {
    this.#young.add(late);
    if (!this.#going) void this.#go();
    return () => {
      this.#young.delete(late);
      this.#old.delete(late);
    };
  }

  async #go(): Promise<void> {
    this.#going = true;
    while (this.#young.size + this.#old.size > 0) {
      await this.#timers.sleep(round);
      const due = this.#old;
      this.#old = this.#young;
      this.#young = new Set();
      for (const late of due) late();
    }
    this.#going = false;
  }
}
