/** What a campaign has reached: cells of the sync machine, and faults by kind. */
import { cells } from "../../src/sync/machine.ts";
import type { Outcome } from "./run.ts";

export interface Coverage {
  add(outcome: Outcome): void;
  /** Reachable cells that no run came to. */
  readonly unreached: readonly string[];
  readonly reached: number;
  readonly faults: ReadonlyMap<string, number>;
}

/** Cells that no schedule of the simulator can come to, each with its reason. */
const elsewhere: Readonly<Record<string, string>> = {
  "new + wake": "what wakes is subscribed to by `start`",
  "stopped + wake": "the subscriptions end before `closed`",
  "stopped + asked": "`syncNow` of a closed engine answers without the machine",
};

export const reachable: readonly string[] = cells
  .map(([state, event]) => `${state} + ${event}`)
  .filter((cell) => !(cell in elsewhere));

export function makeCoverage(): Coverage {
  const seen = new Set<string>();
  const faults = new Map<string, number>();
  return {
    add(outcome) {
      for (const cell of outcome.cells) seen.add(cell);
      for (const [kind, times] of outcome.faults) faults.set(kind, (faults.get(kind) ?? 0) + times);
    },
    get unreached() {
      return reachable.filter((cell) => !seen.has(cell));
    },
    get reached() {
      return reachable.filter((cell) => seen.has(cell)).length;
    },
    faults,
  };
}
