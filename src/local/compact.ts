/** Folds what is settled into a new generation; the one before stays, with all that was written since. */
import { hasCode } from "../domain/errors.ts";
import { reload } from "./catch-up.ts";
import { encode } from "./codec.ts";
import { foldIn } from "./fold-in.ts";
import { collectGarbage } from "./garbage.ts";
import { logsOf, recordsOf, stateText } from "./generation.ts";
import { keep, letGo } from "./kept.ts";
import { chunkKey, metaKey, stateKey } from "./keys.ts";
import type { Log } from "./log.ts";
import { foldableUntil } from "./promote.ts";
import { keepRoom } from "./snapshot-stage.ts";
import type { StorageCommit } from "./storage.ts";
import type { ChunkRef, Generation, Meta } from "./stored.ts";
import { post, type Tab } from "./tab.ts";

type Fence = NonNullable<StorageCommit["expect"]>;

/** The tab's serial must be held: nothing else changes the records meanwhile. An abort leaves the generation as it is. */
export async function compact(tab: Tab, expect: Fence, signal: AbortSignal): Promise<void> {
  if (!(await hasRoom(tab))) return;
  if (tab.mapped === null) await reload(tab);
  const { model, mapped: from, platform } = tab;
  if (from === null || tab.readOnly !== null) return;
  foldIn(tab, foldableUntil(tab));
  const generation = tab.meta.generation + 1;
  const chunks = await writeChunks(tab, from, generation, expect, signal);
  if (!chunks) return;
  const now = platform.clock.now();
  await keepAnswered(tab, now, expect);
  // What could not be read or applied is set aside before what it came from goes.
  await tab.loading.quarantine.flush();
  if (signal.aborted) return;
  const forgotten = letGo(model.logs.all(), now);
  for (const client of forgotten) if (client !== tab.clientId) model.logs.forget(client);
  const written: Generation = {
    generation,
    chunks,
    logs: logsOf(model),
    syncFolded: model.syncEntry,
    snapshot: model.snapshot,
  };
  const { generation: number, chunks: refs, logs, syncFolded, snapshot } = from;
  const meta: Meta = {
    format: 1,
    origin: tab.meta.origin,
    ...written,
    previous: { generation: number, chunks: refs, logs, syncFolded, snapshot },
    schemaVersions: versionsOf(tab),
  };
  const metaText = encode(meta);
  await tab.storage.commit({
    puts: [
      [stateKey(generation), stateText(model)],
      [metaKey, metaText],
    ],
    expect,
  });
  for (const [domain, list] of Object.entries(chunks))
    model.base.chunks.written(domain, [...model.base.chunks.stale(domain), ...list.map(([chunk]) => chunk)]);
  for (const [client, { gone }] of Object.entries(written.logs)) model.logs.open(client).gone = gone;
  // From now on nobody knows more.
  model.missedSteps.clear();
  model.missesEntries = false;
  Object.assign(tab, { meta, metaText, mapped: written });
  post(tab, { kind: "generation" });
  await collectGarbage(tab, meta, expect);
}

/** How many entries and steps a folding would fold away. */
export function foldableCount({ model, meta }: Tab): number {
  let entries = model.syncEntry - meta.syncFolded;
  for (const log of model.logs.all()) entries += Math.max(0, foldableIn(log) - log.gone);
  return entries;
}

/** The last entry before the first that holds something that the server has not answered. */
function foldableIn({ items, entry }: Log): number {
  const first = items.find(({ mutation }) => mutation.id !== null);
  return first ? first.entry - 1 : entry;
}

async function hasRoom(tab: Tab): Promise<boolean> {
  try {
    await keepRoom(tab);
    return true;
  } catch (error) {
    if (hasCode("STORAGE_FULL")(error)) return false;
    throw error;
  }
}

export const versionsOf = ({ meta, domains }: Pick<Tab, "meta" | "domains">): Meta["schemaVersions"] => ({
  ...meta.schemaVersions,
  ...Object.fromEntries(domains.all.map(({ name, schemaVersion }) => [name, schemaVersion])),
});

/** The chunks of the new generation: those that changed are written anew, one a slice; `null` when it was aborted. */
async function writeChunks(
  { storage, model, platform }: Tab,
  from: Generation,
  generation: number,
  expect: Fence,
  signal: AbortSignal,
): Promise<Record<string, readonly ChunkRef[]> | null> {
  const { base } = model;
  const chunks: Record<string, readonly ChunkRef[]> = {};
  for (const domain of base.domains()) {
    repack(model.base, domain);
    const stale = base.chunks.stale(domain);
    const refs: ChunkRef[] = (from.chunks[domain] ?? []).filter(([chunk]) => !stale.has(chunk));
    for (const [chunk, records] of recordsOf(base, domain, stale)) {
      if (signal.aborted) return null;
      if (records.length === 0) continue;
      await platform.timers.breathe();
      await storage.commit({ puts: [[chunkKey(domain, chunk, generation), encode(records)]], expect });
      refs.push([chunk, generation, records.length]);
    }
    chunks[domain] = refs.sort(([a], [b]) => a - b);
  }
  return chunks;
}

/** Moves the records of half-empty chunks to the one that is being filled. */
function repack(base: Tab["model"]["base"], domain: string): void {
  const half = base.chunks.halfEmpty(domain);
  if (half.size === 0) return;
  for (const entry of base.records(domain).values()) if (half.has(entry.chunk)) base.move(domain, entry);
}

/** Sets the answered mutations of the entries aside that go with this generation. */
async function keepAnswered({ storage, model, platform, loading }: Tab, now: number, expect: Fence): Promise<void> {
  for (const log of model.logs.all()) {
    const until = model.settledUntil(log);
    if (until <= log.gone) continue;
    const { parts, puts } = await keep(loading, log, until, now);
    if (puts.length > 0) await storage.commit({ puts, expect });
    // A folding that was given up has named its last part already, which may hold more by now.
    const again = new Set(parts.map(({ first }) => first));
    log.kept = [...log.kept.filter(({ first }) => !again.has(first)), ...parts];
    log.at = now;
    await platform.timers.breathe();
  }
}
