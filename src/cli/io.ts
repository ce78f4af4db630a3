/** Everything that a command has of the world outside: passed in, so that a test or another program can be that world. */

export interface Io {
  /** Results, and nothing else. */
  readonly stdout: NodeJS.WritableStream;
  /** Progress, questions, advice. */
  readonly stderr: NodeJS.WritableStream;
  /** Is a human there who sees bars and can answer? */
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => Date;
  /** Bytes from a source fit for keys. */
  readonly random: (length: number) => Uint8Array;
  /** Aborted: stop after the request in flight and leave a state from which the same command goes on. */
  readonly signal: AbortSignal;
  /** Waits; milliseconds. Ends early, by throwing, when the signal says so. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** One line from the human; asked only where `isTTY`. */
  readonly ask: (question: string) => Promise<string>;
}

export const say = (io: Pick<Io, "stderr">, line: string): void => {
  io.stderr.write(`${line}\n`);
};

/** From 0 to below 1. */
export function randomShare(io: Pick<Io, "random">): number {
  const bytes = io.random(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32;
}
