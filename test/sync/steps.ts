/** The machine as a test drives it: events in, the state and the effects out. */
import { expect } from "vitest";
import { AdapterError, type ErrorCode, type ErrorDetails } from "../../src/domain/errors.ts";
import type { LoggedMutation } from "../../src/local/record-store.ts";
import { classify } from "../../src/recovery/classify.ts";
import { next } from "../../src/sync/machine.ts";
import type { Around, Failure, StateKind, SyncEffect, SyncEvent, SyncState } from "../../src/sync/state.ts";

export const clientA = "aaaaaaaa-0000-4000-8000-000000000001";
export const clientB = "bbbbbbbb-0000-4000-8000-000000000002";

export const position = (over: Partial<Around["position"]> = {}): Around["position"] => ({
  stage: "dualwrite",
  stages: {},
  epoch: 1,
  cursor: "10.0011223344556677",
  ...over,
});

export const failure = (code: ErrorCode, details: ErrorDetails = {}): Failure => {
  const error = new AdapterError(code, code, details);
  return { code, class: classify(error), place: error.place ?? null, facts: error.facts };
};

export const logged = (id: number, over: Partial<LoggedMutation> = {}): LoggedMutation => ({
  id,
  client: clientA,
  kind: "update",
  domain: "students",
  recordId: "11111111-1111-4111-8111-111111111111",
  base: null,
  fields: {},
  at: "2024-09-01T08:00:00.000Z",
  hlc: `001725177600000.${String(id).padStart(5, "0")}.aaaaaaaa`,
  ...over,
});

export const reply = (count: number, over: Partial<Extract<SyncEvent, { kind: "replied" }>> = {}): SyncEvent => ({
  kind: "replied",
  more: false,
  sent: count,
  first: null,
  reply: {
    results: Array.from({ length: count }, (_, i) => ({ id: i + 1, client: clientA, status: "applied" })),
    changes: [],
    cursor: "10.0011223344556677",
    seq: 10,
    position: { stage: "dualwrite", stages: {}, epoch: 1 },
  },
  ...over,
});

export interface Machine {
  state: SyncState;
  around: Around;
  /** Gives an event and returns what is to be done. */
  give(event: SyncEvent): readonly SyncEffect[];
  /** The same, by kinds that carry nothing. */
  give(
    kind: "start" | "elected" | "deposed" | "asked" | "due" | "stored" | "tokenChanged" | "closed",
  ): readonly SyncEffect[];
}

/** A machine that leads and is at rest, unless told. */
export function machine(over: Partial<Around> = {}, at: StateKind = "idle"): Machine {
  const it: Machine = {
    state: { kind: "new", held: new Set() },
    around: { chance: 0.5, position: position(), waiting: 0, compactionDue: false, ...over },
    give(event) {
      const step = next(it.state, typeof event === "string" ? { kind: event } : event, it.around);
      it.state = step.state;
      return step.effects;
    },
  };
  if (at === "new") return it;
  it.give("start");
  if (at === "following") return it;
  it.give("elected");
  if (at === "taking") return it;
  it.give("stored");
  if (at === "exchanging") return it;
  it.give(reply(0));
  it.give("stored");
  expect(it.state.kind).toBe(at);
  return it;
}

export const did = (effects: readonly SyncEffect[]): string[] => effects.map((effect) => effect.do);
