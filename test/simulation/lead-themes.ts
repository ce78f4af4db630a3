/** Pieces in which nobody can do what is due: the disk refuses the lead, or the tab that leads sleeps. */
import type { Deed } from "./schedule.ts";
import { create, step, type Theme, write } from "./theme.ts";

const fair: Deed = { do: "weather", is: "fair" };
const sync: Deed = { do: "sync", tab: 0 };
const crash: Deed = { do: "crash", power: false };

/** A tab is opened, and is to lead, while the disk takes nothing: it waits, and is not to beat on the disk. */
const unwillingDisk: Theme = (random) => {
  const fault = random.pick(["full", "lostBefore"] as const);
  return [
    step(0, 0, fair),
    step(0, 0, write(0, create("teams"))),
    step(400 + random.below(400), 0, { do: "disk", fault, times: 60 }),
    step(0, 0, crash),
    step(200 + random.below(2000), 0, { do: "disk", fault, times: 0 }),
    step(random.below(2000), 0, write(0, create("people"))),
  ];
};

/** Two tabs have not heard that the school has left `off`, write on, and hear of it while the one that leads sleeps. */
const strayedAsleep: Theme = (random) => [
  step(0, 0, fair),
  step(0, 0, crash),
  step(100, 0, { do: "stage", stage: "off", domain: null }),
  step(0, 0, { do: "open" }),
  step(0, 0, { do: "open" }),
  step(500, 0, sync),
  step(1500, 0, { do: "channels", loss: 100, delay: 5 }),
  step(0, 0, { do: "stage", stage: "dualwrite", domain: null }),
  step(0, 0, sync),
  step(700 + random.below(600), 0, { do: "freeze", tab: 0, steal: false }),
  // The first of those that do not sleep, and the second.
  step(0, 0, write(0, create("teams"))),
  step(random.below(20), 0, write(1, create(random.pick(["teams", "people"] as const)))),
  step(50, 0, { do: "channels", loss: 0, delay: 5 }),
  step(0, 0, { do: "stir" }),
  step(200 + random.below(3000), 0, { do: "thaw" }),
  step(random.below(300), 0, write(1, create("people"))),
];

export const leadThemes: readonly Theme[] = [unwillingDisk, unwillingDisk, strayedAsleep, strayedAsleep];
