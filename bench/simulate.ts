/**
 * Plays random schedules against the store, the sync engine and a server, and judges each by the laws.
 *
 * `npm run simulate -- --help` says how.
 */
import { seededRandom } from "../src/domain/random.ts";
import { canaries, laterCanaries } from "../test/simulation/canaries.ts";
import { makeCoverage, reachable } from "../test/simulation/coverage.ts";
import { whyHarmless } from "../test/simulation/harmless.ts";
import { type Caught, huntAll, isBroken } from "../test/simulation/hunt.ts";
import { drawMutants } from "../test/simulation/mutants.ts";
import { playAll } from "../test/simulation/play-all.ts";
import { makePlayer, type Stakes } from "../test/simulation/player.ts";
import { type Outcome, run } from "../test/simulation/run.ts";
import { drawSchedule } from "../test/simulation/schedule.ts";
import { describeSchedule, shrink } from "../test/simulation/shrink.ts";
import { smallSizes } from "../test/simulation/small.ts";
import { loadVariant } from "../test/simulation/variants.ts";
import { countOf, optionsOf, refuse } from "./support/options.ts";

const values = optionsOf({
  options: {
    runs: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    depth: { type: "boolean", default: false },
    canary: { type: "string" },
    mutants: { type: "string" },
    show: { type: "boolean", default: false },
    most: { type: "string", default: "400" },
    explain: { type: "string", default: "3" },
    small: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const usage = `npm run simulate -- [options]

  --runs 1000     so many schedules
  --seed 1        from this seed on; the same seed gives the same run
  --depth         against the real server on PGlite, instead of its model
  --small         with small chunks and entries
  --show          the trace of one seed
  --explain 3     so many failures are shrunk
  --canary all    how soon each bug that was put in on purpose is caught; or the name of one
  --mutants 20    so many statements deleted at random, which must be caught, too
  --most 400      schedules for a canary or a mutant

The last line is a summary. It ends with 1 when a law was broken, or a campaign of 2,000 and more left a cell of
src/sync/SPEC.md or a situation unreached; with 2 when it was asked for what there is not.`;
const seed = countOf("--seed", values.seed);
const runs = countOf("--runs", values.runs, 1);
const most = countOf("--most", values.most, 1);
const explained = countOf("--explain", values.explain);
/** A campaign of so many schedules has no excuse for a cell that it did not reach. */
const fullCampaign = 2000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function show(): Promise<void> {
  const schedule = drawSchedule(seed);
  const outcome = await run(schedule, { trace: true });
  for (const line of outcome.lines) say(line);
  say(describeSchedule(schedule));
  tell(outcome);
}

function tell({ breaches, hash, events, writes }: Outcome): void {
  for (const { law, what } of breaches.slice(0, 12)) say(`  ${law}: ${what}`);
  say(`  ${breaches.length} breaches, trace ${hash}, ${events} events, ${writes} writes`);
}

async function campaign(): Promise<void> {
  const { depth, small } = values;
  const coverage = makeCoverage();
  const failing: number[] = [];
  const began = performance.now();
  let played = 0;
  for await (const { seed: own, outcome } of playAll(seed, runs, { depth, small })) {
    coverage.add(outcome);
    if (outcome.breaches.length > 0) {
      failing.push(own);
      say(`seed ${own}: ${outcome.breaches[0]?.law}: ${outcome.breaches[0]?.what.slice(0, 160)}`);
    }
    played += 1;
    if (played % 1000 === 0) say(`${played} schedules, ${failing.length} failing`);
  }
  const rate = ((1000 * runs) / (performance.now() - began)).toFixed(1);
  await explain(failing.sort((x, y) => x - y).slice(0, explained), { depth, small });
  say(
    `faults: ${[...coverage.faults]
      .sort()
      .map(([kind, times]) => `${kind} ${times}`)
      .join(", ")}`,
  );
  const { unreached, reached } = coverage;
  if (unreached.length > 0) say(`not reached: ${unreached.join("; ")}`);
  const failed = failing.length > 0 || (runs >= fullCampaign && unreached.length > 0);
  if (failed) process.exitCode = 1;
  say(
    `${failed ? "FAILED" : "ok"}: ${runs} ${values.depth ? "depth" : "breadth"} schedules, seeds ${seed} to ${seed + runs - 1}, ${failing.length} failing, ${reached} of ${reachable.length} cells, ${coverage.faults.size} kinds of fault, ${rate} schedules a second`,
  );
}

/** Shrinks the schedules of these seeds, each to the least that breaks the same law. */
async function explain(seeds: readonly number[], stakes: Stakes): Promise<void> {
  if (seeds.length === 0) return;
  const { play, close } = await makePlayer(stakes);
  for (const own of seeds) {
    const schedule = drawSchedule(own);
    const law = (await play(schedule)).breaches[0]?.law;
    say(`seed ${own} breaks ${law}:`);
    const least = await shrink(schedule, async (candidate) =>
      (await play(candidate)).breaches.some((breach) => breach.law === law),
    );
    say(describeSchedule(least));
    for (const breach of (await play(least)).breaches.slice(0, 4)) say(`  ${breach.law}: ${breach.what}`);
  }
  await close();
}

async function showCanaries(name: string): Promise<void> {
  const chosen = canaries.filter((canary) => name === "all" || canary.name === name);
  if (chosen.length === 0)
    refuse(`There is no canary "${name}". There are: ${canaries.map((one) => one.name).join(", ")}.`);
  let missed = 0;
  for await (const caught of huntAll(chosen.map((variant) => ({ variant, seeds: firstSeeds(7), most })))) {
    if (caught.caughtFrom < caught.seeds || isBroken(caught)) missed += 1;
    say(isBroken(caught) ? `${caught.name}: NOT IN THE RUN (${caught.failed ?? caught.breach})` : lineOf(caught));
  }
  if (name === "all") for (const [later, why] of Object.entries(laterCanaries)) say(`${later}: later (${why})`);
  if (missed > 0) process.exitCode = 1;
  say(`${chosen.length - missed} of ${chosen.length} canaries caught from every seed`);
}

async function showMutants(count: number): Promise<void> {
  let missed = 0;
  // A size that is not there any more would look like a bug that is caught at once.
  await loadVariant({ name: "sound", edits: smallSizes });
  const drawn = drawMutants(seed, count);
  const tasks = drawn
    .filter((variant) => whyHarmless(variant) === null)
    .map((variant) => ({ variant, sound: smallSizes, seeds: firstSeeds(1), most }));
  for await (const caught of huntAll(tasks)) {
    if (caught.caughtFrom === 0 && !caught.failed) missed += 1;
    say(lineOf(caught));
  }
  for (const variant of drawn) {
    const why = whyHarmless(variant);
    if (why) say(`${variant.name}: not hunted: ${why}`);
  }
  if (missed > 0) process.exitCode = 1;
  const caught = tasks.length - missed;
  say(
    `${caught} of ${drawn.length} mutants caught within ${most} schedules, ${drawn.length - tasks.length} change nothing, ${missed} missed`,
  );
}

/** Far from each other, so that each looks at schedules of its own. */
function firstSeeds(count: number): number[] {
  const random = seededRandom(seed + 77);
  return Array.from({ length: count }, () => random.below(1e6));
}

function lineOf({ name, median, caughtFrom, seeds, breach, failed }: Caught): string {
  if (failed) return `${name}: caught at once (it does not load: ${failed.slice(0, 120)})`;
  if (median === null) return `${name}: NOT CAUGHT`;
  return `${name}: caught from ${caughtFrom} of ${seeds} seeds, median ${median} schedules (${breach?.slice(0, 140)})`;
}

if (values.help) say(usage);
else if (values.show) await show();
else if (values.canary !== undefined) await showCanaries(values.canary);
else if (values.mutants !== undefined) await showMutants(countOf("--mutants", values.mutants, 1));
else await campaign();
