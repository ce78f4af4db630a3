/** Longer pieces, which come to where several things have to have happened before: a folding, a snapshot under way, stage `off`. */
import type { Random } from "../../src/domain/random.ts";
import type { Deed } from "./schedule.ts";
import { create, step, type Theme, write } from "./theme.ts";

const fair: Deed = { do: "weather", is: "fair" };
const sync: Deed = { do: "sync", tab: 0 };
const crash: Deed = { do: "crash", power: false };

/** Enough entries that the log is folded. */
const busy = (random: Random, device: 0 | 1, tab: () => number = () => 0) =>
  Array.from({ length: 12 + random.below(8) }, () =>
    step(random.below(40), device, write(tab(), create(random.pick(["teams", "people"] as const)))),
  );

/** What a server has answered is folded away here; it forgets it, is sent it again in small parts, and the browser goes. */
const foldedAndForgotten: Theme = (random) => [
  step(0, 0, fair),
  step(0, 0, { do: "backup" }),
  ...busy(random, 0),
  step(70_000, 0, sync),
  step(1000, 0, { do: "restore" }),
  step(0, 0, { do: "mostBytes", bytes: 600 + random.below(500) }),
  step(random.below(100), 0, sync),
  step(300 + random.below(1500), 0, crash),
  step(0, 0, { do: "mostBytes", bytes: 1_000_000 }),
];

/** The school goes back to `off` while a device pulls what it missed; a request fails, and it goes on without an outbox. */
const offMeanwhile: Theme = (random) => [
  step(0, 0, { do: "stage", stage: "dualwrite", domain: null }),
  step(0, 0, fair),
  step(0, 1, fair),
  step(2000, 0, { do: "weather", is: "down" }),
  ...busy(random, 0).slice(0, 3 + random.below(8)),
  ...busy(random, 1),
  step(300, 0, { do: "stage", stage: "off", domain: null }),
  step(0, 0, fair),
  step(31_000, 0, sync),
  step(random.below(600), 0, { do: "answer", fault: "500", times: 1 + random.below(2) }),
  step(random.below(4000), 0, sync),
  step(random.below(4000), 0, crash),
  step(1000, 0, { do: "open" }),
];

/** One domain goes back to `off` and is edited there for long; a device that was away still sends what it wrote before. */
const halfOff: Theme = (random) => {
  const domain = random.pick(["seats", "seats", "marks", "people", "teams"] as const);
  const which = random.below(1000) / 1000;
  const update = (...fields: readonly ("a" | "b" | "c")[]): Deed => write(0, { kind: "update", domain, which, fields });
  return [
    step(0, 0, fair),
    step(0, 1, fair),
    step(0, 0, { do: "stage", stage: "dualwrite", domain: null }),
    step(0, 0, write(0, create("people"), create(domain))),
    step(2500, 1, { do: "weather", is: "down" }),
    step(1, 1, update("b", "c")),
    step(300, 0, { do: "stage", stage: "off", domain }),
    step(0, 0, sync),
    step(1500, 0, random.chance(0.7) ? update("b") : update("a")),
    ...busy(random, 0),
    step(500, 0, sync),
    step(0, 1, fair),
    // What was out is given up by then.
    step(31_000, 1, sync),
    step(2500, 0, sync),
    step(random.below(500), 0, random.pick([crash, fair, update("b")])),
    step(1000, 0, { do: "stage", stage: "dualwrite", domain }),
    step(500, 0, sync),
  ];
};

/** The server goes back to a backup while a device loads everything page by page. */
const pagesOfThePast: Theme = (random) => [
  step(0, 0, fair),
  step(0, 1, fair),
  step(0, 0, { do: "stage", stage: "dualwrite", domain: null }),
  step(0, 0, { do: "backup" }),
  ...busy(random, 1),
  ...busy(random, 1),
  step(1500, 0, { do: "slowDisk", most: 300 }),
  step(0, 0, { do: "evict" }),
  step(1000 + random.below(3500), 1, { do: "restore" }),
  step(0, 1, write(0, create("teams"))),
  step(random.below(300), 1, write(0, create("people"))),
];

/** Many writes go into one entry, which the disk has no room for; alone some of them have. */
const crowded: Theme = (random) => [
  step(0, 0, { do: "slowDisk", most: 60 }),
  ...busy(random, 0)
    .slice(0, 4)
    .map((one) => ({ ...one, after: random.below(3) })),
  step(0, 0, { do: "disk", fault: random.pick(["full", "full", "lostBefore"] as const), times: 1 + random.below(3) }),
  ...busy(random, 0)
    .slice(0, 4)
    .map((one) => ({ ...one, after: random.below(3) })),
  step(400, 0, { do: "slowDisk", most: 0 }),
];

/** In `off` two tabs that do not hear each other change and delete the same record; it is folded, and the browser goes. */
const blindInOff: Theme = (random) => {
  const domain = random.pick(["teams", "people", "marks", "seats"] as const);
  const which = random.below(1000) / 1000;
  return [
    step(0, 0, { do: "stage", stage: "off", domain: null }),
    step(0, 0, sync),
    step(500, 0, write(0, create(domain), create(domain))),
    step(0, 0, { do: "open" }),
    step(500, 0, { do: "channels", loss: 100, delay: 5 }),
    step(0, 0, write(random.below(2), { kind: "delete", domain, which })),
    step(random.below(50), 0, write(random.below(2), { kind: "update", domain, which, fields: ["a", "b"] })),
    ...busy(random, 0, () => random.below(2)),
    step(random.below(16_000), 0, sync),
    step(random.below(1000), 0, crash),
    step(0, 0, { do: "channels", loss: 0, delay: 5 }),
    step(random.below(1000), 0, { do: "stage", stage: "dualwrite", domain: null }),
  ];
};

/** An entry rots that nobody reads any more but who folds it in; then the browser goes, and more is folded. */
const rottenLog: Theme = (random) => [
  step(0, 0, fair),
  ...busy(random, 0).slice(0, 2 + random.below(4)),
  step(random.below(300), 0, { do: "damage", what: "wal", how: "flip" }),
  ...busy(random, 0),
  step(1500, 0, sync),
  step(random.below(1000), 0, crash),
  ...busy(random, 0),
  step(1500, 0, sync),
  ...busy(random, 0),
  step(1500, 0, sync),
];

/** In `off`, a tab that was told to hold takes the lead over, or has its wait end: it asks nobody, not even for the stage. */
const heldInOff: Theme = (random) => {
  const hold = (tab: number): Deed => ({ do: "hold", tab });
  const until = step(2000 + random.below(90_000), 0, { do: "release", tab: 0 });
  const begin = [step(0, 0, fair), step(0, 0, crash), step(100, 0, { do: "stage", stage: "off", domain: null })];
  if (random.chance(0.5))
    return [
      ...begin,
      step(50, 0, { do: "open" }),
      step(1500, 0, sync),
      step(500, 0, hold(1)),
      step(random.below(300), 0, random.pick<Deed>([{ do: "crashTab", tab: 0 }, { do: "steal" }])),
      until,
    ];
  return [
    ...begin,
    step(1500, 0, sync),
    step(200, 0, { do: "answer", fault: "500", times: 1 }),
    step(0, 0, sync),
    step(300, 0, hold(0)),
    step(random.below(300), 0, sync),
    until,
  ];
};

/** Two tabs that do not hear each other write the same field, one after the other, while the school leaves `off`. */
const bothLeaveOff: Theme = (random) => {
  const domain = random.pick(["teams", "people", "marks", "seats"] as const);
  const update = (tab: number): Deed => write(tab, { kind: "update", domain, which: 0.5, fields: ["a"] });
  const [first, later] = random.chance(0.5) ? [0, 1] : [1, 0];
  const dualwrite: Deed = { do: "stage", stage: "dualwrite", domain: null };
  const before = random.chance(0.5);
  return [
    step(0, 0, fair),
    step(0, 0, crash),
    step(100, 0, { do: "stage", stage: "off", domain: null }),
    step(100, 0, { do: "open" }),
    step(1000, 0, sync),
    step(1000, 0, write(0, create(domain))),
    step(500, 0, { do: "channels", loss: 100, delay: 5 }),
    ...(before ? [step(100, 0, update(first)), step(50, 0, update(later))] : []),
    step(100, 0, dualwrite),
    step(0, 0, sync),
    ...(before ? [] : [step(300, 0, update(first)), step(10 + random.below(30), 0, update(later))]),
    step(random.below(300), 0, sync),
    step(1000, 0, { do: "channels", loss: 0, delay: 5 }),
  ];
};

export const deepThemes: readonly Theme[] = [
  bothLeaveOff,
  bothLeaveOff,
  heldInOff,
  heldInOff,
  foldedAndForgotten,
  offMeanwhile,
  halfOff,
  pagesOfThePast,
  crowded,
  blindInOff,
  rottenLog,
];
