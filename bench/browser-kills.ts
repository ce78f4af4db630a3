/**
 * Kills Chromium (SIGKILL, the whole tree) at seeded random moments while a page writes through the record store (and compacts), starts it again on the same profile,
 * and counts: every acknowledged commit is there, none is half there.
 *
 * `npm run browser-kills -- --runs 100 --seed 1`
 */
import { join } from "node:path";
import { seededRandom } from "../src/domain/random.ts";
import { killRun } from "../test/browser/driven/kill-run.ts";
import { profile, servePage } from "../test/support/page.ts";
import { countOf, optionsOf } from "./support/options.ts";

const values = optionsOf({
  options: { runs: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const runs = countOf("--runs", values.runs, 1);
const random = seededRandom(countOf("--seed", values.seed));

const served = await servePage(join(import.meta.dirname, "../test/browser/driven/store-page.ts"));
let acknowledged = 0;
let lost = 0;
let half = 0;
let odd = 0;
let unacknowledged = 0;
let held: readonly number[] = [];
let own = profile();
try {
  for (let run = 1; run <= runs; run++) {
    const outcome = await killRun({
      profile: own,
      url: served.url,
      held,
      after: 5 + random.below(120),
      pause: random.below(20),
    });
    acknowledged += outcome.acknowledged;
    lost += outcome.lost.length;
    half += outcome.half.length;
    odd += outcome.quarantined + outcome.warnings.length;
    unacknowledged += outcome.unacknowledged;
    held = outcome.held;
    if (outcome.lost.length + outcome.half.length > 0)
      console.log(
        `run ${run}: lost ${outcome.lost.join(", ")}; half ${outcome.half.join(", ")}; ${outcome.warnings.join(" ")}`,
      );
    if (run % 10 === 0) {
      console.log(`${run} kills: ${acknowledged} acknowledged, ${lost} lost, ${half} half there`);
      own.remove();
      own = profile();
      held = [];
    }
  }
} finally {
  own.remove();
  await served.close();
}
console.log(
  `${runs} kills of Chromium: ${acknowledged} commits acknowledged, ${lost} lost, ${half} half there, ${odd} warnings or values set aside; ${unacknowledged} that nobody was told of were whole.`,
);
process.exitCode = lost + half + odd === 0 ? 0 : 1;
