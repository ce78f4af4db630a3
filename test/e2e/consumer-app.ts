/** The example as a new user would have it: in a folder of its own, our package installed from the tarball. */
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Ended, ensureBuilt, program, type Running, type Scratch, start } from "./program.ts";

const root = join(import.meta.dirname, "../..");
const example = join(root, "examples/school-admin");

/** What `npm pack` makes of the built package. */
export async function packed({ folder }: Scratch): Promise<string> {
  ensureBuilt();
  await done(npm(["pack", "--ignore-scripts", "--pack-destination", folder], root));
  const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm packed nothing.");
  return join(folder, tarball);
}

/** Installs into a folder what its package.json asks for, and `packages` besides. */
export async function install(folder: string, ...packages: readonly string[]): Promise<void> {
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", ...packages];
  const quick = await npm([...args, "--prefer-offline"], folder);
  // What npm remembers of the registry may be older than the lock file.
  if (quick.code !== 0) await done(npm(args, folder));
}

export interface ConsumerApp {
  readonly folder: string;
  /** Runs a command that the app's packages bring along. */
  run(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Running;
}

/** The example with its packages. */
export async function consumerApp(place: Scratch, tarball: string): Promise<ConsumerApp> {
  const folder = place.path("school-admin");
  cpSync(example, folder, {
    recursive: true,
    filter: (path) => !/(node_modules|dist|\.hybrid-data-adapter)$/.test(path),
  });
  await install(folder, tarball);
  return {
    folder,
    run: (command, args, env = {}) =>
      start(args, { cwd: folder, env, main: join(folder, "node_modules/.bin", command) }),
  };
}

/** Ends well, or throws with what was printed. */
export async function done(running: Running | Promise<Ended>): Promise<Ended> {
  const ended = await ("ended" in running ? running.ended : running);
  if (ended.code !== 0) throw new Error(`ended with ${ended.code}:\n${ended.out}\n${ended.err}`);
  return ended;
}

/** The machine's npm, on this Node. */
const npm = (args: readonly string[], cwd: string): Promise<Ended> => program(args, { cwd, main: npmScript() });

function npmScript(): string {
  if (process.env.npm_execpath?.endsWith("npm-cli.js")) return process.env.npm_execpath;
  const modules = execFileSync("npm", ["root", "--global"], { encoding: "utf8" }).trim();
  return join(dirname(modules), "node_modules/npm/bin/npm-cli.js");
}
