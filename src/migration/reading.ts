/** A source as the migration needs it: its entries, what each turns into, again and again without keeping it all. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { AdapterError } from "../domain/errors.ts";
import type { Namespace } from "../domain/ids.ts";
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
  /** The audit of the whole source; asked for once, after every entry was transformed. */
  audit(): unknown;
}

export type ReadSource = (
  source: LegacySource,
  how: { readonly namespace: Namespace; readonly domains: DomainSet },
) => Reading | Promise<Reading>;
