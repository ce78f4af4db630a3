/** What an adapter tells about the old app's storages. */

export interface MirrorStatus {
  /**
   * `waiting`: it has not begun, or another tab mirrors. `current`: the old layout holds what is here. `behind`: but for what
   * is named below. `paused`: `why` says until when. `stopped`: in this stage nothing is mirrored.
   */
  readonly state: "waiting" | "current" | "behind" | "paused" | "stopped";
  /** The code of what keeps it. */
  readonly why: string | null;
  /** When the old layout was last compared, ISO-8601. */
  readonly lookedAt: string | null;
  /** Keys that cannot be read: they are left as they are. */
  readonly untouched: readonly string[];
  /** Keys whose value did not fit into localStorage. */
  readonly unfit: readonly string[];
  /** The file that holds what did not fit; `null`: it could not be saved, or all fits. */
  readonly savedAs: string | null;
  /** Keys that the old app emptied or removed at once, or that were emptied here: the other side is not believed. */
  readonly kept: readonly string[];
  /** Keys that an old page saved out of what it had read before later writes: those stand. */
  readonly stale: readonly string[];
  /** Records for which, or for a field of which, the old layout has no place. */
  readonly unplaced: number;
  /** What the old app wrote and was taken over, since this tab was opened. */
  readonly takenOver: number;
  /** Values that lost where both apps wrote; open until somebody settles them. */
  readonly losses: number;
}

export interface LegacyStatus {
  /** Archives of the old app's storages that the server does not have yet. */
  readonly unsentArchives: number;
  /** The code of what kept the last attempt from its end. */
  readonly unsentWhy: string | null;
  /** `null`: nothing is mirrored. */
  readonly mirror: MirrorStatus | null;
  /** The same in words, for people: what somebody should know or do. */
  readonly warnings: readonly string[];
}

export const newMirror: MirrorStatus = {
  state: "waiting",
  why: null,
  lookedAt: null,
  untouched: [],
  unfit: [],
  savedAs: null,
  kept: [],
  stale: [],
  unplaced: 0,
  takenOver: 0,
  losses: 0,
};

const list = (keys: readonly string[]): string => keys.join(", ");

export function warningsOf(mirror: MirrorStatus | null): readonly string[] {
  if (mirror === null) return [];
  const { why, untouched, unfit, savedAs, kept, stale, losses } = mirror;
  const file = savedAs === null ? "and no file could be saved" : `it is all in the file ${savedAs}`;
  return [
    why === null ? "" : `The old app's layout is not kept current for now (${why}).`,
    untouched.length === 0 ? "" : `The old app's ${list(untouched)} cannot be read and stays as it is.`,
    unfit.length === 0 ? "" : `localStorage is full: ${list(unfit)} is not what it should be for the old app; ${file}.`,
    kept.length === 0 ? "" : `All of ${list(kept)} was gone at once on one side; nothing was deleted for that.`,
    stale.length === 0 ? "" : `A page of the old app saved ${list(stale)} as it was before later changes; they stand.`,
    losses === 0 ? "" : `${losses} values that both apps wrote wait for somebody to decide.`,
  ].filter((text) => text !== "");
}
