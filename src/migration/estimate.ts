/** How long a migration would take, from rates that were measured (bench/) on a small machine; stated, not promised. */

/** Validated, tenant-checked, with history and ledger, over HTTP to PostgreSQL. */
const partsPerSecond = 5_000;
const archivedPerSecond = 10_000_000;
/** Opening, backup, seal, verification, proof. */
const fixedSeconds = 2;

export function estimate(load: { parts: number; characters: number }): { seconds: number; basis: string } {
  const seconds = fixedSeconds + load.parts / partsPerSecond + load.characters / archivedPerSecond;
  return {
    seconds: Math.ceil(seconds),
    basis: `${load.parts} parts at ${partsPerSecond} a second, ${load.characters} characters to archive at ${archivedPerSecond} a second`,
  };
}
