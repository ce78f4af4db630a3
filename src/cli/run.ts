/** One run of the command line, from its words to its exit code. */
import { CommanderError } from "commander";
import { AdapterError } from "../domain/errors.ts";
import type { Result } from "./command.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { printError, printResult } from "./output.ts";
import { createProgram } from "./program.ts";

/** @param args what stands behind the program's name */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const json = args.includes("--json");
  let exitCode: ExitCode = exitCodes.ok;
  const finish = (result: Result): void => {
    printResult(io, result, json);
    exitCode = result.exitCode;
  };
  const program = createProgram(io, finish);
  try {
    if (args.length === 0) program.help();
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
    const spoken = error instanceof CommanderError ? wrongUsage(error, args) : error;
    return printError(io, spoken, { json, line: commandLine(args) });
  }
}

function wrongUsage(error: CommanderError, args: readonly string[]): AdapterError {
  const command = args.find((arg) => /^[a-z]+$/.test(arg));
  const message = error.message.replace(/^error: /, "").replace(/^\w/, (letter) => letter.toUpperCase());
  return new AdapterError("CONFIG_INVALID", message, {
    place: "command line",
    fix: `Run hybrid-data-adapter ${command ? `${command} ` : ""}--help.`,
    cause: error,
  });
}

/** The same command again, for a human to copy; without what must not be shown. */
export function commandLine(args: readonly string[]): string {
  const hidden = args.map((arg, at) => {
    if (args[at - 1] === "--token") return "…";
    if (arg.startsWith("--token=")) return "--token=…";
    return arg.replace(/^((?:--[a-z-]+=)?[a-z]+:\/\/[^:/@]*):[^/]*@/i, "$1:…@");
  });
  const words = hidden.map((arg) => (/^[\w@%+=:,./…-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  return ["hybrid-data-adapter", ...words].join(" ");
}
