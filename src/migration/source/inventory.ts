/** What reading a source gives: its entries, and a line for every key. */
import type { EntryKind, Finding, LegacyEntry } from "../types.ts";

/**
 * `records`: it has entries. `empty`: declared or named as records, and there are none. `unknown`: it may hold records
 * that are not read. `corrupt`: its text could not be read. `probe`, `metadata`: it holds none.
 */
export type KeyRole = "records" | "metadata" | "probe" | "empty" | "unknown" | "corrupt";

export interface InventoryKey {
  readonly key: string;
  /** Of the value, in UTF-16 code units. */
  readonly characters: number;
  /** `list of 5 objects {id:text, name:text}`: names of fields, never their values. */
  readonly shape: string;
  readonly role: KeyRole;
  /** What its records are; `null` when it has none or several kinds (see `lists`). */
  readonly kind: EntryKind | null;
  readonly entries: number;
  /** Kinds whose list is there and empty: the user emptied it. A missing key was never saved (B13). */
  readonly emptied: readonly EntryKind[];
  /** The places inside the value that hold, or may hold, records. */
  readonly lists: readonly {
    /** JSON pointer; `""` is the value itself. */
    readonly at: string;
    readonly kind: EntryKind | null;
    readonly by: "declared" | "guess";
    readonly confidence: number;
    readonly items: number;
  }[];
}

export interface SourceReading {
  readonly entries: readonly LegacyEntry[];
  readonly inventory: readonly InventoryKey[];
  /** What must be confirmed or decided; an entry with a defect is the transform's to report. */
  readonly findings: readonly Finding[];
}
