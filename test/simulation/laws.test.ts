/** A small fixed set of schedules keeps every law; the campaign is `npm run simulate`. */
import { expect, test } from "vitest";
import { makeCoverage, reachable } from "./coverage.ts";
import { run } from "./run.ts";
import { drawSchedule } from "./schedule.ts";
import { describeSchedule } from "./shrink.ts";

const seeds = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

test("L1 to L11: 250 schedules of writes, crashes and faults of every kind keep the laws", {
  timeout: 600_000,
}, async () => {
  const coverage = makeCoverage();
  for (const seed of seeds(50_000, 250)) {
    const schedule = drawSchedule(seed);
    const outcome = await run(schedule);
    coverage.add(outcome);
    expect(outcome.breaches, describeSchedule(schedule)).toEqual([]);
  }
  // Far from a campaign; but a simulator that no longer gets anywhere would keep the laws as well.
  expect(coverage.reached).toBeGreaterThan(reachable.length * 0.6);
  expect([...coverage.faults.keys()]).toEqual(
    expect.arrayContaining([
      "answer-401",
      "answer-lost",
      "browser-crash",
      "damage-flip",
      "evicted",
      "fenced",
      "freeze",
      "hang",
      "holiday",
      "power-cut",
      "profile-restored",
      "request-doubled",
      "server-died",
      "server-restored",
      "stage-change",
    ]),
  );
});

test("L12: the same seed gives the same trace, another seed another one", async () => {
  const hashes: string[] = [];
  for (const seed of [7, 8]) {
    const [once, again] = [await run(drawSchedule(seed)), await run(drawSchedule(seed))];
    expect(again.hash).toBe(once.hash);
    hashes.push(once.hash);
  }
  expect(new Set(hashes).size).toBe(2);
});
