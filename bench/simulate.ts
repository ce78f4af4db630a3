/**
 * Plays random schedules against the store, the sync engine and a server, and judges each by the laws.
 *
 * `npm run simulate -- --help` says how.
 */
import { parseArgs } from "node:util";
import { seededRandom } from "../src/domain/random.ts";
import { canaries, laterCanaries } from "../test/simulation/canaries.ts";
import { makeCoverage } from "../test/simulation/coverage.ts";
import { whyHarmless } from "../test/simulation/harmless.ts";
import { type Caught, huntAll } from "../test/simulation/hunt.ts";
import { drawMutants } from "../test/simulation/mutants.ts";
import { realServer } from "../test/simulation/real-backend.ts";
import { type Outcome, run } from "../test/simulation/run.ts";
import { drawSchedule, type Schedule } from "../test/simulation/schedule.ts";
import { describeSchedule, shrink } from "../test/simulation/shrink.ts";
import { smallSizes } from "../test/simulation/small.ts";
import { loadVariant } from "../test/simulation/variants.ts";

const { values } = parseArgs({
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
src/sync/SPEC.md unreached.`;
const seed = Number(values.seed);
const runs = Number(values.runs);
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
  const server = values.depth ? await realServer() : null;
  const { run: playOn } = values.small ? await loadVariant({ name: "small", edits: smallSizes }) : { run };
  const play = (schedule: Schedule): Promise<Outcome> => playOn(schedule, server ? { backend: server.backend } : {});
  const coverage = makeCoverage();
  const failing: number[] = [];
  const began = performance.now();
  let playing = 0;
  for (let i = 0; i < runs; i++) {
    const schedule = drawSchedule(seed + i);
    const outcome = await play(schedule).catch(brokeDown);
    coverage.add(outcome);
    playing = performance.now() - began;
    if (outcome.breaches.length > 0) {
      failing.push(seed + i);
      if (failing.length <= Number(values.explain)) await explain(schedule, outcome, play);
      else say(`seed ${seed + i}: ${outcome.breaches[0]?.law}: ${outcome.breaches[0]?.what.slice(0, 160)}`);
    }
    if ((i + 1) % 1000 === 0) say(`${i + 1} schedules, ${failing.length} failing`);
  }
  await server?.close();
  say(
    `faults: ${[...coverage.faults]
      .sort()
      .map(([kind, times]) => `${kind} ${times}`)
      .join(", ")}`,
  );
  const { unreached, reached } = coverage;
  if (unreached.length > 0) say(`cells not reached: ${unreached.join("; ")}`);
  const failed = failing.length > 0 || (runs >= fullCampaign && unreached.length > 0);
  if (failed) process.exitCode = 1;
  const rate = (runs / (playing / 1000)).toFixed(1);
  say(
    `${failed ? "FAILED" : "ok"}: ${runs} ${values.depth ? "depth" : "breadth"} schedules, seeds ${seed} to ${seed + runs - 1}, ${failing.length} failing, ${reached} of ${reached + unreached.length} cells, ${coverage.faults.size} kinds of fault, ${rate} schedules a second`,
  );
}

const brokeDown = (error: unknown): Outcome => ({
  breaches: [{ law: "L11", what: `The run itself failed: ${error instanceof Error ? error.stack : String(error)}` }],
  hash: "",
  lines: [],
  cells: new Set(),
  faults: new Map(),
  writes: 0,
  events: 0,
});

async function explain(
  schedule: Schedule,
  { breaches }: Outcome,
  play: (schedule: Schedule) => Promise<Outcome>,
): Promise<void> {
  const law = breaches[0]?.law;
  say(`seed ${schedule.seed} breaks ${law}: ${breaches[0]?.what}`);
  const small = await shrink(schedule, async (candidate) =>
    (await play(candidate).catch(brokeDown)).breaches.some((breach) => breach.law === law),
  );
  say(describeSchedule(small));
  for (const breach of (await play(small).catch(brokeDown)).breaches.slice(0, 4))
    say(`  ${breach.law}: ${breach.what}`);
}

async function showCanaries(name: string): Promise<void> {
  const chosen = canaries.filter((canary) => name === "all" || canary.name === name);
  let missed = 0;
  const most = Number(values.most);
  for await (const caught of huntAll(chosen.map((variant) => ({ variant, seeds: firstSeeds(7), most })))) {
    if (caught.caughtFrom < caught.seeds) missed += 1;
    say(lineOf(caught));
  }
  if (name === "all") for (const [later, why] of Object.entries(laterCanaries)) say(`${later}: later (${why})`);
  if (missed > 0 || chosen.length === 0) process.exitCode = 1;
  say(`${chosen.length - missed} of ${chosen.length} canaries caught from every seed`);
}

async function showMutants(count: number): Promise<void> {
  let missed = 0;
  const most = Number(values.most);
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
    `${caught} of ${drawn.length} mutants caught within ${values.most} schedules, ${drawn.length - tasks.length} change nothing, ${missed} missed`,
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
else if (values.mutants !== undefined) await showMutants(Number(values.mutants));
else await campaign();
