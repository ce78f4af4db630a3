/** What an answer puts right: repairs before it are no longer counted, and what is settled is not waited for. */
import { expect, test } from "vitest";
import type { SyncEvent } from "../../src/sync/state.ts";
import { clientA, did, failure, logged, type Machine, machine, reply } from "./steps.ts";

const gap: SyncEvent = {
  kind: "refused",
  failure: failure("MUTATION_GAP", { facts: { client: clientA, expected: 3 } }),
  sent: [logged(5)],
};

/** From a request that is out to the next one, over an answer that was stored. */
function answered(it: Machine): void {
  it.give(reply(0));
  it.give("stored");
  expect(it.state.kind).toBe("idle");
  expect(did(it.give("asked"))).toEqual(["exchange"]);
}

test("G16: the same gap after an answer is a new one: sent again, not given a new name", () => {
  const it = machine({}, "exchanging");
  expect(did(it.give(gap))).toEqual(["rewind"]);
  it.give("stored");
  answered(it);
  expect(did(it.give(gap))).toEqual(["rewind"]);
  it.give("stored");
  expect(did(it.give(gap))).toEqual(["rehome"]);
});

test("G16: repairs are counted from the last answer on", () => {
  const it = machine({}, "exchanging");
  for (let round = 0; round < 3; round++) {
    // As many as there may be in a row.
    for (let i = 0; i < 6; i++) {
      const forked = failure("CLIENT_FORKED", { facts: { client: clientA, id: i + 1 } });
      expect(did(it.give({ kind: "refused", failure: forked, sent: [logged(i + 1)] }))).toEqual(["rehome"]);
      it.give("stored");
    }
    answered(it);
  }
});

test("the same first mutation in two answers is no reason to wait when nothing waits any more", () => {
  const it = machine({}, "exchanging");
  for (let i = 0; i < 2; i++) {
    it.give(reply(1, { first: `${clientA}/1` }));
    it.give("stored");
    expect(it.state.kind).toBe("idle");
    it.give("asked");
  }
  it.around = { ...it.around, waiting: 1 };
  it.give(reply(1, { first: `${clientA}/1` }));
  it.give("stored");
  expect(it.state.kind).toBe("backingOff");
});
