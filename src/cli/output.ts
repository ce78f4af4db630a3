/** Results on stdout, failures on stderr; with `--json` exactly one object on stdout either way. */
import { AdapterError, isAdapterError } from "../domain/errors.ts";
import type { Result } from "./command.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { type Io, say } from "./io.ts";

export function printResult(io: Io, { value, text }: Result, json: boolean): void {
  if (value === null) return;
  if (json) io.stdout.write(`${JSON.stringify(value)}\n`);
  else if (text) io.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Says what failed, where and what to do; returns the exit code. */
export function printError(io: Io, error: unknown, { json, line }: { json: boolean; line: string }): ExitCode {
  const known = asAdapterError(error);
  const { code, message, place = null } = known;
  const fix = code === "INTERRUPTED" ? `What was done stays. To go on: ${line}` : known.fix;
  if (json) {
    const facts = Object.keys(known.facts).length > 0 ? { facts: known.facts } : {};
    io.stdout.write(`${JSON.stringify({ error: { code, message, place, fix, ...facts } })}\n`);
  } else {
    say(io, `${code}: ${message}`);
    if (place !== null) say(io, `  where: ${place}`);
    say(io, `  what to do: ${fix}`);
  }
  if (io.env.HDA_DEBUG) say(io, String(known.cause instanceof Error ? known.cause.stack : known.stack));
  return exitCodeOf(known);
}

/** Failures of the file system that a user can mend are named; anything else is ours. */
function asAdapterError(error: unknown): AdapterError {
  if (isAdapterError(error)) return error;
  const { code, path } = (error ?? {}) as { code?: unknown; path?: unknown };
  if (typeof code === "string" && typeof path === "string" && code in fileFailures) {
    const [ours, words] = fileFailures[code as keyof typeof fileFailures];
    return new AdapterError(ours, `${path} ${words}.`, { place: path, cause: error });
  }
  return new AdapterError("INTERNAL", error instanceof Error ? error.message : String(error), {
    cause: error,
    fix: "Set HDA_DEBUG=1 to see where it comes from, and report it.",
  });
}

const fileFailures = {
  ENOENT: ["SOURCE_MISSING", "does not exist"],
  EISDIR: ["SOURCE_MISSING", "is a folder, not a file"],
  ENOTDIR: ["CONFIG_INVALID", "is not a folder"],
  EEXIST: ["CONFIG_INVALID", "is there already"],
  EACCES: ["CONFIG_INVALID", "may not be opened by this user"],
  EPERM: ["CONFIG_INVALID", "may not be opened by this user"],
  EROFS: ["CONFIG_INVALID", "is on a file system that cannot be written"],
  ENOSPC: ["CONFIG_INVALID", "does not fit on the disk"],
} as const;

export const done = <T extends object>(value: T, text: string, ok = true): Result<T> => ({
  value,
  text,
  exitCode: ok ? exitCodes.ok : exitCodes.failed,
});
