/** Disks for tests of the driver in Node: fake-indexeddb behind the same ports as the browser's. */
import { IDBFactory, IDBKeyRange } from "fake-indexeddb";
import type { Disk } from "../../src/platform/disk.ts";
import type { Hints } from "../../src/platform/hints.ts";
import type { Timers } from "../../src/platform/platform.ts";

export const fakeDisk = (changes: Partial<Disk> = {}): Disk => ({
  indexedDB: new IDBFactory(),
  keyRange: IDBKeyRange,
  levelDb: false,
  estimate: async () => ({ usage: 900, quota: 1_000_000_000 }),
  persist: async () => "unknown",
  ...changes,
});

export function memoryHints(): Hints {
  const notes = new Map<string, string>();
  return {
    get: (name) => notes.get(name) ?? null,
    set: (name, value) => {
      notes.set(name, value);
    },
  };
}

/** Timers that stand still until they are told to go on: `pass()` ends every sleep that is under way. */
export function manualTimers(): Timers & { pass(): Promise<void> } {
  let sleepers: (() => void)[] = [];
  return {
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        sleepers.push(resolve);
        signal?.addEventListener("abort", () => resolve());
      }),
    breathe: async () => undefined,
    async pass() {
      // Sleeps of more than one part begin the next one in a microtask.
      for (let round = 0; round < 3; round++) {
        const due = sleepers;
        sleepers = [];
        for (const wake of due) wake();
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      }
    },
  };
}
