/** The words of a migration as types: source, entry, part, claim. They are shared by reader, transform, ledger and proof. */
import type { AnyRecord } from "../domain/define-domain.ts";
import type { ErrorCode } from "../domain/errors.ts";
import type { RecordId } from "../domain/ids.ts";
import type { Json } from "../domain/json.ts";
import type { EntryKind } from "../domain/legacy.ts";

/** What one key of the old app's storage held, exactly. */
export interface LegacyValue {
  readonly key: string;
  /** The stored text, untouched; all offsets count its UTF-16 code units. */
  readonly raw: string;
}

/**
 * How the values were packed: `dump` = JSON object of key → string (localStorage); `document` = JSON object whose
 * members are the data (the app's own export); `array` = one bare list, whose key is the name of its domain.
 */
export type Container = "dump" | "document" | "array";

/** Everything that a browser (or a file) held, before any of it is understood. */
export interface LegacySource {
  /** For people: a file name, an origin. No path of a machine. */
  readonly name: string;
  readonly container: Container;
  readonly values: readonly LegacyValue[];
  /** SHA-256 (hexadecimal) over container, keys and values; the same data has the same fingerprint. */
  readonly fingerprint: string;
  /** The new app kept this storage current: what was made there stands in it under ids that are not the old app's. */
  readonly mirrored?: true;
}

export type { EntryKind } from "../domain/legacy.ts";

/** One top-level element as the old app stored it. */
export interface LegacyEntry {
  /** Contiguous from 1 over the whole source; the same source always gives the same numbers. */
  readonly no: number;
  /** The key it stood under. */
  readonly key: string;
  /** Its place in the value: an index, a map key, a path; for people. */
  readonly position: string;
  readonly kind: EntryKind;
  /** Where its text stands in the value's `raw`. */
  readonly start: number;
  readonly end: number;
  /** The id as the old app wrote it, as text; `null` when it has none. */
  readonly legacyId: string | null;
  /** The parsed element; `undefined` when it has a defect. */
  readonly data: unknown;
  /** Why it could not be read; such an entry ends in quarantine as it stands. */
  readonly defect: { readonly code: ErrorCode; readonly offset: number; readonly message: string } | null;
}

export const outcomes = ["quarantined", "conflict", "erased", "excluded", "merged", "migrated"] as const;
/** Where an entry or part ended; listed from worst to best. An entry's outcome is the worst of its parts'. */
export type Outcome = (typeof outcomes)[number];

/**
 * What a legacy entry turns into. A part with a `record` is proposed to the server, which decides between migrated,
 * merged and conflict; any other part carries its outcome and reason already.
 */
export type Part = {
  /** From 1 within its entry. */
  readonly no: number;
  readonly domain: string;
  /** JSON pointer to the place in the entry that it comes from; `""` is the entry itself. */
  readonly path: string;
} & (
  | { readonly record: AnyRecord }
  | {
      readonly record: null;
      readonly outcome: "merged" | "quarantined" | "excluded";
      /** The record it was merged into. */
      readonly recordId: RecordId | null;
      readonly reason: string;
      /** The value that could not be accepted, as it stood. */
      readonly payload: Json;
    }
);

/**
 * Where the transform says that one leaf of an entry went (or, with `to: "part"`, all leaves below the path). The
 * accounting checks that the value really is there. A leaf may have several claims; all must hold.
 */
export type Claim = { readonly path: string } & (
  | {
      readonly to: "column";
      readonly domain: string;
      readonly id: RecordId;
      readonly field: string;
      /** JSON pointer inside a JSON column. */
      readonly at?: string;
      /** The column says it in other words (a day of a datetime, `late` for `tardy`); another claim keeps the original. */
      readonly derived?: true;
    }
  | { readonly to: "extra"; readonly domain: string; readonly id: RecordId; readonly at: string }
  | { readonly to: "part"; readonly part: number }
  | {
      readonly to: "excluded";
      readonly reason: ExclusionReason;
      /** COPY: the field that says the same. REVERSE: the reference of the other record that says it. */
      readonly copyOf?: { readonly domain: string; readonly id: RecordId; readonly field: string };
      /** COUNT: JSON pointer to the list that is counted. */
      readonly of?: string;
    }
);

/** Why a leaf is nowhere: nothing is in it, it means "none", or another value says the same. */
export type ExclusionReason = "EMPTY" | "NONE" | "COPY" | "COUNT" | "REVERSE";

/** One entry with everything that it turned into. */
export interface TransformedEntry {
  readonly entry: LegacyEntry;
  readonly parts: readonly Part[];
  readonly claims: readonly Claim[];
}

export type Severity = "blocks" | "ask" | "note";

/** Something that a human should know before, or decide. */
export interface Finding {
  readonly severity: Severity;
  /** Stable and upper case: `DUPLICATE_ID`, `ORPHAN`, `CONTRADICTION`, `SOURCE_CORRUPT`, … */
  readonly code: string;
  readonly domain: string | null;
  readonly message: string;
  readonly count: number;
  /** A few places, for people. */
  readonly examples: readonly string[];
}
