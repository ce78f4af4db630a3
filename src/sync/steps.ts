/** The ways on from a piece of work: to the next one, to rest, to a wait, to a pause, out of the lead. */

import type { SyncPosition } from "../local/record-store.ts";
import { startLimits } from "./limits.ts";
import type { Around, Failure, HoldReason, OwnReason, Round, Step, SyncState } from "./state.ts";
import { backoffMs, namedMs, pollMs, retryPauseMs, soonMs } from "./waits.ts";

export const stay = (state: SyncState): Step => ({ state, effects: [] });

export const firstRound = (held: ReadonlySet<HoldReason>): Round => ({
  limits: startLimits,
  failures: 0,
  mends: 0,
  again: false,
  freshToken: false,
  wanted: 0,
  gap: null,
  answered: null,
  held,
});

/** The `seq` that a cursor names; 0 for none. */
export const seqOf = (cursor: string | null): number => Number.parseInt(cursor ?? "0", 10) || 0;

/** Some domain is beyond `off`: there is a server to follow. */
const isActive = ({ position: { stage, stages } }: Around): boolean =>
  stage !== "off" || Object.values(stages).some((of) => of !== "off");

/** A round from its beginning. In `off` with nothing left to send, only the stage is asked for. */
export function begin(before: Round, around: Around): Step {
  if (before.held.size > 0) return hold(before);
  const round = { ...before, again: false, freshToken: false };
  if (!isActive(around) && around.waiting === 0) {
    return { state: { kind: "asking", round }, effects: [{ do: "askStage" }] };
  }
  return around.position.cursor === null ? fetchPage(round, false) : exchange(round);
}

export function exchange(round: Round): Step {
  if (round.held.size > 0) return hold(round);
  return {
    state: { kind: "exchanging", round: { ...round, again: false, freshToken: false } },
    effects: [{ do: "exchange", limits: round.limits }],
  };
}

export function fetchPage(round: Round, fresh: boolean): Step {
  if (round.held.size > 0) return hold(round);
  return {
    state: { kind: "paging", round: { ...round, freshToken: false }, fresh },
    effects: [{ do: "fetchPage", fresh, limit: round.limits.page }],
  };
}

/** Puts the pages of a snapshot in place, all of them at once. */
export const finish = (round: Round, position: SyncPosition): Step => ({
  state: { kind: "finishing", round },
  effects: [{ do: "finishSnapshot", position: { ...position, seq: seqOf(position.cursor) } }],
});

/** After a round: once more if something happened meanwhile, then what can wait, then rest. */
export function rest(round: Round, around: Around, { compact = true } = {}): Step {
  // Before going round again: under a steady stream of writes the engine would never come to it.
  if (compact && around.compactionDue) {
    return { state: { kind: "compacting", round }, effects: [{ do: "compact" }] };
  }
  if (round.again) return begin(round, around);
  if (round.held.size > 0) return hold(round);
  const soon = round.wanted > seqOf(around.position.cursor);
  const ms = soon ? soonMs(around.chance) : pollMs(around.chance);
  return { state: { kind: "idle", round: { ...round, wanted: 0 } }, effects: [{ do: "wait", ms }] };
}

/** Tries again later, whatever it was: an error that nobody knows may be gone the next time. */
export function backOff(before: Round, failure: Failure, { chance }: Around): Step {
  const round: Round = { ...before, failures: before.failures + 1, mends: 0, gap: null };
  const state: SyncState = {
    kind: "backingOff",
    round,
    named: namedMs(failure) !== null,
    unreachable: failure.code === "SERVER_UNREACHABLE",
  };
  return { state, effects: [{ do: "wait", ms: backoffMs(before.failures, failure, chance) }] };
}

/** Which pauses may pass without anybody's doing, and so are tried again by the timer. */
export const passesByItself: Readonly<Record<OwnReason, boolean>> = {
  auth: false,
  forbidden: true,
  outdated: true,
  storage: true,
  critical: false,
};

export function pause(before: Round, own: OwnReason, { chance }: Around): Step {
  const round: Round = { ...before, failures: 0, mends: 0, gap: null };
  return {
    state: { kind: "paused", round, own },
    effects: passesByItself[own] ? [{ do: "wait", ms: retryPauseMs(chance) }] : [],
  };
}

/** Waits for whoever holds it. */
export const hold = (round: Round): Step => stay({ kind: "paused", round, own: null });

/** This tab lets the lead go, and stands for it again after a while, in case the other one dies. */
export const yieldLead = (held: ReadonlySet<HoldReason>, afterMs: number): Step => ({
  state: { kind: "following", held },
  effects: [{ do: "resign" }, { do: "contend", afterMs }],
});
