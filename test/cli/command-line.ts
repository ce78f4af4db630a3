/** The command line in this process, with a world of its own: what it printed, and how it ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Io } from "../../src/cli/io.ts";
import { run } from "../../src/cli/run.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What stdout holds, which must be one JSON object and nothing else. */
  json(): Record<string, never>;
}

export interface World {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** With answers there is a terminal, and they are given in this order. */
  readonly answers?: readonly string[];
  readonly signal?: AbortSignal;
  /** Told everything that is printed, as it is printed. */
  readonly onOutput?: (text: string) => void;
}

export async function cli(args: readonly string[], { cwd, env = {}, answers, signal, onOutput }: World): Promise<Ran> {
  const [out, err] = [collector(onOutput), collector(onOutput)];
  const left = [...(answers ?? [])];
  const io: Io = {
    stdout: out.stream,
    stderr: err.stream,
    isTTY: answers !== undefined,
    env,
    cwd,
    now: () => new Date(),
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    signal: signal ?? new AbortController().signal,
    sleep: async () => {},
    async ask(question) {
      err.stream.write(question);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`Nobody expected the question: ${question}`);
      return answer;
    },
  };
  const code = await run(args, io);
  return { code, out: out.text(), err: err.text(), json: () => JSON.parse(out.text()) as Record<string, never> };
}

function collector(onOutput: (text: string) => void = () => {}) {
  const texts: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk));
      onOutput(String(chunk));
      done();
    },
  });
  return { stream, text: () => texts.join("") };
}

/** A folder that goes when the test ends. */
export function scratch(): {
  readonly folder: string;
  readonly file: (name: string) => string;
  [Symbol.dispose](): void;
} {
  const folder = mkdtempSync(join(tmpdir(), "hda-cli-"));
  return {
    folder,
    file: (name) => join(folder, name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
