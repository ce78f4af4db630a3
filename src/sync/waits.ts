/** How long the engine waits: spread by chance, so that the devices of a school do not come back all at once. */
import type { Failure } from "./state.ts";

const firstBackoff = 500;
const longestBackoff = 60_000;
const shortestBackoff = 100;
/** A server that names a longer time than this is asked again all the same. */
const longestNamed = 15 * 60_000;

/** Exponential with full jitter (F20); never before the time that the server named. */
export function backoffMs(failures: number, failure: Failure, chance: number): number {
  const most = Math.min(longestBackoff, firstBackoff * 2 ** Math.min(failures, 10));
  const spread = shortestBackoff + chance * (most - shortestBackoff);
  const named = namedMs(failure);
  // Not all of them in the millisecond that the server named to all of them.
  return named === null ? spread : Math.min(named, longestNamed) + chance * firstBackoff;
}

/** The time that the answer named (`Retry-After`), in milliseconds. */
export function namedMs({ facts }: Failure): number | null {
  return typeof facts.retryAfterMs === "number" && facts.retryAfterMs > 0 ? facts.retryAfterMs : null;
}

/** Between two looks at the server when nothing happens: pokes may be lost (F21). */
export const pollMs = (chance: number): number => 22_500 + chance * 15_000;

/** After a poke that named more than the pull found: it came before the commit was visible. */
export const soonMs = (chance: number): number => 500 + chance * 500;

/** Before the lock is asked for again by a tab that another one has fenced off. */
export const contendMs = (chance: number): number => 1000 + chance * 4000;

/** Before a pause that may pass by itself is tried again. */
export const retryPauseMs = (chance: number): number => 30_000 + chance * 30_000;
