/** How far a command is: a bar on a terminal, now and then a line when piped. */
import { Presets, SingleBar } from "cli-progress";
import { type Io, say } from "./io.ts";
import { count } from "./text.ts";

/** One report; `done === total` at the end of a step. */
export interface Step {
  readonly step: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly domain?: string;
}

export interface ProgressView {
  readonly report: (step: Step) => void;
  /** Takes the bar away, so that what is printed next stands alone. */
  readonly stop: () => void;
}

const lineEvery = 2000;

/** @param quiet with `--json`: programs read stdout, and nobody reads the rest */
export function progressView(io: Io, quiet = false): ProgressView {
  if (quiet) return { report: () => {}, stop: () => {} };
  return io.isTTY ? bars(io) : lines(io);
}

function lines(io: Io): ProgressView {
  let printed = { name: "", at: 0 };
  let held: Step | undefined;
  const print = (step: Step): void => {
    printed = { name: nameOf(step), at: io.now().getTime() };
    held = undefined;
    say(io, `${nameOf(step)}: ${count(step.done)} of ${count(step.total)} ${step.unit}`);
  };
  // The last word on a step is not lost because the next one came soon.
  const release = (): void => {
    if (held) print(held);
  };
  return {
    report(step) {
      if (held && nameOf(held) !== nameOf(step)) release();
      const isSoon = io.now().getTime() - printed.at < lineEvery;
      if (nameOf(step) === printed.name && isSoon && step.done < step.total) held = step;
      else print(step);
    },
    stop: release,
  };
}

const nameOf = ({ step, domain }: Step): string => (domain ? `${step} ${domain}` : step);

function bars(io: Io): ProgressView {
  let bar: SingleBar | undefined;
  let current = "";
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
    current = "";
  };
  return {
    report({ step, done, total, unit, domain = "" }) {
      if (step !== current) {
        stop();
        current = step;
        bar = new SingleBar(
          {
            format: "{step} {bar} {percentage}% | {value}/{total} {unit} {domain}",
            stream: io.stderr,
            hideCursor: true,
            clearOnComplete: false,
            // The command has its own way to end on Ctrl-C.
            gracefulExit: false,
          },
          Presets.shades_classic,
        );
        bar.start(total, done, { step: step.padEnd(8), unit, domain });
      } else {
        bar?.setTotal(total);
        bar?.update(done, { domain });
      }
    },
    stop,
  };
}
