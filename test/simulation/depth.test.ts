/** A few schedules on the real server: what holds on the model holds on PGlite. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RealServer, realServer } from "./real-backend.ts";
import { run } from "./run.ts";
import { drawSchedule } from "./schedule.ts";
import { describeSchedule } from "./shrink.ts";

let server: RealServer;
beforeAll(async () => {
  server = await realServer();
});
afterAll(() => server.close());

test("L1 to L11 on PGlite: 15 schedules keep the laws", { timeout: 600_000 }, async () => {
  for (let seed = 60_000; seed < 60_015; seed++) {
    const schedule = drawSchedule(seed);
    const { breaches } = await run(schedule, { backend: server.backend });
    expect(breaches, describeSchedule(schedule)).toEqual([]);
  }
});
