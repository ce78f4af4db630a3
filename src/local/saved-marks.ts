/** Which domains have ever been saved: an empty one that was saved is not one that never was (B13). */
import type { DomainSet } from "../domain/define-domain.ts";
import type { RecordStore } from "./record-store.ts";
import type { Storage } from "./storage.ts";

const prefix = "saved/";

/**
 * - A domain that holds a record, or ever held one while this was watching, counts as saved.
 */
export interface SavedMarks {
  has(domain: string): boolean;
  /** @throws what `Storage.commit` throws */
  set(domains: readonly string[]): Promise<void>;
  close(): void;
}

/** For whoever fills the store without this service. */
export const markSaved = (storage: Storage, domains: readonly string[]): Promise<void> =>
  storage.commit({ puts: domains.map((name) => [prefix + name, "1"]) });

export async function openSavedMarks(store: RecordStore, storage: Storage, domains: DomainSet): Promise<SavedMarks> {
  const saved = new Set((await storage.keys(prefix)).map((key) => key.slice(prefix.length)));
  const set = async (names: readonly string[]): Promise<void> => {
    const fresh = names.filter((name) => !saved.has(name));
    if (fresh.length === 0) return;
    await markSaved(storage, fresh);
    for (const name of fresh) saved.add(name);
  };
  // A mark that could not be written now is written when the domain is seen again.
  const later = (names: readonly string[]): void => void set(names).catch(() => undefined);
  const holding = (names: readonly string[]): string[] => names.filter((name) => store.count(name) > 0);
  await set(holding(domains.all.map(({ name }) => name)));
  const end = store.subscribe((change) => {
    if (change.kind === "records") later(holding([...new Set(change.keys.map(({ domain }) => domain))]));
  });
  return { has: (domain) => saved.has(domain) || store.count(domain) > 0, set, close: end };
}
