/** A source as the migration needs it: its entries, what each turns into, again and again without keeping it all. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { AdapterError } from "../domain/errors.ts";
import type { Namespace, RecordId } from "../domain/ids.ts";
import type { LegacyEntry, LegacySource, TransformedEntry } from "./types.ts";

/**
 * What the steps of a migration read from.
 * - The same source gives the same entries, parts and order, each time.
 */
export interface Reading {
  readonly entries: readonly LegacyEntry[];
  /** Why the source may be read and audited, and not imported; absent when it may. */
  readonly refusal?: AdapterError;
  /** What one of the entries turns into. */
  of(entry: LegacyEntry): TransformedEntry;
  /**
   * Checks that every leaf of the entry's stored bytes is where its claims say.
   * @throws LEAF_UNACCOUNTED
   */
  account(transformed: TransformedEntry): void;
  /**
   * Ids of records that the entries named and the source does not hold, by domain; complete once every entry was
   * transformed. The school may hold them from another import.
   */
  outside?(): ReadonlyMap<string, ReadonlySet<RecordId>>;
  /** The audit of the whole source; asked for once, after every entry was transformed. */
  audit(): unknown;
}

/** True for a record that the source does not hold and the school already does. */
export type IsKnown = (domain: string, id: RecordId) => boolean;

export interface HowToRead {
  readonly namespace: Namespace;
  readonly domains: DomainSet;
  /** Nobody unless told: what the source does not hold is nobody. */
  readonly isKnown?: IsKnown;
  /** Entries that are left out as demo records, whatever the reader would say; of an import that was made before. */
  readonly isDemo?: (entry: LegacyEntry) => boolean;
}

export type ReadSource = (source: LegacySource, how: HowToRead) => Reading | Promise<Reading>;
