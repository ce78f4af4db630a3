/**
 * How far a migration came, so that a killed run goes on instead of starting again. It only saves work: every request
 * is idempotent, so a journal that is lost or old costs time and nothing else.
 */
import * as z from "zod/mini";

const count = z.int().check(z.gte(0));

/** What a journal remembers. */
export const journalState = z.object({
  importId: z.string(),
  /** Ledger entries acknowledged, from entry 1. */
  entries: count,
  /** Of each domain: the last entry all of whose parts of that domain, and those of every entry before, are acknowledged. */
  backfill: z.record(z.string(), count),
  /** Parts acknowledged in all; with it, a server that holds less shows the journal to be older than the server. */
  parts: count,
  backup: z.nullable(
    z.object({
      kind: z.enum(["source", "records"]),
      sha256: z.string(),
      bytes: count,
      values: count,
      encrypted: z.boolean(),
      restoredEqual: z.literal(true),
    }),
  ),
});
export type JournalState = z.infer<typeof journalState>;

export const emptyJournal = (importId: string): JournalState => ({
  importId,
  entries: 0,
  backfill: {},
  parts: 0,
  backup: null,
});

/**
 * Keeps one state for each import.
 * - `read` gives what the last finished `write` of that import gave, or `null`; never half of one.
 * - `write` replaces all of it at once.
 */
export interface Journal {
  read(importId: string): Promise<JournalState | null>;
  write(state: JournalState): Promise<void>;
}

/** A journal that lives as long as the process. */
export function memoryJournal(): Journal {
  const states = new Map<string, JournalState>();
  return {
    read: async (importId) => states.get(importId) ?? null,
    write: async (state) => {
      states.set(state.importId, state);
    },
  };
}
