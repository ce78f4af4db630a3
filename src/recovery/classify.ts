/** What a failure means for the one who retries; decided by codes and statuses, never by the words of a message. */
import { type ErrorClass, errorKinds, isAdapterError } from "../domain/errors.ts";

/** An error that nobody knows may be gone the next time. */
export function classify(error: unknown): ErrorClass {
  if (!isAdapterError(error)) return "transient";
  if (!isGuessed(error.facts)) return errorKinds[error.code].class;
  // Whatever answered was not our server: only who is asked to sign in, or is turned away, is told something certain.
  return errorKinds[error.code].class === "auth" ? "auth" : "transient";
}

/** The code was chosen by the answer's HTTP status alone: a proxy spoke, or a server that is not ours. */
export const isGuessed = (facts: Readonly<Record<string, unknown>>): boolean => facts.guessed === true;
