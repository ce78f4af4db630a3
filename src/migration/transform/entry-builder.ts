/** Collects what one legacy entry turns into. */
import type { AnyRecord } from "../../domain/define-domain.ts";
import type { RecordId } from "../../domain/ids.ts";
import type { Json } from "../../domain/json.ts";
import type { Claim, LegacyEntry, Part, TransformedEntry } from "../types.ts";
import { domainOf, type TransformContext } from "./context.ts";

type Without<T> = T extends unknown ? Omit<T, "no"> : never;

/** Most characters of an entry's text that a quarantined part carries; the archive holds all of it. */
export const maxPayloadText = 10_000;

export class EntryBuilder {
  readonly #parts: Part[] = [];
  readonly claims: Claim[] = [];

  constructor(
    readonly context: TransformContext,
    readonly entry: LegacyEntry,
  ) {}

  /** Where this entry stands, for people. */
  get place(): string {
    return `${this.entry.key}[${this.entry.position}]${this.entry.legacyId === null ? "" : ` (${this.entry.legacyId})`}`;
  }

  #add(part: Without<Part>): number {
    const no = this.#parts.length + 1;
    this.#parts.push({ no, ...part } as Part);
    return no;
  }

  record(domain: string, path: string, record: AnyRecord): void {
    this.#add({ domain, path, record });
  }

  /** Something that another record says already. */
  merged(domain: string, path: string, recordId: RecordId | null, payload: Json = null): number {
    return this.#add({ domain, path, record: null, outcome: "merged", recordId, reason: "EQUAL", payload });
  }

  /** Something that a record of another import says already; the value itself is kept in the part. */
  mergedOutside(domain: string, path: string, recordId: RecordId, value: Json): void {
    this.claims.push({ path, to: "part", part: this.merged(domain, path, recordId, value) });
  }

  /** A reference to nobody: the record is written without it, the value is kept here. */
  orphan(domain: string, path: string, value: Json): void {
    this.quarantine(domain, path, "ORPHAN", value);
    this.context.log.add(
      {
        severity: "note",
        code: "ORPHAN",
        domain,
        message: "A reference names a record that is not there; it is set aside and the record is kept.",
      },
      `${this.place}${path}`,
    );
  }

  /** A value below the entry that cannot become a record of its own. */
  quarantine(domain: string, path: string, reason: string, value: Json): void {
    const part = this.#add({
      domain,
      path,
      record: null,
      outcome: "quarantined",
      recordId: null,
      reason,
      payload: value,
    });
    this.claims.push({ path, to: "part", part });
  }

  done(): TransformedEntry {
    return { entry: this.entry, parts: this.#parts, claims: this.claims };
  }
}

/** Thrown by a builder whose entry cannot become records as a whole. */
export class EntryRefused extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** An entry that ends as it stands, with one part and one claim for all of it. */
export function wholeEntry(
  context: TransformContext,
  entry: LegacyEntry,
  outcome: "merged" | "quarantined" | "excluded",
  reason: string,
  recordId: RecordId | null = null,
): TransformedEntry {
  const text = storable(context.textOf(entry).slice(0, maxPayloadText));
  const domain = domainOf(entry.kind);
  return {
    entry,
    parts: [{ no: 1, domain, path: "", record: null, outcome, recordId, reason, payload: { text } }],
    claims: [{ path: "", to: "part", part: 1 }],
  };
}

const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");
