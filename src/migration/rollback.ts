/** Rollback: takes away an import's rows that nobody changed since. The archive and the ledger stay. */
import type { RollbackOptions, RollbackReport } from "./options.ts";
import { remote as remoteOf } from "./remote.ts";

/** @throws IMPORT_UNKNOWN; ROLLBACK_CHANGED when rows were changed since and are not exported */
export async function rollback({ remote, importId, dryRun }: RollbackOptions): Promise<RollbackReport> {
  const { removed, changed } = await remoteOf(remote).rollback(importId, dryRun);
  return { dryRun, removed, changed };
}
