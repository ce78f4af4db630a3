/** What a campaign has reached: cells of the sync machine, situations, and faults by kind. */
import { cells } from "../../src/sync/machine.ts";
import type { Outcome } from "./run.ts";
import { situationNames } from "./situations.ts";

export interface Coverage {
  add(outcome: Outcome): void;
  /** Cells and situations that no run came to. */
  readonly unreached: readonly string[];
  /** Cells. */
  readonly reached: number;
  readonly faults: ReadonlyMap<string, number>;
}

export const reachable: readonly string[] = cells.map(([state, event]) => `${state} + ${event}`);

export function makeCoverage(): Coverage {
  const seen = new Set<string>();
  const about = new Set<string>();
  const faults = new Map<string, number>();
  return {
    add(outcome) {
      for (const cell of outcome.cells) seen.add(cell);
      for (const name of outcome.situations) about.add(name);
      for (const [kind, times] of outcome.faults) faults.set(kind, (faults.get(kind) ?? 0) + times);
    },
    get unreached() {
      return [...reachable.filter((cell) => !seen.has(cell)), ...situationNames.filter((name) => !about.has(name))];
    },
    get reached() {
      return reachable.filter((cell) => seen.has(cell)).length;
    },
    faults,
  };
}
