/** A disk in memory, for tests and for tabs that share one: as strict as ours, gone with the process. */
import { AdapterError } from "../domain/errors.ts";
import type { Storage, StorageCommit } from "./storage.ts";

/** One disk; every `open` is another tab's handle on it. */
export interface MemoryDisk {
  /** What is on it, for a test to look at or to damage. */
  readonly values: Map<string, string>;
  open(): Storage;
}

export function memoryDisk(values = new Map<string, string>()): MemoryDisk {
  return { values, open: () => handle(values) };
}

function handle(values: Map<string, string>): Storage {
  let open = true;
  const use = async (): Promise<void> => {
    if (!open) throw new AdapterError("STORAGE_LOST", "The storage is closed.");
  };
  const sorted = (prefix: string): string[] => [...values.keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    durability: "strict",
    shared: true,
    async read(keys) {
      await use();
      return new Map(keys.flatMap((key) => (values.has(key) ? [[key, values.get(key) ?? ""] as const] : [])));
    },
    async scan(prefix) {
      await use();
      return sorted(prefix).map((key) => [key, values.get(key) ?? ""]);
    },
    async keys(prefix) {
      await use();
      return sorted(prefix);
    },
    async commit({ puts, deletes = [], expect }: StorageCommit) {
      await use();
      if (expect && (values.get(expect.key) ?? null) !== expect.value)
        throw new AdapterError("FENCED", `The key ${expect.key} was changed by another tab.`, { place: expect.key });
      for (const key of deletes) values.delete(key);
      for (const [key, value] of puts) values.set(key, value);
    },
    estimate: async () => null,
    async close() {
      open = false;
    },
  };
}
