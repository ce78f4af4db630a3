/** Questions: answered by an option, by a human, or not at all. */
import { AdapterError } from "../domain/errors.ts";
import type { Io } from "./io.ts";

export interface Question {
  readonly text: string;
  /** What to add to the command line instead of answering. */
  readonly option?: string;
}

/**
 * Goes on when the answer is yes.
 * @throws CONFIRMATION_REQUIRED when nobody can be asked, or the answer is no
 */
export async function confirm(io: Io, yes: boolean | undefined, question: Question): Promise<void> {
  if (yes) return;
  const fix = `Add ${question.option ?? "--yes"}, or answer the question on a terminal.`;
  if (!io.isTTY) throw new AdapterError("CONFIRMATION_REQUIRED", question.text, { fix });
  const answer = (await io.ask(`${question.text} [y/N] `)).trim().toLowerCase();
  if (answer !== "y" && answer !== "yes")
    throw new AdapterError("CONFIRMATION_REQUIRED", "The answer was no; nothing was done.", { fix });
}

/**
 * One of several answers; there is no default that is right for everyone.
 * @throws CONFIRMATION_REQUIRED when nobody can be asked, or the answer is none of them
 */
export async function choose<const C extends readonly string[]>(
  io: Io,
  choices: C,
  question: Required<Question>,
): Promise<C[number]> {
  const fix = `Say it with ${question.option}, or answer the question on a terminal.`;
  if (!io.isTTY) throw new AdapterError("CONFIRMATION_REQUIRED", question.text, { fix });
  const answer = (await io.ask(`${question.text} [${choices.join("/")}] `)).trim().toLowerCase();
  const chosen = choices.find((choice) => choice === answer);
  if (chosen === undefined) throw new AdapterError("CONFIRMATION_REQUIRED", `"${answer}" is no answer.`, { fix });
  return chosen;
}

/** Whether something that can be left undone is wanted: no, where nobody can be asked. */
export async function agree(io: Io, yes: boolean | undefined, text: string): Promise<boolean> {
  if (yes || !io.isTTY) return yes ?? false;
  const answer = (await io.ask(`${text} [y/N] `)).trim().toLowerCase();
  return answer === "y" || answer === "yes";
}
