/** The independent accounting: every leaf of an entry's archived text must really be where the transform says. */
import type { AnyRecord, DomainSet } from "../../domain/define-domain.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { RecordId } from "../../domain/ids.ts";
import { atPointer, isJsonObject } from "../../domain/json.ts";
import type { Claim, Part, TransformedEntry } from "../types.ts";
import { type Leaf, type Leaves, readLeaves } from "./leaves.ts";
import { isDerived, isVerbatim, sameJson } from "./same-value.ts";

export interface AccountingOptions {
  readonly domains: DomainSet;
  /** A record that another entry turned into. */
  readonly lookupRecord: (domain: string, id: RecordId) => AnyRecord | undefined;
  /** Does the school hold this record, of which the source has none? */
  readonly isKnown?: (domain: string, id: RecordId) => boolean;
  /** The id that a legacy id becomes in a space without records of its own (`session`). */
  readonly derivedId: (space: string, legacyId: string) => string;
  /** The day from which the layout counts days. */
  readonly dayZero?: string | null;
  /** The layout's words for "none". */
  readonly none: ReadonlySet<string>;
}

/** A leaf that is not where it should be. */
export interface Unaccounted {
  readonly entry: number;
  readonly path: string;
  readonly why: string;
}

/** Id columns that are no reference, and the space their ids come from. */
const idSpaces: Readonly<Record<string, string>> = { sessionId: "session" };

/** What of one entry is not accounted for; nothing when all is well. */
export function accountFor(text: string, transformed: TransformedEntry, options: AccountingOptions): Unaccounted[] {
  const account = new Account(text, transformed, options);
  return account.run();
}

/** @throws LEAF_UNACCOUNTED naming the first entry and path */
export function assertAccounted(text: string, transformed: TransformedEntry, options: AccountingOptions): void {
  const [first, ...more] = accountFor(text, transformed, options);
  if (!first) return;
  const { key, position, no } = transformed.entry;
  throw new AdapterError(
    "LEAF_UNACCOUNTED",
    `Entry ${no} (${key}[${position}]): the value at ${first.path || "/"} reached no record: ${first.why}.`,
    { place: `${key}[${position}]${first.path}`, facts: { entry: no, path: first.path, others: more.length } },
  );
}

class Account {
  readonly #records = new Map<string, AnyRecord>();
  readonly #claims = new Map<string, Claim[]>();
  readonly #whole: Claim[] = [];
  #read: Leaves = { leaves: [], lengths: new Map(), errors: [] };

  constructor(
    readonly text: string,
    readonly transformed: TransformedEntry,
    readonly options: AccountingOptions,
  ) {
    for (const part of transformed.parts)
      if (part.record) this.#records.set(`${part.domain}/${part.record.id}`, part.record);
    for (const claim of transformed.claims) {
      if (claim.to === "part") this.#whole.push(claim);
      const same = this.#claims.get(claim.path);
      if (same) same.push(claim);
      else this.#claims.set(claim.path, [claim]);
    }
  }

  run(): Unaccounted[] {
    const no = this.transformed.entry.no;
    if (this.transformed.parts.length === 0) return [{ entry: no, path: "", why: "the entry has no part" }];
    // An entry that could not be read has no leaves; its text as a whole is what must be there.
    const whole = this.#claims.get("")?.find((claim) => claim.to === "part");
    if (whole) {
      const why = this.#inPart(whole, { path: "", value: {} });
      return why === null ? [] : [{ entry: no, path: "", why }];
    }
    this.#read = readLeaves(this.text);
    const missing: Unaccounted[] = this.#read.errors.map((offset) => ({
      entry: no,
      path: "",
      why: `the text is no JSON at offset ${offset}`,
    }));
    for (const leaf of this.#read.leaves) {
      for (const why of this.#judge(leaf)) missing.push({ entry: no, path: leaf.path, why });
    }
    return missing;
  }

  /** What is wrong with a leaf: it has no claim, or one that does not hold. */
  #judge(leaf: Leaf): string[] {
    const claims = this.#claims.get(leaf.path) ?? this.#whole.filter((claim) => leaf.path.startsWith(`${claim.path}/`));
    if (claims.length === 0) return ["nothing says where it went"];
    return claims.map((claim) => this.#check(claim, leaf)).filter((why) => why !== null);
  }

  #check(claim: Claim, leaf: Leaf): string | null {
    switch (claim.to) {
      case "column":
        return this.#inColumn(claim, leaf);
      case "extra": {
        const record = this.#record(claim.domain, claim.id);
        if (!record) return `there is no record ${claim.domain}/${claim.id}`;
        return sameJson(atPointer(record.extra, claim.at), leaf.value) ? null : `extra has not got it at ${claim.at}`;
      }
      case "part":
        return this.#inPart(claim, leaf);
      case "excluded":
        return this.#excluded(claim, leaf);
    }
  }

  #record(domain: string, id: RecordId): AnyRecord | undefined {
    return this.#records.get(`${domain}/${id}`) ?? this.options.lookupRecord(domain, id);
  }

  #inColumn(claim: Extract<Claim, { to: "column" }>, leaf: Leaf): string | null {
    const record = this.#record(claim.domain, claim.id);
    if (!record) return `there is no record ${claim.domain}/${claim.id}`;
    const domain = this.options.domains.get(claim.domain);
    const field = domain.fields[claim.field];
    const column = record[claim.field];
    const wrong = `${claim.domain}.${claim.field} does not say it`;
    if (claim.at !== undefined) return sameJson(atPointer(column, claim.at), leaf.value) ? null : wrong;
    if (field?.kind === "id") return this.#isReference(claim, String(column), leaf) ? null : wrong;
    if (claim.derived) return isDerived(field, column, leaf.value, this.options.dayZero) ? null : wrong;
    return isVerbatim(column, leaf.value) ? null : wrong;
  }

  /** A reference column holds the id of the record whose legacy id (or, without one, whose name) the leaf is. */
  #isReference(claim: Extract<Claim, { to: "column" }>, column: string, leaf: Leaf): boolean {
    const text = String(leaf.value);
    const to = this.options.domains.get(claim.domain).references[claim.field]?.to;
    if (to === undefined) return column === this.options.derivedId(idSpaces[claim.field] ?? claim.field, text);
    const target = this.#record(to, column as RecordId);
    if (!target && this.options.isKnown?.(to, column as RecordId)) return column === this.options.derivedId(to, text);
    return target !== undefined && (target.externalId === text || (leaf.value !== "" && target.name === leaf.value));
  }

  #inPart(claim: Claim, leaf: Leaf): string | null {
    const part = claim.to === "part" ? this.transformed.parts.find((p) => p.no === claim.part) : undefined;
    if (!part || part.record !== null) return "the part that should hold it is not there";
    if (claim.path === "") return holdsText(part, this.text) ? null : "the part does not hold the entry's text";
    const below = atPointer(part.payload, leaf.path.slice(claim.path.length));
    return sameJson(below, leaf.value) ? null : `part ${part.no} does not hold it`;
  }

  #excluded(claim: Extract<Claim, { to: "excluded" }>, leaf: Leaf): string | null {
    const { value } = leaf;
    switch (claim.reason) {
      case "EMPTY":
        return value === null || value === "" || typeof value === "object" ? null : "it is not empty";
      case "NONE":
        return typeof value === "string" && this.options.none.has(value) ? null : "it does not mean none";
      case "COUNT":
        return this.#read.lengths.get(claim.of ?? "") === value ? null : "it is not the length of the list";
      case "COPY": {
        const record = claim.copyOf && this.#record(claim.copyOf.domain, claim.copyOf.id);
        return record && record[claim.copyOf?.field ?? ""] === value ? null : "it is no copy of what it should copy";
      }
      case "REVERSE": {
        const record = claim.copyOf && this.#record(claim.copyOf.domain, claim.copyOf.id);
        const named = record?.[claim.copyOf?.field ?? ""];
        const isOurs = this.transformed.parts.some((part) => part.record?.id === named);
        return isOurs && record?.externalId === String(value) ? null : "no other record says it";
      }
    }
  }
}

/** The text, or its first 10,000 characters; what PostgreSQL cannot store is replaced one for one. */
function holdsText(part: Part, text: string): boolean {
  const held = part.record === null && isJsonObject(part.payload) ? part.payload.text : undefined;
  if (typeof held !== "string" || held.length !== Math.min(text.length, 10_000)) return false;
  for (let at = 0; at < held.length; at++) if (held[at] !== text[at] && held[at] !== "\uFFFD") return false;
  return true;
}
