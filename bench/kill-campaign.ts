/**
 * Kills the command, and then the server, at seeded random moments of a migration; runs the command again; and compares
 * rows, digests and ledger with an undisturbed run.
 *
 * `node --experimental-transform-types bench/kill-campaign.ts --runs 30 --seed 1`
 */
import { seededRandom } from "../src/domain/random.ts";
import { ensureBuilt, program, result, type Scratch, scratch, start, stateOf } from "../test/e2e/program.ts";
import { countOf, optionsOf } from "./support/options.ts";

const values = optionsOf({
  options: { runs: { type: "string", default: "30" }, seed: { type: "string", default: "1" } },
});
const runs = countOf("--runs", values.runs, 1);
const random = seededRandom(countOf("--seed", values.seed));
const most = 5;

interface Setting {
  readonly place: Scratch;
  readonly source: string;
  readonly empty: string;
  readonly undisturbed: string;
  /** Milliseconds of an undisturbed migration. */
  readonly took: number;
}

/** Where a run was killed, and whether what remained after going on is the same. */
interface Outcome {
  readonly killed: boolean;
  readonly last: string;
  readonly same: boolean;
}

async function prepare(place: Scratch): Promise<Setting> {
  const cwd = place.folder;
  const source = place.path("school.json");
  await result(["sample", "--out", source], { cwd });
  const empty = place.path("empty");
  await result(["status", "--to", empty], { cwd });
  // So that every copy has one and the same secret for its tokens.
  await result(["token", "--to", empty], { cwd });
  const whole = place.copy(empty, "whole");
  const { code, took, err } = await program(["migrate", source, "--to", whole], { cwd });
  if (code !== 0) throw new Error(`The undisturbed run ended with ${code}: ${err}`);
  return { place, source, empty, undisturbed: JSON.stringify(await stateOf(whole, { cwd })), took };
}

async function killCommand({ place, source, empty, undisturbed, took }: Setting, name: string): Promise<Outcome> {
  const cwd = place.folder;
  const to = place.copy(empty, name);
  const first = start(["migrate", source, "--to", to], { cwd });
  await wait(random.below(Math.ceil(took)));
  first.process.kill("SIGKILL");
  const { signal, err } = await first.ended;
  await untilDone(["migrate", source, "--to", to], cwd);
  const same = JSON.stringify(await stateOf(to, { cwd })) === undisturbed;
  return { killed: signal === "SIGKILL", last: lastLine(err), same };
}

async function killServer({ place, source, empty, undisturbed, took }: Setting, name: string): Promise<Outcome> {
  const cwd = place.folder;
  const to = place.copy(empty, name);
  const token = String((await result(["token", "--to", to], { cwd })).token);
  const first = await serve(to, "0", cwd);
  const args = ["migrate", source, "--to", first.url, "--token", token];
  const command = start(args, { cwd });
  await wait(random.below(Math.ceil(took)));
  const killed = command.process.exitCode === null;
  first.server.process.kill("SIGKILL");
  await first.server.ended;
  // At once or late: the command may still be trying, or have given up.
  await wait(random.below(1500));
  const second = await serve(to, new URL(first.url).port, cwd);
  const { err } = await command.ended;
  await untilDone(args, cwd);
  second.server.process.kill("SIGTERM");
  await second.server.ended;
  const same = JSON.stringify(await stateOf(to, { cwd })) === undisturbed;
  return { killed, last: lastLine(err), same };
}

async function serve(to: string, port: string, cwd: string) {
  const server = start(["serve", "--to", to, "--port", port], { cwd, env: { HDA_LOG: "error" } });
  const [, url] = await server.printed(/Serving .* at (http\S+)/);
  return { server, url: String(url) };
}

async function untilDone(args: readonly string[], cwd: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { code, err } = await program(args, { cwd });
    if (code === 0) return;
    if (attempt === most) throw new Error(`Going on ended with ${code} for the ${most}th time: ${err}`);
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const lastLine = (text: string): string => text.trimEnd().split("\n").at(-1) ?? "";

async function campaign(what: string, setting: Setting, kill: (setting: Setting, name: string) => Promise<Outcome>) {
  let [same, killed] = [0, 0];
  for (let run = 1; run <= runs; run++) {
    const outcome = await kill(setting, `${what}-${run}`);
    if (outcome.same) same++;
    if (outcome.killed) killed++;
    console.error(`${what} ${run}: ${outcome.same ? "same" : "DIFFERENT"}, after "${outcome.last}"`);
  }
  return { what, runs, killed, same };
}

ensureBuilt();
const place = scratch();
try {
  const setting = await prepare(place);
  const results = [await campaign("command", setting, killCommand), await campaign("server", setting, killServer)];
  const said = results.map(
    (r) => `${r.what}: ${r.killed} of ${r.runs} killed midway, ${r.same} of ${r.runs} ended the same`,
  );
  const isGood = results.every((r) => r.same === r.runs);
  console.log(`kill campaign (seed ${values.seed}): ${said.join("; ")} - ${isGood ? "PASS" : "FAIL"}`);
  process.exitCode = isGood ? 0 : 1;
} finally {
  place.remove();
}
