/** The sync engine as a table: what follows from each event in each state. Nothing is read from outside (L12). */
import { afterPart, grow } from "./limits.ts";
import { diskReason, exchangeRefused, pageRefused, pagesUnusable, questionRefused, setAside } from "./refusals.ts";
import type { Around, EventKind, Failure, HoldReason, Round, StateKind, Step, SyncEvent, SyncState } from "./state.ts";
import {
  backOff,
  begin,
  exchange,
  fetchPage,
  finish,
  firstRound,
  hold,
  passesByItself,
  pause,
  rest,
  seqOf,
  stay,
  yieldLead,
} from "./steps.ts";
import { contendMs, retryPauseMs } from "./waits.ts";

type In<S extends StateKind> = Extract<SyncState, { kind: S }>;
type On<E extends EventKind> = Extract<SyncEvent, { kind: E }>;
type Handler<S extends StateKind, E extends EventKind> = (state: In<S>, event: On<E>, around: Around) => Step;
/** `null`: it cannot happen there; the driver drops what belongs to work that was given up. */
type Row<S extends StateKind> = { readonly [E in EventKind]: Handler<S, E> | null };
type Leading = Exclude<StateKind, "new" | "following" | "stopped">;

const ignore = (state: SyncState): Step => stay(state);
const stop = (): Step => ({ state: { kind: "stopped" }, effects: [{ do: "resign" }] });

const withRound = <S extends In<Leading>>(state: S, change: Partial<Round>): Step =>
  stay({ ...state, round: { ...state.round, ...change } });

const adding = (set: ReadonlySet<HoldReason>, reason: HoldReason): ReadonlySet<HoldReason> => new Set([...set, reason]);
const without = (set: ReadonlySet<HoldReason>, reason: HoldReason): ReadonlySet<HoldReason> =>
  new Set([...set].filter((other) => other !== reason));

/** An answer that was stored settles what it answers; where it does not, the store has another view of its logs. */
const unsettled: Failure = { code: "INTERNAL", class: "transient", place: null, facts: {} };

/** What is out or on its way to disk is left alone by everything but an end; the rest is remembered for after it. */
const busy = {
  start: null,
  elected: null,
  deposed: (state: In<Leading>, _: On<"deposed">, around: Around): Step =>
    yieldLead(state.round.held, contendMs(around.chance)),
  wake: (state: In<Leading>, { seq }: On<"wake">): Step =>
    withRound(state, { again: true, wanted: Math.max(state.round.wanted, seq ?? 0) }),
  asked: (state: In<Leading>): Step => withRound(state, { again: true }),
  due: null,
  replied: null,
  paged: null,
  gathered: null,
  located: null,
  positioned: null,
  refused: null,
  stored: null,
  unstored: null,
  tokenChanged: (state: In<Leading>): Step => withRound(state, { freshToken: true }),
  held: (state: In<Leading>, { reason }: On<"held">): Step =>
    withRound(state, { held: adding(state.round.held, reason) }),
  released: (state: In<Leading>, { reason }: On<"released">): Step =>
    withRound(state, { held: without(state.round.held, reason) }),
  closed: stop,
};

/** A step that the disk refused. The store is as it was before; what was to be stored is asked for again. */
function unstored(state: In<Leading>, { failure }: On<"unstored">, around: Around): Step {
  if (failure.code === "FENCED") return yieldLead(state.round.held, contendMs(around.chance));
  if (failure.code === "STORE_CLOSED") return stop();
  return pause(state.round, diskReason(failure), around);
}

/** A wait: whatever ends it begins a round. */
const resting = {
  ...busy,
  asked: (state: In<Leading>, _: On<"asked">, around: Around): Step => begin(state.round, around),
  due: (state: In<Leading>, _: On<"due">, around: Around): Step => begin(state.round, around),
  tokenChanged: ignore,
  held: (state: In<Leading>, { reason }: On<"held">): Step =>
    hold({ ...state.round, held: adding(state.round.held, reason) }),
};

const waiting = {
  ...busy,
  start: null,
  deposed: null,
  wake: ignore,
  asked: ignore,
  tokenChanged: ignore,
};

const table: { readonly [S in StateKind]: Row<S> } = {
  new: {
    ...waiting,
    // Nobody listens before the start, nor after the end.
    wake: null,
    start: ({ held }) => ({ state: { kind: "following", held }, effects: [{ do: "contend", afterMs: 0 }] }),
    held: ({ held }, { reason }) => stay({ kind: "new", held: adding(held, reason) }),
    released: ({ held }, { reason }) => stay({ kind: "new", held: without(held, reason) }),
    closed: stop,
  },
  following: {
    ...waiting,
    elected: ({ held }) => ({ state: { kind: "taking", round: firstRound(held) }, effects: [{ do: "takeLead" }] }),
    held: ({ held }, { reason }) => stay({ kind: "following", held: adding(held, reason) }),
    released: ({ held }, { reason }) => stay({ kind: "following", held: without(held, reason) }),
    closed: stop,
  },
  taking: {
    ...busy,
    stored: ({ round }, _, around) => begin(round, around),
    // Who cannot take the lead on this disk leaves it to another tab, and to a newer build, for a while.
    unstored: ({ round }, { failure }, { chance }) =>
      failure.code === "STORE_CLOSED"
        ? stop()
        : yieldLead(round.held, failure.code === "FENCED" ? contendMs(chance) : retryPauseMs(chance)),
  },
  idle: {
    ...resting,
    // A poke that names what was pulled already says nothing; one that names more is only a reason to look.
    wake: (state, { seq }, around) =>
      seq !== null && seq <= seqOf(around.position.cursor)
        ? stay(state)
        : begin({ ...state.round, wanted: Math.max(state.round.wanted, seq ?? 0) }, around),
  },
  exchanging: {
    ...busy,
    replied: ({ round }, { reply, more, sent, first }) => {
      const isWhole = reply.results.length === sent;
      const stuck = first !== null && first === round.answered;
      const next: Round = {
        ...round,
        failures: stuck ? round.failures : 0,
        mends: 0,
        gap: null,
        answered: first,
        limits: isWhole ? grow(round.limits) : afterPart(round.limits, reply.results.length),
      };
      return { state: { kind: "applying", round: next, more, sent, stuck }, effects: [{ do: "apply", reply }] };
    },
    refused: ({ round }, { failure, sent }, around) => exchangeRefused(round, failure, sent, around),
  },
  applying: {
    ...busy,
    // What waits goes on only if something went out: a store that gives nothing out must not spin.
    stored: ({ round, more, sent, stuck }, _, around) => {
      // A store that does not take an answer in must not ask for it again and again.
      if (stuck && around.waiting > 0) return backOff(round, unsettled, around);
      return more
        ? exchange(round)
        : rest({ ...round, again: round.again || (sent > 0 && around.waiting > 0) }, around);
    },
    unstored,
  },
  asking: {
    ...busy,
    positioned: ({ round }, { position }, around) =>
      isSame(position, around.position)
        ? round.mends > 0
          ? exchange(round)
          : rest({ ...round, failures: 0 }, around)
        : {
            state: { kind: "mending", round: { ...round, failures: 0 }, onward: "exchange" },
            effects: [{ do: "setPosition", position }],
          },
    refused: ({ round }, { failure }, around) => questionRefused(round, failure, around),
  },
  locating: {
    ...busy,
    located: ({ round, aside }, { last, seq }, around) =>
      aside === null
        ? { state: { kind: "mending", round, onward: "snapshot" }, effects: [{ do: "rewind", last }] }
        : setAside(round, aside, { last, seq }, around),
    refused: ({ round }, { failure }, around) => questionRefused(round, failure, around),
  },
  mending: {
    ...busy,
    stored: ({ round, onward }, _, around) => {
      if (onward === "snapshot") return fetchPage(round, false);
      // Out of `off` for the first time there is nothing yet to lay changes over.
      return around.position.cursor === null ? begin(round, around) : exchange(round);
    },
    unstored,
  },
  paging: {
    ...busy,
    paged: ({ round }, { page }) => ({
      state: {
        kind: "staging",
        round: { ...round, failures: 0, limits: { ...round.limits, page: grow(round.limits).page } },
        page,
      },
      effects: [{ do: "stagePage", page }],
    }),
    gathered: ({ round }, { position }) => finish(round, position),
    refused: ({ round, fresh }, { failure }, around) => pageRefused(round, fresh, failure, around),
  },
  staging: {
    ...busy,
    stored: ({ round, page }) =>
      page.token === null ? finish(round, { ...page.position, cursor: page.cursor }) : fetchPage(round, false),
    unstored,
  },
  finishing: {
    ...busy,
    stored: ({ round }) => exchange(round),
    unstored: (state, event, around) =>
      event.failure.code === "STORE_CORRUPT" || event.failure.code === "RESYNC_REQUIRED"
        ? pagesUnusable(state.round, event.failure, around)
        : unstored(state, event, around),
  },
  compacting: {
    ...busy,
    stored: ({ round }, _, around) => rest(round, around, { compact: false }),
    // Nothing is lost by a compaction that did not happen; a full disk must not hold up what would make room.
    unstored: (state, event, around) =>
      ["FENCED", "STORE_CLOSED", "STORE_CORRUPT"].includes(event.failure.code)
        ? unstored(state, event, around)
        : rest(state.round, around, { compact: false }),
  },
  backingOff: {
    ...resting,
    // Its wait goes on, so that a release does not come before the time that the server named.
    held: busy.held,
    // Only what could mean that the way is open again: local writes must not beat on a server that does not answer.
    wake: (state, { hint, seq }, around) => {
      const round = { ...state.round, wanted: Math.max(state.round.wanted, seq ?? 0) };
      return state.unreachable && !state.named && hint !== "write" ? begin(round, around) : stay({ ...state, round });
    },
    asked: (state, _, around) => (state.named ? stay(state) : begin(state.round, around)),
  },
  paused: {
    ...resting,
    wake: ignore,
    asked: (state, _, around) => (state.round.held.size > 0 ? stay(state) : begin(state.round, around)),
    due: (state, _, around) => (state.round.held.size > 0 ? stay(state) : begin(state.round, around)),
    tokenChanged: (state, _, around) =>
      state.own === "auth" || state.own === "forbidden" ? begin(state.round, around) : stay(state),
    held: (state, { reason }) => withRound(state, { held: adding(state.round.held, reason) }),
    released: (state, { reason }, around) => {
      const round = { ...state.round, held: without(state.round.held, reason) };
      const mayGo = round.held.size === 0 && (state.own === null || passesByItself[state.own]);
      return mayGo ? begin(round, around) : stay({ ...state, round });
    },
  },
  stopped: {
    ...waiting,
    wake: null,
    asked: null,
    held: ignore,
    released: ignore,
    closed: ignore,
  },
};

const isSame = (a: Omit<Around["position"], "cursor">, b: Around["position"]): boolean =>
  a.epoch === b.epoch &&
  a.stage === b.stage &&
  Object.keys({ ...a.stages, ...b.stages }).every((domain) => a.stages[domain] === b.stages[domain]);

/** What follows from `event` in `state`. Chance and the store's standing come in with the event. */
export function next(state: SyncState, event: SyncEvent, around: Around): Step {
  // The two indices name one cell, whose handler takes exactly this state and this event.
  const handler = table[state.kind][event.kind] as ((s: SyncState, e: SyncEvent, a: Around) => Step) | null;
  return handler?.(state, event, around) ?? stay(state);
}

/** Every (state, event) pair that can happen; what a run has reached is counted against it. */
export const cells: readonly (readonly [state: StateKind, event: EventKind])[] = (
  Object.keys(table) as StateKind[]
).flatMap((state) =>
  (Object.keys(table[state]) as EventKind[])
    .filter((event) => table[state][event] !== null)
    .map((event) => [state, event] as const),
);
