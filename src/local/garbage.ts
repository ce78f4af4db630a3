/** Deletes what neither this generation nor the one before needs. */
import {
  chunkKey,
  chunkPrefix,
  clientOf,
  keptKey,
  keptPrefix,
  numberOf,
  snapshotOf,
  stagePrefix,
  stateKey,
  statePrefix,
  syncPrefix,
  walPrefix,
} from "./keys.ts";
import type { StorageCommit } from "./storage.ts";
import type { Meta } from "./stored.ts";
import type { Tab } from "./tab.ts";

export async function collectGarbage(
  { storage, model }: Tab,
  meta: Meta,
  expect: NonNullable<StorageCommit["expect"]>,
): Promise<void> {
  const { previous } = meta;
  const needed = new Set<string>();
  for (const generation of previous ? [meta, previous] : [meta]) {
    needed.add(stateKey(generation.generation));
    for (const [domain, refs] of Object.entries(generation.chunks))
      for (const [chunk, number] of refs) needed.add(chunkKey(domain, chunk, number));
  }
  for (const log of model.logs.all()) for (const { first } of log.kept) needed.add(keptKey(log.client, first));
  const oldest = previous ?? meta;
  const isGarbage = (key: string): boolean => {
    if (key.startsWith(walPrefix)) return numberOf(key) <= (oldest.logs[clientOf(key)]?.gone ?? 0);
    if (key.startsWith(syncPrefix)) return numberOf(key) <= oldest.syncFolded;
    if (key.startsWith(stagePrefix)) return snapshotOf(key) <= oldest.snapshot;
    return [chunkPrefix, statePrefix, keptPrefix].some((prefix) => key.startsWith(prefix)) && !needed.has(key);
  };
  const deletes = (await storage.keys("")).filter(isGarbage);
  if (deletes.length > 0) await storage.commit({ puts: [], deletes, expect });
}
