/** Pieces in which that step of the leader rots of which most hangs: the last one, or the one that ended stage `off`. */
import type { Random } from "../../src/domain/random.ts";
import type { Deed, Op } from "./schedule.ts";
import { create, step, type Theme, write } from "./theme.ts";

const fair: Deed = { do: "weather", is: "fair" };
const sync: Deed = { do: "sync", tab: 0 };
const crash: Deed = { do: "crash", power: false };
const dualwrite: Deed = { do: "stage", stage: "dualwrite", domain: null };

const rots = (which: "last" | "promotion"): Deed => ({ do: "damage", what: "sync", how: "flip", which });

const edit = (random: Random, domain: Op["domain"], which = random.below(1000) / 1000): Op => ({
  kind: "update",
  domain,
  which,
  fields: random.pick([["a"], ["a", "b"], ["b", "c"]] as const),
});

/** What was made of stage `off` is written over, and mostly not yet sent; then the step rots that says so, and the browser goes. */
const promotionRots: Theme = (random) => {
  const domain = random.pick(["teams", "people", "marks", "seats"] as const);
  const which = random.below(1000) / 1000;
  const fields = random.pick([["a"], ["a", "b"], ["b", "c"]] as const);
  const same: Op = { kind: "update", domain, which, fields };
  return [
    step(0, 0, fair),
    step(0, 0, dualwrite),
    step(0, 0, write(0, create(domain), create("teams"))),
    step(1500, 0, { do: "stage", stage: "off", domain: null }),
    step(0, 0, sync),
    step(600, 0, write(0, same, edit(random, "teams"))),
    step(random.below(300), 0, dualwrite),
    step(0, 0, sync),
    // When the stage is known, and what was made is on its way.
    step(20 + random.below(60), 0, random.chance(0.8) ? { do: "weather", is: "down" } : fair),
    step(random.below(100), 0, write(0, same)),
    step(20 + random.below(300), 0, rots("promotion")),
    step(random.below(100), 0, crash),
    step(random.below(200), 0, fair),
    step(random.below(1000), 0, write(0, create("teams"))),
    step(0, 0, { do: "stir" }),
  ];
};

/** A snapshot is in use, and what came since is folded; then the last step rots, and everything is asked for once more. */
const snapshotAgain: Theme = (random) => [
  step(0, 0, fair),
  step(0, 1, fair),
  step(0, 0, dualwrite),
  step(0, 0, write(0, create("teams"), create("people"))),
  step(1500, 0, { do: "evict" }),
  ...Array.from({ length: 3 + random.below(6) }, (_, i) =>
    step(i === 0 ? 3000 : 200, 0, write(0, edit(random, "teams"), edit(random, "people"))),
  ),
  step(1500, 1, write(0, create("teams"))),
  step(1500, 0, rots("last")),
  step(0, 0, crash),
  step(2000, 0, sync),
];

/** Each often: what hangs on one step is rare in all that else may come. */
export const rotThemes: readonly Theme[] = Array.from({ length: 5 }, () => [promotionRots, snapshotAgain]).flat();
