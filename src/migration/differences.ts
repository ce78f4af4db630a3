/** From an id at which two sides differ to what that means: a difference with its fields, or a change that has a name. */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import { digestText } from "../domain/digest.ts";
import type { Explanation } from "../domain/migration-wire.ts";
import type { ChangedSince, Difference, FieldDifference } from "./options.ts";

export type Explained = Explanation["records"][number];

/** What became of one id. `foreign`: a record that is not this import's, and that the history can name. */
export type Finding =
  | { readonly kind: "equal" | "foreign" | "missing" | "extra" | "mismatch" | "altered" }
  | { readonly kind: "changed"; readonly change: ChangedSince };

export interface Candidate {
  readonly expected: bigint | undefined;
  readonly explained: Explained;
  /** Of the row as found; computed here when the comparison is a deep one. */
  readonly actual: bigint | undefined;
}

/**
 * - `mismatch`: a row of this import is not as imported, and no named change made it so.
 * - `altered`: a row that is not this import's, and not as the history's last change left it.
 */
export function judge(domain: string, importId: string, { expected, explained, actual }: Candidate): Finding {
  const { change } = explained;
  if (actual === expected) return { kind: "equal" };
  const named = change !== null && change.digest === (actual === undefined ? null : digestText(actual));
  const others = change !== null && change.importId !== importId;
  if (named && others) {
    // What another import added is its own contribution; what people wrote is worth showing.
    if (expected === undefined && change.importId !== null) return { kind: "foreign" };
    const { op, author, at, seq } = change;
    return { kind: "changed", change: { domain, id: explained.id, op, author, at, seq } };
  }
  if (actual === undefined) return { kind: "missing" };
  if (expected !== undefined) return { kind: "mismatch" };
  return { kind: others ? "altered" : "extra" };
}

/** The fields in which two records differ; without a look at the values unless they are to be shown. */
export function fieldDifferences(
  domain: Domain,
  { expected, actual, show }: { expected: AnyRecord; actual: Readonly<Record<string, unknown>>; show: boolean },
): FieldDifference[] {
  const names = ["externalId", ...domain.fieldNames, "extra"];
  const differing = names
    .map((field) => ({ field, expected: jsonOf(expected[field]), actual: jsonOf(actual[field]) }))
    .filter((d) => d.expected !== d.actual)
    .map((d) => (show ? d : { field: d.field, expected: hashOf(d.expected), actual: hashOf(d.actual) }));
  // The digest is taken of the stored text: white space put into a JSON column by hand moves it, and no field.
  return differing.length > 0 ? differing : [{ field: "(stored form)", expected: "as imported", actual: "rewritten" }];
}

const jsonOf = (value: unknown): string => JSON.stringify(value ?? null);
const hashOf = (text: string): string => `sha256:${bytesToHex(sha256(new TextEncoder().encode(text))).slice(0, 16)}`;

/** Both directions must come out even: what is missing and what is too much cannot cancel each other unseen. */
export function countMismatch(
  domain: string,
  counts: { expected: number; actual: number },
  differences: readonly Difference[],
): Difference | null {
  const of = (kind: Difference["kind"]): number =>
    differences.filter((d) => d.domain === domain && d.kind === kind).length;
  return of("missing_record") === of("extra_record") ? null : { kind: "count_mismatch", domain, ...counts };
}
