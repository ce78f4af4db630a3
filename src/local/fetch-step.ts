/** What a step of the leader needs of the disk besides itself: a snapshot's pages, the mutations that are kept. */
import type { ChangeDown } from "../domain/sync-wire.ts";
import type { Platform, Timers } from "../platform/platform.ts";
import type { Fetched } from "./apply-sync.ts";
import { decode } from "./codec.ts";
import { keptPrefix, stagePagesPrefix, walPrefix } from "./keys.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Storage } from "./storage.ts";
import type { StagePage, StoredMutation, SyncEntry, WalEntry } from "./stored.ts";

export interface Source {
  readonly storage: Storage;
  readonly platform: Pick<Platform, "timers">;
  readonly quarantine: Quarantine;
}

/** `null` when a page of a snapshot cannot be read. */
export async function fetchStep(source: Source, step: SyncEntry): Promise<Fetched | null> {
  if (step.kind === "snapshot") {
    const confirmed = await confirmedRecords(source.storage, source.platform.timers, step);
    return confirmed && { confirmed };
  }
  if (step.kind !== "rewind") return {};
  const kept: Record<string, readonly StoredMutation[]> = {};
  for (const client of Object.keys(step.answered)) kept[client] = await keptMutations(source, client);
  return { kept };
}

async function confirmedRecords(
  storage: Storage,
  timers: Timers,
  { snapshot, pages }: Extract<SyncEntry, { kind: "snapshot" }>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, ChangeDown>> | null> {
  const confirmed = new Map<string, Map<string, ChangeDown>>();
  const stored = await storage.scan(stagePagesPrefix(snapshot));
  if (stored.length !== pages) return null;
  for (const [, text] of stored) {
    const page = decode<StagePage>(text);
    if (!page) return null;
    for (const change of page.value.changes) {
      const records = confirmed.get(change.domain) ?? new Map<string, ChangeDown>();
      if (change.record !== null) confirmed.set(change.domain, records.set(change.id, change));
    }
    await timers.breathe();
  }
  return confirmed;
}

/** The numbered mutations of a client that are on disk, answered or not, in the order of their ids. */
export async function keptMutations(
  { storage, quarantine }: Pick<Source, "storage" | "quarantine">,
  client: string,
): Promise<readonly StoredMutation[]> {
  const byId = new Map<number, StoredMutation>();
  for (const prefix of [`${keptPrefix}${client}/`, `${walPrefix}${client}/`])
    for (const [key, text] of await storage.scan(prefix)) {
      const entry = decode<WalEntry>(text);
      if (!entry) quarantine.add(key, text, "STORE_CORRUPT");
      for (const mutation of entry?.value.mutations ?? []) if (mutation.id !== null) byId.set(mutation.id, mutation);
    }
  return [...byId.values()].sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
}
