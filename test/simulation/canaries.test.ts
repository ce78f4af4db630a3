/** Bugs that are put in on purpose are caught; one that is not would say that the simulator does not look. */
import { expect, test } from "vitest";
import { canaries, laterCanaries } from "./canaries.ts";
import { huntAll, isBroken } from "./hunt.ts";
import { smallSizes } from "./small.ts";
import { edited } from "./variants.ts";

test("every canary of FAULTS.md is here, or waits for the part that it needs", () => {
  expect(canaries.length + Object.keys(laterCanaries).length).toBe(20);
  expect(new Set(canaries.map(({ name }) => name)).size).toBe(canaries.length);
});

test.each(canaries)("the source still has the place of: $name", ({ edits }) => {
  for (const { file } of edits) expect(edited(edits, file)).not.toBe(edited([], file));
});

test("the source still has the sizes that the mutants are hunted with", () => {
  for (const { file } of smallSizes) expect(edited(smallSizes, file)).not.toBe(edited([], file));
});

test("bugs on purpose are caught", { timeout: 600_000 }, async () => {
  const missed: string[] = [];
  for await (const caught of huntAll(canaries.map((variant) => ({ variant, seeds: [51_000], most: 300 })))) {
    if (caught.median === null || isBroken(caught)) missed.push(`${caught.name} ${caught.failed ?? caught.breach}`);
  }
  expect(missed).toEqual([]);
});
