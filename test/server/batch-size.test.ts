/** The lock on a school is held for about 50 ms, whatever the machine. */
import { expect, test } from "vitest";
import { adaptiveBatchSize, wholeBatch } from "../../src/server/batch-size.ts";

test("a slow database halves the batch down to 125, a fast one lets it grow to the largest", () => {
  const size = adaptiveBatchSize(2000);
  const run = (msEach: number, rounds: number) => {
    for (let i = 0; i < rounds; i++) size.measured(size.most, size.most * msEach);
    return size.most;
  };
  expect(run(5, 20)).toBe(125);
  expect(run(0.001, 100)).toBe(2000);
  // Around the target it swings: never longer than about twice 50 ms once it has settled.
  run(0.1, 50);
  expect(size.most * 0.1).toBeGreaterThan(20);
  expect(size.most * 0.1).toBeLessThan(60);
});

test("a batch that was not full makes no larger one; a slow one of few mutations does not shrink it below them", () => {
  const size = adaptiveBatchSize(2000);
  const before = size.most;
  size.measured(10, 1);
  size.measured(10, 1000);
  expect(size.most).toBe(before);
  expect(wholeBatch(2000).most).toBe(2000);
});
