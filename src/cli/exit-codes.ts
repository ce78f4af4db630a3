/** What a command's exit code says; part of the interface. */
import { type ErrorClass, errorKinds, isAdapterError } from "../domain/errors.ts";

export const exitCodes = {
  ok: 0,
  /** There are differences, or something was refused. */
  failed: 1,
  /** The input or an option is wrong. */
  usage: 2,
  /** Not reachable, or busy: the same command may work later. */
  temporary: 3,
  /** Stopped on request; the same command goes on. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesText = `
Exit codes:
  0    done
  1    failed: there are differences, or something was refused
  2    the input or an option is wrong
  3    not reachable or busy: try the same command later
  130  stopped on request: the same command goes on from there`;

const byClass: Readonly<Record<ErrorClass, ExitCode>> = {
  transient: exitCodes.temporary,
  consistency: exitCodes.failed,
  auth: exitCodes.failed,
  critical: exitCodes.failed,
  input: exitCodes.usage,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (!isAdapterError(error) || error.code === "INTERNAL") return exitCodes.failed;
  return error.code === "INTERRUPTED" ? exitCodes.interrupted : byClass[errorKinds[error.code].class];
}
