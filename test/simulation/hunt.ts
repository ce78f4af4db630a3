/** Looks in how many schedules a bug is caught; a run that hangs has caught it as well. */
import { type ChildProcess, fork } from "node:child_process";
import type { Found, Hunt, Told } from "./variant-worker.ts";

export interface Caught {
  readonly name: string;
  /** Median over the seeds that caught it; `null`: none did. */
  readonly median: number | null;
  readonly caughtFrom: number;
  readonly seeds: number;
  readonly breach: string | null;
  /** Why the changed source could not be run at all. */
  readonly failed: string | null;
}

/** A bug that was put in by name is to break a law, not the program. */
export const isBroken = ({ failed, breach }: Caught): boolean =>
  failed !== null || /is not (defined|a function|iterable)|Cannot read prop/.test(breach ?? "");

/** Milliseconds for one schedule, after which a run hangs. */
const patience = 90_000;

/** One after another, in one process as long as none hangs. */
export async function* huntAll(tasks: readonly Hunt[]): AsyncGenerator<Caught> {
  let worker: ChildProcess | null = null;
  try {
    for (const task of tasks) {
      worker ??= startWorker();
      const { caught, hangs } = await huntIn(worker, task);
      if (hangs) {
        worker.kill("SIGKILL");
        worker = null;
      }
      yield caught;
    }
  } finally {
    worker?.kill("SIGKILL");
  }
}

function startWorker(): ChildProcess {
  const execArgv = ["--experimental-transform-types", "--disable-warning=ExperimentalWarning"];
  return fork(new URL("./variant-worker.ts", import.meta.url), { execArgv });
}

function huntIn(worker: ChildProcess, task: Hunt): Promise<{ readonly caught: Caught; readonly hangs: boolean }> {
  return new Promise((resolve) => {
    const found: Found[] = [];
    const done = (failed: string | null, hangs = false): void => {
      clearTimeout(timer);
      worker.off("message", hear).off("exit", died);
      resolve({ caught: sumUp(task, found, failed), hangs });
    };
    const hang = (): void => {
      found.push({ seed: task.seeds[found.length] ?? 0, schedules: 1, breach: "hangs: the run does not end" });
      done(null, true);
    };
    const timer = setTimeout(hang, patience);
    const hear = (told: Told): void => {
      timer.refresh();
      if ("played" in told) return;
      if ("failed" in told) {
        done(told.failed);
        return;
      }
      found.push(told.found);
      if (found.length === task.seeds.length) done(null);
    };
    const died = (): void => done("the process ended", true);
    worker.on("message", hear).on("exit", died);
    worker.send(task);
  });
}

function sumUp({ variant, seeds }: Hunt, found: readonly Found[], failed: string | null): Caught {
  const caught = found.flatMap(({ schedules }) => (schedules === null ? [] : [schedules])).sort((a, b) => a - b);
  return {
    name: variant.name,
    median: caught[Math.floor((caught.length - 1) / 2)] ?? null,
    caughtFrom: caught.length,
    seeds: seeds.length,
    breach: found.find(({ breach }) => breach !== null)?.breach ?? null,
    failed,
  };
}
