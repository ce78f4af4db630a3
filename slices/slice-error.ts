/** A failure as a Redux store may hold it: plain data with the words of an `AdapterError`. */
import { AdapterError, type ErrorCode, isAdapterError } from "../src/domain/errors.ts";

export interface SliceError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: string | null;
  readonly fix: string;
  /** JSON alone; what JSON does not have is left out. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Anything that was thrown; what is no `AdapterError` is INTERRUPTED when it was an abort, else INTERNAL. */
export function sliceErrorOf(thrown: unknown): SliceError {
  const { code, message, place, fix, facts } = isAdapterError(thrown) ? thrown : wrapped(thrown);
  return { code, message, place: place ?? null, fix, facts: plain(facts) };
}

function wrapped(thrown: unknown): AdapterError {
  const name = thrown instanceof Error ? thrown.name : "";
  if (name === "AbortError") return new AdapterError("INTERRUPTED", "The request was given up.", { cause: thrown });
  return new AdapterError("INTERNAL", "The request failed in this program.", { cause: thrown });
}

function plain(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(facts).flatMap(([name, value]) => {
    try {
      const text = JSON.stringify(value);
      return text === undefined ? [] : [[name, JSON.parse(text) as unknown] as const];
    } catch {
      // A cycle or a BigInt is a fact of nobody's: the code and the message stand without it.
      return [];
    }
  });
  return Object.fromEntries(entries);
}
