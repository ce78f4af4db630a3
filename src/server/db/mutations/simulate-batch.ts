/** Tries mutations in their order; those of one group count together or not at all. */
import { AdapterError } from "../../../domain/errors.ts";
import type { Stage } from "../../../domain/stages.ts";
import { reject, simulate, type Trial } from "./simulate.ts";
import { copyOf, type Incoming, type Outcome, restore, type World } from "./world.ts";

/** Mutations that stand or fall together: one alone, or a group. */
export type Unit = readonly Incoming[];

/** In order of their first mutations, so that a group is one unit even if another log's mutation came in between. */
export function unitsOf(mutations: readonly Incoming[]): Unit[] {
  const units: Incoming[][] = [];
  const groups = new Map<string, Incoming[]>();
  for (const mutation of mutations) {
    const key = mutation.group === undefined ? null : `${mutation.client}/${mutation.group}`;
    const group = key === null ? undefined : groups.get(key);
    if (group) {
      group.push(mutation);
      continue;
    }
    const unit = [mutation];
    units.push(unit);
    if (key !== null) groups.set(key, unit);
  }
  return units;
}

/**
 * The outcomes of a unit, in its order, noted in the trial's world.
 * @param stages of domains that are not in the school's stage
 */
export function simulateUnit(trial: Trial, unit: Unit, stages: Readonly<Record<string, Stage>>): Outcome[] {
  const [first] = unit;
  if (!first || unit.length === 1) return unit.map((mutation) => simulate(trial, mutation));
  const mixed = unit.find(({ domain }) => stages[domain] !== stages[first.domain]);
  if (mixed) {
    const what = `${first.domain} and ${mixed.domain} are in different stages.`;
    return rejectUnit(trial.world, unit, mixed, new AdapterError("STAGE_MIXED", what));
  }
  const before = copyOf(trial.world);
  const outcomes: Outcome[] = [];
  for (const mutation of unit) {
    const outcome = simulate(trial, mutation);
    outcomes.push(outcome);
    if (!outcome.error) continue;
    restore(trial.world, before);
    return rejectUnit(trial.world, unit, mutation, outcome.error);
  }
  return outcomes;
}

/** Rejects a whole unit for what one of its mutations met. */
export function rejectUnit(world: World, unit: Unit, culprit: Incoming, error: AdapterError): Outcome[] {
  const shared = new AdapterError("GROUP_REJECTED", `Mutation ${culprit.id} of the same batch was rejected.`, {
    facts: { dependsOn: culprit.id },
  });
  return unit.map((mutation) => reject(world, mutation, mutation === culprit ? error : shared));
}
