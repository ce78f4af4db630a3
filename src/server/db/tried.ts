/** A preview that cannot be wrong: does it, keeps the answer, and undoes it. */
import type { Tx } from "./database.ts";

/** @throws what `run` throws */
export async function tried<T>(tx: Tx, run: (part: Tx) => Promise<T>): Promise<T> {
  const undo = new Error("undone on purpose");
  const answers: T[] = [];
  try {
    await tx.savepoint(async (part) => {
      answers.push(await run(part));
      throw undo;
    });
  } catch (error) {
    if (error !== undo) throw error;
  }
  return answers[0] as T;
}
