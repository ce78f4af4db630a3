#!/usr/bin/env node
/** The process around the command line: its streams, its signals, its exit code. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { exitCodes } from "./exit-codes.ts";
import { type Io, say } from "./io.ts";
import { run } from "./run.ts";

const stop = new AbortController();

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  isTTY: Boolean(process.stdin.isTTY && process.stderr.isTTY),
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  random: (length) => new Uint8Array(randomBytes(length)),
  signal: stop.signal,
  sleep: async (ms, signal) => void (await wait(ms, undefined, { signal })),
  async ask(question) {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(question, { signal: stop.signal });
    } finally {
      lines.close();
    }
  },
};

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(exitCodes.interrupted);
    say(io, "\nStopping after the request in flight. Once more ends at once.");
    stop.abort();
  });
}

// `… | head` closes the pipe: what is left to print is not wanted, and the work itself is done or goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await run(process.argv.slice(2), io);
