/** A database that tells, after each commit, how far a school has come. */
import type { SchoolId } from "../../domain/ids.ts";
import type { Database, Tx } from "./database.ts";

/** Who advances a school notes it in its transaction; only a commit makes the word go out, so that no poke is early. */
export const announcing = (db: Database, publish: (school: SchoolId, seq: number) => void): Database => ({
  ...db,
  async transaction(run) {
    const noted = new Map<SchoolId, number>();
    const result = await db.transaction((tx) => {
      // Run again after a lost race: what the first try noted did not happen.
      noted.clear();
      return run(noting(tx, noted));
    });
    for (const [school, seq] of noted) publish(school, seq);
    return result;
  },
});

const noting = (tx: Tx, noted: Map<SchoolId, number>): Tx => ({
  rows: (query) => tx.rows(query),
  savepoint: (run) => tx.savepoint((part) => run(noting(part, noted))),
  advanced: (school, seq) => noted.set(school, seq),
});
