/** Finds a short schedule that still fails, by leaving out and simplifying (delta debugging, after Zeller). */
import type { Schedule, Step } from "./schedule.ts";

/**
 * @param fails true when the schedule still shows the failure
 * @param budget the most runs that may be spent
 */
export async function shrink(
  schedule: Schedule,
  fails: (schedule: Schedule) => Promise<boolean>,
  budget = 400,
): Promise<Schedule> {
  let best = schedule;
  let left = budget;
  const tries = async (candidate: Schedule): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };

  for (
    let size = Math.ceil(best.steps.length / 2);
    size >= 1 && left > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let at = 0; at < best.steps.length && left > 0; ) {
      const without = dropped(best.steps, at, size);
      if (!(await tries({ ...best, steps: without }))) at += size;
    }
  }
  for (const change of simplifications) {
    for (let i = 0; i < best.steps.length && left > 0; i++) {
      const step = best.steps[i];
      const simpler = step && change(step);
      if (simpler) await tries({ ...best, steps: best.steps.map((other, at) => (at === i ? simpler : other)) });
    }
  }
  const used = 1 + Math.max(0, ...best.steps.map(({ device }) => device));
  if (used < best.devices) await tries({ ...best, devices: used });
  // What was simplified may have made another step needless.
  for (let at = 0; at < best.steps.length && left > 0; ) {
    if (!(await tries({ ...best, steps: dropped(best.steps, at, 1) }))) at += 1;
  }
  return best;
}

/** The steps behind take over the time of those that are left out. */
function dropped(steps: readonly Step[], at: number, size: number): Step[] {
  const time = steps.slice(at, at + size).reduce((sum, { after }) => sum + after, 0);
  const rest = steps.slice(at + size).map((step, i) => (i === 0 ? { ...step, after: step.after + time } : step));
  return [...steps.slice(0, at), ...rest];
}

const simplifications: readonly ((step: Step) => Step | null)[] = [
  (step) => (step.do === "write" && step.ops.length > 1 ? { ...step, ops: step.ops.slice(0, 1), group: false } : null),
  (step) => (step.do === "write" && step.group ? { ...step, group: false } : null),
  (step) => (step.after > 100 ? { ...step, after: 100 } : null),
  (step) => (step.after > 0 ? { ...step, after: 0 } : null),
  (step) => ("times" in step && step.times > 1 ? { ...step, times: 1 } : null),
  (step) => (step.device > 0 ? { ...step, device: 0 } : null),
];

/** A schedule as a human reads it. */
export function describeSchedule({ seed, devices, stage, durability, foldAfter, most, steps }: Schedule): string {
  const head = `seed ${seed}: ${devices} device(s) (${durability.join(", ")}), stage ${stage}, folds after ${foldAfter}, the server takes ${most.mutations} and gives ${most.changes} at once`;
  return [head, ...steps.map(describeStep)].join("\n");
}

function describeStep(step: Step): string {
  const { n, after, device, do: deed, ...rest } = step;
  const facts = Object.entries(rest).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return `  ${String(n).padStart(3)}. +${after} ms  device ${device}  ${deed} ${facts.join(", ")}`;
}
