/** Who called `syncNow` and waits: for this tab's own rest, or for the report of the tab that leads. */
import type { ReplyStep } from "../local/record-store.ts";
import type { Platform } from "../platform/platform.ts";
import type { SyncFailure, SyncReport } from "./status.ts";

export interface AskersOptions {
  readonly platform: Pick<Platform, "timers">;
  /** The engine closes. */
  readonly signal: AbortSignal;
  /** Asks the leading tab. */
  readonly ask: (id: string) => void;
}

export interface Askers {
  /** @param id under which the leading tab is asked; `null`: this tab leads */
  add(id: string | null): Promise<SyncReport>;
  /** This tab's engine rests. */
  settle(outcome: SyncReport["outcome"], error: SyncFailure | null): void;
  /** The leading tab's report to the question `id`. */
  answered(id: string, report: SyncReport): void;
  /** What was stored of an answer. */
  count(stored: Pick<ReplyStep, "results" | "changes">): void;
  closed(): SyncReport;
}

type Counts = Pick<SyncReport, "pushed" | "pulled" | "conflicts" | "parked">;
interface Waiting {
  readonly id: string | null;
  readonly from: Counts;
  readonly end: (report: SyncReport) => void;
}

/** A question may be lost between two tabs, and the tab that led may die; then another one answers. */
const askEvery = 3000;
const askTimes = 10;

export function createAskers({ platform, signal, ask }: AskersOptions): Askers {
  let waiting: readonly Waiting[] = [];
  let total: Counts = { pushed: 0, pulled: 0, conflicts: 0, parked: 0 };

  async function askUntilAnswered(id: string, answered: AbortSignal, give: () => void): Promise<void> {
    for (let times = 0; times < askTimes && !answered.aborted; times++) {
      ask(id);
      await platform.timers.sleep(askEvery, answered);
    }
    if (!answered.aborted) give();
  }

  const report = (from: Counts, outcome: SyncReport["outcome"], error: SyncFailure | null): SyncReport => ({
    outcome,
    pushed: total.pushed - from.pushed,
    pulled: total.pulled - from.pulled,
    conflicts: total.conflicts - from.conflicts,
    parked: total.parked - from.parked,
    error,
  });

  return {
    add(id) {
      const answered = new AbortController();
      return new Promise<SyncReport>((resolve) => {
        const entry: Waiting = {
          id,
          from: total,
          end(result) {
            waiting = waiting.filter((other) => other !== entry);
            answered.abort();
            resolve(result);
          },
        };
        waiting = [...waiting, entry];
        if (id === null) return;
        const stop = AbortSignal.any([answered.signal, signal]);
        void askUntilAnswered(id, stop, () => entry.end(report(entry.from, "unanswered", null)));
      });
    },
    settle(outcome, error) {
      for (const { from, end } of waiting) end(report(from, outcome, error));
    },
    answered(id, result) {
      for (const entry of waiting) if (entry.id === id) entry.end(result);
    },
    count({ results, changes }) {
      const of = (status: string): number => results.filter((result) => result.status === status).length;
      total = {
        pushed: total.pushed + results.length,
        pulled: total.pulled + changes.length,
        conflicts: total.conflicts + of("conflict"),
        parked: total.parked + of("rejected"),
      };
    },
    closed: () => report(total, "closed", null),
  };
}
