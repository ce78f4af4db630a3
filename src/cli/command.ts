/** What a command consists of: data for the help, and a function that the command line and programs call alike. */
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { OptionName } from "./options.ts";

/** What a command found, for programs and for people. */
export interface Result<T extends object = object> {
  /** The one object that `--json` prints; `null` when the command has printed it already and went on. */
  readonly value: T | null;
  /** The same for people. */
  readonly text: string;
  readonly exitCode: ExitCode;
}

export interface Command<Options extends object> {
  readonly name: string;
  readonly summary: string;
  /** The one argument, if it takes one; with `many` it is a list. */
  readonly argument?: {
    readonly name: string;
    readonly summary: string;
    readonly required: boolean;
    readonly many?: boolean;
  };
  readonly options: readonly OptionName[];
  /** Lines behind `hybrid-data-adapter`, each with what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** Commands of two words, of which this one's name is the first. */
  readonly subcommands?: readonly AnyCommand[];
  /** `options` holds the argument under its name. */
  readonly run: (options: Options, io: Io) => Promise<Result>;
}

/** Any command, with its options untyped: what the program keeps in its list. */
export type AnyCommand = Omit<Command<object>, "run"> & { readonly run: (options: never, io: Io) => Promise<Result> };
