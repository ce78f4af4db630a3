/** What the machine does about the lead: how long it stays away from it, and what it does not let disturb it. */
import { describe, expect, test } from "vitest";
import type { SyncEffect } from "../../src/sync/state.ts";
import { failure, machine } from "./steps.ts";

const contendsAfter = (effects: readonly SyncEffect[]): number => {
  expect(effects[0]).toEqual({ do: "resign" });
  const contend = effects.find((effect) => effect.do === "contend");
  return contend?.do === "contend" ? contend.afterMs : Number.NaN;
};

describe.each([0, 0.5, 0.99])("G9 at chance %d", (chance) => {
  test("F12: whoever lost the lock stands for it again within seconds, should the other tab die", () => {
    const it = machine({ chance }, "exchanging");
    const ms = contendsAfter(it.give("deposed"));
    expect(it.state.kind).toBe("following");
    expect(ms).toBeGreaterThanOrEqual(1000);
    expect(ms).toBeLessThan(5000);
  });

  test("F13: so does whoever is fenced off by a newer leader, in a step and in taking the lead", () => {
    const storing = machine({ chance });
    storing.give("asked");
    storing.give({
      kind: "replied",
      more: false,
      sent: 0,
      first: null,
      reply: { results: [], changes: [], cursor: "11.00", seq: 11, position: { stage: "live", stages: {}, epoch: 1 } },
    });
    const taking = machine({ chance }, "taking");
    for (const it of [storing, taking]) {
      const ms = contendsAfter(it.give({ kind: "unstored", failure: failure("FENCED") }));
      expect(it.state.kind).toBe("following");
      expect(ms).toBeGreaterThanOrEqual(1000);
      expect(ms).toBeLessThan(5000);
    }
  });

  test("a lead that the disk refuses is left to other tabs, and to a newer build, for half a minute and more", () => {
    for (const code of ["STORAGE_LOST", "STORAGE_FULL", "SCHEMA_NEWER"] as const) {
      const it = machine({ chance }, "taking");
      const ms = contendsAfter(it.give({ kind: "unstored", failure: failure(code) }));
      expect(it.state.kind).toBe("following");
      expect(ms).toBeGreaterThanOrEqual(30_000);
    }
  });
});

test("a store that is closed while the lead is taken ends it", () => {
  const it = machine({}, "taking");
  expect(it.give({ kind: "unstored", failure: failure("STORE_CLOSED") })).toEqual([{ do: "resign" }]);
  expect(it.state.kind).toBe("stopped");
});

test("a new token disturbs nobody who does not wait for one", () => {
  for (const at of ["new", "following", "idle"] as const) {
    const it = machine({}, at);
    const before = it.state;
    expect(it.give("tokenChanged")).toEqual([]);
    expect(it.state).toEqual(before);
  }
});

test("hints and questions do not move a tab that follows: the leading one has them, too", () => {
  const it = machine({}, "following");
  const before = it.state;
  expect(it.give({ kind: "wake", hint: "write", seq: null })).toEqual([]);
  expect(it.give("asked")).toEqual([]);
  expect(it.state).toEqual(before);
});
