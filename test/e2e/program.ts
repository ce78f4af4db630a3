/** The built command as a process of its own, which can be killed. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const ownMain = join(root, "dist/cli/main.js");

/** `npm test` builds before; alone, the first test does. */
export function ensureBuilt(): void {
  if (!existsSync(ownMain)) execFileSync("npx", ["tsdown", "--logLevel", "warn"], { cwd: root, stdio: "inherit" });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
  /** Milliseconds from start to end. */
  readonly took: number;
}

export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when that was printed, or rejects when the process ended without. */
  printed(pattern: RegExp): Promise<RegExpMatchArray>;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another script than our command. */
  readonly main?: string;
}

export function start(args: readonly string[], { cwd, env = {}, main = ownMain }: Surroundings): Running {
  // What npm tells its scripts is about this package: `npm_config_local_prefix` would install into it.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HDA_|DATABASE_URL|NODE_OPTIONS|NODE_ENV|VITEST|npm_)/i.test(name),
  );
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const began = performance.now();
  const texts = { out: "", err: "" };
  const watchers = new Set<() => void>();
  const collect = (name: "out" | "err") => (chunk: Buffer) => {
    texts[name] += chunk.toString();
    for (const watch of watchers) watch();
  };
  child.stdout.on("data", collect("out"));
  child.stderr.on("data", collect("err"));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...texts, took: performance.now() - began }));
  });
  return {
    process: child,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          const match = texts.out.match(pattern) ?? texts.err.match(pattern);
          if (!match) return;
          watchers.delete(watch);
          resolve(match);
        };
        watchers.add(watch);
        watch();
        ended.then(({ out, err }) => reject(new Error(`ended without ${pattern}:\n${out}\n${err}`)), reject);
      }),
  };
}

export const program = (args: readonly string[], surroundings: Surroundings): Promise<Ended> =>
  start(args, surroundings).ended;

/** Runs a command with `--json`. @throws Error when it does not end with 0 */
export async function result(args: readonly string[], surroundings: Surroundings): Promise<Record<string, unknown>> {
  const { code, out, err } = await program([...args, "--json"], surroundings);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${out}${err}`);
  return JSON.parse(out) as Record<string, unknown>;
}

/** What must be the same however often a migration was killed. */
export async function stateOf(to: string, surroundings: Surroundings): Promise<object> {
  const { domains, imports } = await result(["status", "--to", to], surroundings);
  const kept = (imports as { importId: string; state: string; fingerprint: string; ledger: object }[]).map(
    ({ importId, state, fingerprint, ledger }) => ({ importId, state, fingerprint, ledger }),
  );
  const { verification } = await result(["verify", "--to", to], surroundings);
  return { domains, imports: kept, verification };
}

export interface Scratch {
  readonly folder: string;
  /** A database folder like the one given. */
  copy(from: string, name: string): string;
  path(name: string): string;
  remove(): void;
}

export function scratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), "hda-e2e-"));
  const path = (name: string): string => join(folder, name);
  return {
    folder,
    path,
    copy(from, name) {
      cpSync(from, path(name), { recursive: true });
      return path(name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
