import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { progressView } from "../../src/cli/progress.ts";

/** A world whose clock stands still until it is moved. */
function world(isTTY: boolean) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  let at = 0;
  const io = { stderr, isTTY, now: () => new Date(at) } as unknown as Io;
  return { io, wait: (ms: number) => (at += ms), text: () => String(stderr.read() ?? "") };
}
const step = (done: number, domain?: string) => ({ step: "backfill", done, total: 10, unit: "parts", domain });

test("piped: a line at the start, every two seconds and at the end of each part; nothing is left out at its end", () => {
  const { io, wait, text } = world(false);
  const { report, stop } = progressView(io);
  for (const done of [0, 1, 2]) report(step(done, "students"));
  wait(2000);
  report(step(3, "students"));
  report(step(4, "students"));
  report(step(5, "classes"));
  report(step(6, "classes"));
  stop();
  expect(text()).toBe(
    `${["students: 0", "students: 3", "students: 4", "classes: 5", "classes: 6"]
      .map((words) => `backfill ${words} of 10 parts`)
      .join("\n")}\n`,
  );
});

test("with --json nobody is shown how far it is", () => {
  const { io, text } = world(false);
  progressView(io, true).report(step(1));
  expect(text()).toBe("");
});

test("on a terminal there is a bar, which is taken away at the end", () => {
  const { io, text } = world(true);
  const { report, stop } = progressView(io);
  report(step(3, "students"));
  stop();
  expect(text()).toMatch(/backfill .*30% \| 3\/10 parts students/);
});
