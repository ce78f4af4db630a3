/** A failing schedule becomes a short one that still fails, and reads as a list of steps. */
import { expect, test } from "vitest";
import { drawSchedule, type Schedule } from "./schedule.ts";
import { describeSchedule, shrink } from "./shrink.ts";

const crashes = ({ steps }: Schedule): number =>
  steps.findIndex((step) => step.do === "crash" || step.do === "crashTab");

test("what does not matter is left out, and the time of what is left stays possible", async () => {
  const seed = Array.from({ length: 200 }, (_, i) => i).find((i) => {
    const schedule = drawSchedule(i);
    const at = crashes(schedule);
    return at > 3 && schedule.steps.slice(0, at).some((step) => step.do === "write");
  });
  expect(seed).toBeDefined();
  const writeThenCrash = async (schedule: Schedule): Promise<boolean> => {
    const at = crashes(schedule);
    return schedule.steps.slice(0, Math.max(0, at)).some((step) => step.do === "write");
  };
  const small = await shrink(drawSchedule(seed ?? 0), writeThenCrash);
  expect(small.steps.map((step) => step.do.slice(0, 5))).toEqual(["write", "crash"]);
  expect(small.steps.every((step) => step.after === 0 && step.device === 0)).toBe(true);
  expect(describeSchedule(small).split("\n")).toHaveLength(3);
});
