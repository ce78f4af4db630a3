/** Schedules that once broke a law, made short, each with what was wrong. */
import type { Stage } from "../../src/domain/stages.ts";
import type { Deed, Op, Schedule, Step } from "./schedule.ts";

export interface Regression {
  readonly name: string;
  readonly schedule: Schedule;
}

type Short = readonly [after: number, device: number, deed: Deed];

function regression(
  name: string,
  { stage = "dualwrite", devices = 1, foldAfter = 12 }: { stage?: Stage; devices?: number; foldAfter?: number },
  ...steps: readonly Short[]
): Regression {
  return {
    name,
    schedule: {
      seed: 1,
      devices,
      stage,
      durability: Array.from({ length: devices }, () => "strict" as const),
      foldAfter,
      most: { mutations: 20, changes: 10 },
      steps: steps.map(([after, device, deed], n): Step => ({ ...deed, n, after, device })),
    },
  };
}

const write = (tab: number, ...ops: readonly Op[]): Deed => ({ do: "write", tab, ops, group: false });
const create = (domain: Op["domain"], shared: number | null = null): Op => ({
  kind: "create",
  domain,
  parent: 0.4,
  shared,
});
const update = (domain: Op["domain"], ...fields: ("a" | "b" | "c")[]): Op => ({
  kind: "update",
  domain,
  which: 0.3,
  fields,
});
const remove = (domain: Op["domain"]): Op => ({ kind: "delete", domain, which: 0.3 });
const open: Deed = { do: "open" };
const rot = (what: "wal" | "sync" | "chunk"): Deed => ({ do: "damage", what, how: "flip" });

export const regressions: readonly Regression[] = [
  regression(
    "L4: the last page of a snapshot was staged, but the disk said that it was not: the resumed snapshot was empty",
    {},
    [0, 0, write(0, create("marks"))],
    [100, 0, { do: "evict" }],
    [58, 0, { do: "disk", fault: "lostAfter", times: 1 }],
    [100, 0, write(2, create("people"))],
  ),
  regression(
    "L3: a step with an answer rotted; the mutation that went out again was answered as a duplicate, for ever",
    {},
    [0, 0, write(0, create("seats"))],
    [100, 0, rot("sync")],
    [0, 0, write(0, create("people"))],
    [50, 0, { do: "crash", power: false }],
  ),
  regression(
    "L4: a tab that opened meanwhile heard of an answer before it had read the entry that was answered",
    {},
    [0, 0, open],
    [2, 0, write(0, create("seats"))],
    [100, 0, write(0, create("people"))],
  ),
  regression(
    "L4: the message to the other tab was lost, and nothing came after it",
    {},
    [0, 0, open],
    [20, 0, { do: "channels", loss: 100, delay: 5 }],
    [0, 0, write(0, create("seats"))],
    [100, 0, { do: "sync", tab: 1 }],
  ),
  regression(
    "F29: an answered entry rotted before the server went back to before it",
    { foldAfter: 5 },
    [0, 0, write(0, create("seats"))],
    [0, 0, { do: "backup" }],
    [100, 0, write(0, update("seats", "a", "b", "c"))],
    [5, 0, rot("wal")],
    [87_000, 0, { do: "restore" }],
    [0, 0, write(0, create("seats"))],
  ),
  regression(
    "L5: in `off` the entry with a create rotted; an update behind it was dropped",
    { stage: "off", foldAfter: 6 },
    [0, 0, write(0, create("people"))],
    [50, 0, write(0, update("people", "b", "c"))],
    [100, 0, rot("wal")],
    [0, 0, { do: "crash", power: true }],
  ),
  regression(
    "L1: in `off` another tab stood still before a rotten entry, and what came behind it was never sent",
    { stage: "off", foldAfter: 14 },
    [0, 0, { do: "freeze", tab: 0, steal: false }],
    [0, 0, open],
    [100, 0, write(1, create("teams"))],
    [0, 0, write(1, create("teams"))],
    [75, 0, write(1, create("people"))],
    [100, 0, rot("wal")],
  ),
  regression(
    "L2: the step of a promotion rotted: it was promoted again in another log",
    { stage: "off" },
    [0, 0, write(0, create("seats"))],
    [0, 0, write(0, create("marks"))],
    [10, 0, { do: "stage", stage: "complete", domain: null }],
    [40_000, 0, write(0, update("seats", "a", "b"))],
    [145, 0, rot("sync")],
    [0, 0, { do: "closeTab", tab: 0 }],
  ),
  regression(
    "L2: two logs of one device, one of them rehomed and one of them behind a lost step",
    { devices: 2, foldAfter: 5 },
    [0, 0, open],
    [10, 0, write(1, create("marks"))],
    [0, 0, write(0, create("seats"))],
    [100, 0, write(1, update("marks", "b"))],
    [100, 0, write(0, create("marks"))],
    [100, 0, write(0, update("seats", "a", "b", "c"))],
    [0, 0, { do: "steal" }],
    [49, 0, write(1, update("marks", "a", "c"))],
    [0, 0, rot("sync")],
  ),
  regression(
    "L11: the disk did not answer a tab that followed another one's message",
    { stage: "off" },
    [0, 0, write(0, create("marks"))],
    [70, 0, open],
    [2, 0, { do: "disk", fault: "unreadable", times: 1 }],
    [1, 0, write(1, create("teams", 1))],
  ),
  regression(
    "L2 F11: a profile went back to an image from before its promotion",
    { stage: "off", foldAfter: 10, devices: 2 },
    [0, 0, { do: "stage", stage: "dualwrite", domain: null }],
    [0, 1, write(0, create("people"))],
    [9, 1, { do: "image" }],
    [57_000, 1, { do: "fromImage" }],
  ),
  regression(
    "L1: the leader never heard of the first entry of another tab's log",
    { foldAfter: 6 },
    [0, 0, open],
    [100, 0, { do: "stage", stage: "off", domain: null }],
    [40_000, 0, { do: "channels", loss: 100, delay: 5 }],
    [0, 0, write(1, create("seats"))],
    [26, 0, { do: "disk", fault: "lostAfter", times: 1 }],
  ),
  regression(
    "a late delete in `off` and an update of another tab at once",
    { stage: "off" },
    [0, 0, open],
    [0, 0, write(0, create("seats", 0))],
    [100, 0, write(1, remove("seats"))],
    [0, 0, write(0, update("seats", "a"))],
  ),
  regression(
    "L4: a tab read a deletion on, then something rotten, and read everything again: nobody heard of the deletion",
    { stage: "off", devices: 3, foldAfter: 13 },
    [
      2,
      2,
      {
        do: "write",
        tab: 0,
        ops: [
          { kind: "create", domain: "seats", parent: 0.971, shared: null },
          { kind: "create", domain: "seats", parent: 0.619, shared: null },
          { kind: "create", domain: "marks", parent: 0.82, shared: 1 },
          { kind: "delete", domain: "seats", which: 0.54 },
        ],
        group: false,
      },
    ],
    [
      2,
      2,
      { do: "write", tab: 0, ops: [{ kind: "move", domain: "seats", which: 0.341, parent: 0.043 }], group: false },
    ],
    [0, 0, { do: "stage", stage: "live", domain: null }],
    [
      0,
      1,
      { do: "write", tab: 0, ops: [{ kind: "create", domain: "people", parent: 0.927, shared: 2 }], group: false },
    ],
    [0, 2, { do: "stir" }],
    [
      100,
      0,
      { do: "write", tab: 0, ops: [{ kind: "create", domain: "marks", parent: 0.5, shared: null }], group: false },
    ],
    [0, 2, { do: "open" }],
    [60, 2, { do: "channels", loss: 100, delay: 5 }],
    [
      161,
      2,
      { do: "write", tab: 0, ops: [{ kind: "move", domain: "marks", which: 0.869, parent: 0.261 }], group: false },
    ],
    [52, 2, { do: "write", tab: 0, ops: [{ kind: "delete", domain: "marks", which: 0.879 }], group: false }],
    [
      79,
      2,
      { do: "write", tab: 0, ops: [{ kind: "update", domain: "seats", which: 0.258, fields: ["a"] }], group: false },
    ],
    [100, 2, { do: "damage", what: "wal", how: "flip" }],
  ),
  regression(
    "L1: sent again after the server was restored, folded away unanswered, then refused: a reload forgot that it was parked",
    { devices: 2, foldAfter: 6 },
    [0, 0, write(0, create("teams"))],
    [0, 0, { do: "backup" }],
    [247, 1, write(0, create("people"))],
    [0, 1, write(0, create("teams"))],
    ...Array.from({ length: 3 }, (): Short => [0, 1, write(0, create("people"))]),
    [71_000, 0, { do: "restore" }],
    [0, 1, { do: "mostBytes", bytes: 744 }],
    [0, 1, { do: "sync", tab: 0 }],
    [910, 1, { do: "crash", power: false }],
  ),
  regression(
    "L1 F28 F29: a server had gone back and then purged its history; what it had forgotten was not sent again",
    { devices: 2 },
    [0, 0, { do: "backup" }],
    [5, 0, write(0, create("teams"))],
    [312, 1, write(0, update("teams", "b"))],
    [21, 0, { do: "restore" }],
    [79, 0, write(0, create("seats"))],
    [3, 0, write(0, create("marks"))],
    [100, 0, { do: "holiday" }],
  ),
];
