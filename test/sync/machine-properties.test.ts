/** What holds for the machine whatever happens to it, in whatever order. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ErrorCode } from "../../src/domain/errors.ts";
import { cells, next } from "../../src/sync/machine.ts";
import type { Around, EventKind, StateKind, SyncEffect, SyncEvent, SyncState } from "../../src/sync/state.ts";
import { clientA, clientB, failure, logged, position, reply } from "./steps.ts";

const codes: readonly ErrorCode[] = [
  "EPOCH_STALE",
  "RESYNC_REQUIRED",
  "CLIENT_FORKED",
  "MUTATION_GAP",
  "LIMIT",
  "BAD_REQUEST",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "CLIENT_OUTDATED",
  "SCHEMA_NEWER",
  "SERVER_UNREACHABLE",
  "SERVER_ANSWER",
  "RATE_LIMITED",
  "TENANT_MISSING",
  "FENCED",
  "STORAGE_FULL",
  "STORE_CLOSED",
  "STORE_CORRUPT",
  "INTERNAL",
];

const failures = fc
  .record({
    code: fc.constantFrom(...codes),
    client: fc.constantFrom(clientA, clientB, undefined),
    expected: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    facts: fc.constantFrom({}, { guessed: true }, { timeout: true }, { reason: "purged" }, { retryAfterMs: 5000 }),
    place: fc.constantFrom("/mutations/0", "/cursor", undefined),
  })
  .map(({ code, client, expected, facts, place }) =>
    failure(code, { ...(place ? { place } : {}), facts: { ...facts, client, expected, id: expected } }),
  );
const sent = fc
  .array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
  .map((ids) => [...new Set(ids)].sort((a, b) => a - b).map((id) => logged(id)));
const seq = fc.integer({ min: 0, max: 40 });
const positions = fc
  .record({ stage: fc.constantFrom("off", "dualwrite", "live"), epoch: fc.integer({ min: 0, max: 3 }), at: seq })
  .map(({ stage, epoch, at }) => position({ stage, epoch, cursor: at === 0 ? null : `${at}.0011223344556677` }));
const reason = fc.constantFrom("user", "maintenance");

const anything: { readonly [E in EventKind]: fc.Arbitrary<Extract<SyncEvent, { kind: E }>> } = {
  start: fc.constant({ kind: "start" }),
  elected: fc.constant({ kind: "elected" }),
  deposed: fc.constant({ kind: "deposed" }),
  wake: fc.record({
    kind: fc.constant("wake"),
    hint: fc.constantFrom("write", "online", "poke"),
    seq: fc.option(seq),
  }),
  asked: fc.constant({ kind: "asked" }),
  due: fc.constant({ kind: "due" }),
  replied: fc
    .record({ count: fc.integer({ min: 0, max: 3 }), more: fc.boolean(), first: fc.constantFrom(null, "a/1", "a/2") })
    .map(({ count, more, first }) => {
      const event = reply(count, { more, first });
      if (event.kind !== "replied") throw new Error("no reply");
      return event;
    }),
  paged: fc.record({ token: fc.constantFrom("more", null), at: positions }).map(({ token, at }) => ({
    kind: "paged",
    page: { records: [], cursor: at.cursor ?? "0.0", token, position: at },
  })),
  gathered: positions.map((at) => ({ kind: "gathered", position: at })),
  located: fc.integer({ min: 0, max: 6 }).map((last) => ({ kind: "located", last: { [clientA]: last }, seq: 9 })),
  positioned: positions.map((at) => ({ kind: "positioned", position: at })),
  refused: fc.record({ kind: fc.constant("refused"), failure: failures, sent }),
  stored: fc.constant({ kind: "stored" }),
  unstored: fc.record({ kind: fc.constant("unstored"), failure: failures }),
  tokenChanged: fc.constant({ kind: "tokenChanged" }),
  held: fc.record({ kind: fc.constant("held"), reason }),
  released: fc.record({ kind: fc.constant("released"), reason }),
  closed: fc.constant({ kind: "closed" }),
};

const arounds: fc.Arbitrary<Around> = fc.record({
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  position: positions,
  waiting: fc.integer({ min: 0, max: 3 }),
  compactionDue: fc.boolean(),
});
const story = fc.array(
  fc.record({
    around: arounds,
    choose: fc.nat(),
    events: fc.record(anything),
  }),
  { minLength: 40, maxLength: 80 },
);

/** What happens next, by a number: an end of everything is rare, so that stories become long. */
function kindAt(state: StateKind, choose: number): EventKind {
  const kinds = possible.get(state) ?? [];
  const ends = choose % 16 < 2;
  const likely = kinds.filter((kind) => ends === ["closed", "deposed", "held"].includes(kind));
  return (likely.length > 0 ? likely : kinds)[Math.floor(choose / 16) % (likely.length || kinds.length)] ?? "closed";
}

/** The work that a state stands for: what must have been asked for when it was entered, and is still on its way. */
const workOf: { readonly [S in StateKind]: readonly SyncEffect["do"][] } = {
  new: [],
  following: [],
  taking: ["takeLead"],
  idle: [],
  exchanging: ["exchange"],
  applying: ["apply"],
  asking: ["askStage"],
  locating: ["askClients"],
  mending: ["setPosition", "rewind", "rehome", "setAside"],
  paging: ["fetchPage"],
  staging: ["stagePage"],
  finishing: ["finishSnapshot"],
  compacting: ["compact"],
  backingOff: [],
  paused: [],
  stopped: [],
};
const notWork = ["resign", "contend", "wait"];
const possible = new Map<StateKind, EventKind[]>();
for (const [state, event] of cells) possible.set(state, [...(possible.get(state) ?? []), event]);

test("one piece of work at a time; every wait ends by itself, but for a sign-in, a hold and a critical failure (G10)", () => {
  fc.assert(
    fc.property(story, (steps) => {
      let state: SyncState = { kind: "new", held: new Set() };
      let working: SyncEffect["do"] | null = null;
      for (const { around, choose, events } of steps) {
        // Nothing starts by itself: a story that never starts shows nothing.
        const kind = state.kind === "new" ? "start" : kindAt(state.kind, choose);
        const before: SyncState = state;
        const step = next(state, events[kind], around);
        state = step.state;
        const started = step.effects.map((effect) => effect.do).filter((done) => !notWork.includes(done));
        const moved = state.kind !== before.kind || started.length > 0;
        expect(started.length).toBeLessThanOrEqual(1);
        if (moved) working = started[0] ?? null;
        const expected = workOf[state.kind];
        if (expected.length === 0) expect(working).toBeNull();
        else expect(expected).toContain(working);

        const waits = step.effects.some((effect) => effect.do === "wait");
        const mayStand =
          state.kind === "paused" && (state.round.held.size > 0 || state.own === "auth" || state.own === "critical");
        if (moved && ["idle", "backingOff", "paused"].includes(state.kind) && !mayStand) expect(waits).toBe(true);
        if (moved && state.kind === "following" && before.kind !== "following") {
          expect(step.effects.map((effect) => effect.do)).toContain("contend");
        }
        for (const effect of step.effects) if (effect.do === "wait") expect(effect.ms).toBeGreaterThanOrEqual(100);
        if (state.kind === "exchanging" || state.kind === "paging") expect(state.round.failures).toBeLessThan(1000);
        if (before.kind === "stopped") expect(step).toEqual({ state: before, effects: [] });
      }
    }),
    { numRuns: 600, endOnFailure: true },
  );
});

test("from wherever it is, a healthy server and disk bring it to rest (F17, L3)", () => {
  fc.assert(
    fc.property(story, (steps) => {
      const it: { state: SyncState; todo: readonly SyncEffect[] } = {
        state: { kind: "new", held: new Set() },
        todo: [],
      };
      let around: Around = { chance: 0.5, position: position(), waiting: 0, compactionDue: false };
      const give = (event: SyncEvent): void => {
        const step = next(it.state, event, around);
        if (step.state.kind !== it.state.kind || step.effects.length > 0) it.todo = step.effects;
        it.state = step.state;
      };
      give({ kind: "start" });
      for (const { choose, events, around: then } of steps) {
        const kind = kindAt(it.state.kind, choose);
        around = then;
        if (kind !== "closed") give(events[kind]);
        if (it.state.kind === "stopped") return;
      }
      around = { ...around, position: position(), waiting: 2, compactionDue: false };
      give({ kind: "released", reason: "user" });
      give({ kind: "released", reason: "maintenance" });
      for (let i = 0; i < 60 && it.state.kind !== "idle"; i++) {
        const work = it.todo.find((effect) => effect.do !== "resign");
        give(answerTo(it.state, work));
        if (it.state.kind === "applying") around = { ...around, waiting: 0 };
      }
      expect(it.state.kind).toBe("idle");
    }),
    { numRuns: 300, endOnFailure: true },
  );
});

/** What a healthy world says next. */
function answerTo({ kind }: SyncState, work: SyncEffect | undefined): SyncEvent {
  switch (kind) {
    case "following":
      return { kind: "elected" };
    case "exchanging":
      return reply(0, { first: null });
    case "asking":
      return { kind: "positioned", position: position() };
    case "locating":
      return { kind: "located", last: {}, seq: 9 };
    case "paging":
      return { kind: "paged", page: { records: [], cursor: "20.00", token: null, position: position() } };
    case "backingOff":
      return { kind: "due" };
    case "paused":
      return work?.do === "wait" ? { kind: "due" } : { kind: "asked" };
    default:
      return { kind: "stored" };
  }
}
