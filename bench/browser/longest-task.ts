/** How long the page was held up: from Chromium's own trace, which sees every task, not only those over 50 ms. */
import type { Page } from "playwright-core";

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  /** Of it, microseconds in which the thread really ran. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface Tasks {
  /** Milliseconds that the busiest task computed, and that the longest one took. */
  readonly busy: number;
  readonly longest: number;
  /** Milliseconds computed by all. */
  readonly total: number;
  readonly count: number;
}

/** The tasks of the page's main thread while `work` runs. */
export async function tasksDuring(page: Page, work: () => Promise<unknown>): Promise<Tasks> {
  const browser = page.context().browser();
  if (browser === null) throw new Error("The page has no browser.");
  await browser.startTracing(page, { categories: ["toplevel", "__metadata"] });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString("utf8")) as { readonly traceEvents: TraceEvent[] };
  const mains = new Set(
    trace.traceEvents
      .filter((event) => event.name === "thread_name" && event.args?.name === "CrRendererMain")
      .map((event) => `${event.pid}/${event.tid}`),
  );
  const tasks = trace.traceEvents.filter(
    (event) => event.ph === "X" && event.name.endsWith("RunTask") && mains.has(`${event.pid}/${event.tid}`),
  );
  if (tasks.length === 0) throw new Error("Chromium's trace names no task.");
  const busy = tasks.map(({ dur = 0, tdur = dur }) => tdur / 1_000);
  return {
    busy: Math.max(...busy),
    longest: Math.max(...tasks.map(({ dur = 0 }) => dur / 1_000)),
    total: busy.reduce((a, b) => a + b, 0),
    count: tasks.length,
  };
}
