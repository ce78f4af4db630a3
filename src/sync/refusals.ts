/** What follows from a request that failed. Decided by codes, classes and typed facts alone. */

import type { LoggedMutation } from "../local/record-store.ts";
import { isGuessed } from "../recovery/classify.ts";
import { halvePage, halvePush } from "./limits.ts";
import type { Around, Aside, Failure, OwnReason, Rejection, Round, Step, SyncEffect } from "./state.ts";
import { backOff, begin, exchange, fetchPage, pause } from "./steps.ts";

/** By client, the last mutation that the server has. */
type Last = Readonly<Record<string, number>>;

/** So many repairs in a row, and it is the server that needs one. */
const mostMends = 6;

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** A push and pull failed. */
export function exchangeRefused(round: Round, failure: Failure, sent: readonly LoggedMutation[], around: Around): Step {
  return (
    paused(round, failure, around) ??
    (round.mends < mostMends ? mend(round, failure, sent) : null) ??
    tooMuch(round, failure, sent) ??
    backOff(timedOut(failure) ? { ...round, limits: smaller(round, sent.length) } : round, failure, around)
  );
}

/** A page of a snapshot failed: one whose place is not known any more begins again. */
export function pageRefused(round: Round, fresh: boolean, failure: Failure, around: Around): Step {
  const isStale = ["RESYNC_REQUIRED", "BAD_REQUEST"].includes(failure.code) && !isGuessed(failure.facts);
  if (isStale && !fresh && round.mends < mostMends) return fetchPage({ ...round, mends: round.mends + 1 }, true);
  const next = timedOut(failure) || failure.code === "LIMIT" ? { ...round, limits: halvePage(round.limits) } : round;
  return paused(round, failure, around) ?? backOff(next, failure, around);
}

/** The pages of a snapshot do not make one: one of them is damaged or missing. They are loaded again. */
export const pagesUnusable = (round: Round, failure: Failure, around: Around): Step =>
  round.mends < mostMends
    ? fetchPage({ ...round, mends: round.mends + 1 }, true)
    : pause(round, diskReason(failure), around);

/** A question failed. */
export const questionRefused = (round: Round, failure: Failure, around: Around): Step =>
  paused(round, failure, around) ?? backOff(round, failure, around);

/** What only a person, another version or another right can mend. Nothing is deleted (F18). */
function paused(round: Round, failure: Failure, around: Around): Step | null {
  const own = pauseOf(failure);
  if (own === null) return null;
  // The token changed while the old one was on its way.
  if (own === "auth" && round.freshToken) return begin(round, around);
  return pause(round, own, around);
}

function pauseOf(failure: Failure): OwnReason | null {
  const { code, class: cls } = failure;
  if (code === "UNAUTHENTICATED") return "auth";
  if (cls === "auth") return "forbidden";
  if (code === "CLIENT_OUTDATED") return "outdated";
  return cls === "critical" || diskReasons.has(code) ? diskReason(failure) : null;
}

/** What becomes of a disk that cannot be used: some of it passes, or another build has taken the store over. */
const diskReasons: ReadonlyMap<string, OwnReason> = new Map([
  ["STORAGE_FULL", "storage"],
  ["STORAGE_LOST", "storage"],
  ["STORAGE_BLOCKED", "storage"],
  ["STORAGE_UNREADABLE", "storage"],
  ["SCHEMA_NEWER", "outdated"],
]);

export const diskReason = ({ code, class: cls }: Failure): OwnReason =>
  diskReasons.get(code) ?? (cls === "critical" ? "critical" : "storage");

/** The failures that have a way back of their own. */
function mend(before: Round, { code, facts }: Failure, sent: readonly LoggedMutation[]): Step | null {
  const round: Round = { ...before, mends: before.mends + 1, answered: null };
  const mending = (onward: "exchange" | "snapshot", effect: SyncEffect, next = round): Step => ({
    state: { kind: "mending", round: next, onward },
    effects: [effect],
  });
  const client = text(facts.client) ?? sent[0]?.client ?? null;
  if (code === "EPOCH_STALE") return { state: { kind: "asking", round }, effects: [{ do: "askStage" }] };
  // A history that is not ours may have lost answers; behind what was purged nobody can tell whether it is ours.
  if (code === "RESYNC_REQUIRED")
    return { state: { kind: "locating", round, aside: null }, effects: [{ do: "askClients" }] };
  if (code === "CLIENT_FORKED" && client !== null) {
    const fromId = number(facts.id) ?? firstOf(sent, client);
    return fromId === null ? null : mending("exchange", { do: "rehome", client, fromId });
  }
  if (code === "MUTATION_GAP" && client !== null) {
    const expected = number(facts.expected);
    const behind = firstOf(sent, client, expected ?? 0);
    if (expected === null || behind === null) return null;
    const next = { ...round, gap: { client, expected } };
    // The same gap again: what is missing is not kept any more.
    if (before.gap?.client === client && before.gap.expected === expected) {
      return mending("exchange", { do: "rehome", client, fromId: behind }, { ...round, gap: null });
    }
    // In the middle of what was sent: what stands behind it may be known to the server, and is sent by itself.
    if (firstOf(sent, client) !== behind) {
      const at = sent.findIndex((m) => m.client === client && m.id === behind);
      return exchange({ ...next, limits: { ...round.limits, mutations: at } });
    }
    return mending("exchange", { do: "rewind", last: { [client]: expected - 1 } }, next);
  }
  return null;
}

/** The first one of a client's that was sent, from an id on. */
function firstOf(sent: readonly LoggedMutation[], client: string, from = 0): number | null {
  const ids = sent.filter((m) => m.client === client && m.id >= from).map((m) => m.id);
  return ids.length === 0 ? null : Math.min(...ids);
}

/**
 * A request that is refused as a whole because of something in it: half of it is sent, then half of that, until the one
 * that no request can carry is found. If the server does not have it, it is parked (law 3: never stuck), and its log goes
 * on under a new name, because the server has not counted its id.
 */
function tooMuch(round: Round, failure: Failure, sent: readonly LoggedMutation[]): Step | null {
  if (sent.length === 0 || !isAboutMutations(failure)) return null;
  if (!isOneUnit(sent)) return exchange({ ...round, limits: smaller(round, sent.length) });
  const aside = { unit: sent, code: failure.code, place: failure.place };
  return { state: { kind: "locating", round, aside }, effects: [{ do: "askClients" }] };
}

/**
 * Sets aside what no request can carry. An earlier try may have arrived all the same, and only its answer was lost: what
 * the server has is no more than answered, and stays over its record until the change has come down.
 */
export function setAside(
  round: Round,
  { unit, code, place }: Aside,
  { last, seq }: { readonly last: Last; readonly seq: number },
  around: Around,
): Step {
  const { cursor, ...position } = around.position;
  if (cursor === null) return begin(round, around);
  const isKnown = ({ client, id }: LoggedMutation): boolean => (last[client] ?? 0) >= id;
  const results = unit.map((m): Rejection => {
    const { id, client } = m;
    if (isKnown(m)) return { id, client, status: "duplicate" };
    return { id, client, status: "rejected", code, ...(place === null ? {} : { place }) };
  });
  const ends = new Map(unit.filter((m) => !isKnown(m)).map(({ client, id }) => [client, id]));
  const reply = { results, changes: [], cursor, seq, position };
  const rehome = [...ends].map(([client, id]) => ({ client, fromId: id + 1 }));
  return {
    state: { kind: "mending", round: { ...round, mends: round.mends + 1, answered: null }, onward: "exchange" },
    effects: [{ do: "setAside", reply, rehome }],
  };
}

/** Too long, by whoever's word; or our server's own word that a mutation does not fit. */
const isAboutMutations = ({ code, class: cls, place, facts }: Failure): boolean =>
  code === "LIMIT" ||
  (!isGuessed(facts) && (cls === "input" || cls === "consistency") && (place?.startsWith("/mutations") ?? false));

/** One mutation, or one group, which goes whole or not at all. */
const isOneUnit = (sent: readonly LoggedMutation[]): boolean =>
  sent.length === 1 ||
  sent.every((m) => m.group !== undefined && m.group === sent[0]?.group && m.client === sent[0]?.client);

const smaller = (round: Round, sent: number) => halvePage(sent > 0 ? halvePush(round.limits, sent) : round.limits);

const timedOut = ({ facts }: Failure): boolean => facts.timeout === true;
