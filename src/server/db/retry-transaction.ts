/** A transaction that lost a race (serialization failure, deadlock) is run again from its start. */
const attempts = 5;

/** PostgreSQL's SQLSTATE of an error, or `null`. */
export const sqlState = (error: unknown): string | null =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : null;

const lostRace = (error: unknown): boolean => ["40001", "40P01"].includes(sqlState(error) ?? "");

/** @throws what `run` throws, for a lost race after the fifth time */
export async function retryTransaction<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt >= attempts || !lostRace(error)) throw error;
    }
  }
}
