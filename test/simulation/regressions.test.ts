/** What once broke a law keeps it. */
import { expect, test } from "vitest";
import { regressions } from "./regressions.ts";
import { run } from "./run.ts";

test.each(regressions)("$name", async ({ schedule }) => {
  expect((await run(schedule)).breaches).toEqual([]);
});
