/** Builds one record out of an object of an entry, and says of every leaf where it went. */
import type { Domain } from "../../domain/define-domain.ts";
import type { RecordId } from "../../domain/ids.ts";
import { type Json, pointerStep } from "../../domain/json.ts";
import { emptyRecord, parseRecord } from "../../domain/record.ts";
import type { ExclusionReason } from "../types.ts";
import { convert, idText } from "./convert.ts";
import type { EntryBuilder } from "./entry-builder.ts";
import { type Found, isEmpty, leavesOf, type SourceObject } from "./source-object.ts";

/** What is known about the record that a reference names. */
export interface Target {
  readonly id: RecordId;
  readonly name: string | null;
}

export interface RecordIdentity {
  readonly domain: Domain;
  readonly id: RecordId;
  readonly externalId: string | null;
}

export class RecordBuilder {
  readonly values: Record<string, unknown>;
  readonly extra: Record<string, unknown> = {};

  constructor(
    readonly entry: EntryBuilder,
    readonly source: SourceObject,
    readonly identity: RecordIdentity,
  ) {
    this.values = emptyRecord(identity.domain, identity.id, identity.externalId);
  }

  /** The leaf at `path` is in a column. */
  claim(path: string, field: string, derived = false, at?: string): void {
    const { domain, id } = this.identity;
    this.entry.claims.push({
      path,
      to: "column",
      domain: domain.name,
      id,
      field,
      ...(at === undefined ? {} : { at }),
      ...(derived ? { derived: true as const } : {}),
    });
  }

  /** The leaf that gave a reference column its value. */
  claimOf(field: string): string | null {
    const claim = this.entry.claims.find(
      (c) =>
        c.to === "column" && c.id === this.identity.id && c.domain === this.identity.domain.name && c.field === field,
    );
    return claim?.path ?? null;
  }

  exclude(path: string, reason: ExclusionReason, of?: string): void {
    this.entry.claims.push({ path, to: "excluded", reason, ...(of === undefined ? {} : { of }) });
  }

  /** Keeps a value as it stands, under the path that it had in the object. */
  keep(found: Found): void {
    if (isEmpty(found.value)) {
      this.exclude(found.path, "EMPTY");
      return;
    }
    // A mark that is a bare word has no field of its own: it is kept under the one that it means.
    const below = found.path === this.source.base ? pointerStep(found.key) : found.path.slice(this.source.base.length);
    const steps = below
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop() ?? found.key;
    let at: Record<string, unknown> = this.extra;
    for (const step of steps) {
      if (!Object.hasOwn(at, step)) at[step] = {};
      at = at[step] as Record<string, unknown>;
    }
    at[last] = found.value;
    const { domain, id } = this.identity;
    for (const leaf of leavesOf(found.value, found.path))
      this.entry.claims.push({
        path: leaf,
        to: "extra",
        domain: domain.name,
        id,
        at: below + leaf.slice(found.path.length),
      });
  }

  /** A legacy field into the column of its meaning; what does not fit stays in `extra`. */
  field(column: string, name = column): void {
    const found = this.source.take(name);
    if (found) this.put(column, found);
  }

  fields(...columns: readonly string[]): void {
    for (const column of columns) this.field(column);
  }

  put(column: string, found: Found): void {
    const field = this.identity.domain.fields[column];
    if (isEmpty(found.value)) {
      this.exclude(found.path, "EMPTY");
      return;
    }
    const { layout } = this.entry.context;
    const converted = field ? convert(field, found.value, layout, `${this.source.kind}.${column}`) : null;
    if (!field || !converted) {
      this.keep(found);
      if (field) this.#unfit(field.kind, column, found);
      return;
    }
    this.values[column] = converted.value;
    if (field.kind === "json") {
      for (const leaf of leavesOf(found.value, found.path))
        this.claim(leaf, column, false, leaf.slice(found.path.length));
      return;
    }
    this.claim(found.path, column, converted.derived);
    if (!converted.derived) return;
    this.keep(found);
    if (typeof found.value === "string" && isEitherWay(found.value)) this.#guessed(column, found);
  }

  #guessed(column: string, found: Found): void {
    const { log, layout } = this.entry.context;
    log.add(
      {
        severity: "ask",
        code: "DATE_ORDER",
        domain: this.identity.domain.name,
        message: `Day and month of ${column} could be swapped; it was read as ${layout.dates.join(", ")}. A layout can say otherwise.`,
      },
      `${this.entry.place}${found.path}`,
    );
  }

  #unfit(kind: string, column: string, found: Found): void {
    const isTime = kind === "date" || kind === "instant";
    this.entry.context.log.add(
      {
        severity: "note",
        code: isTime ? "DATE_INVALID" : "VALUE_UNFIT",
        domain: this.identity.domain.name,
        message: isTime
          ? `A value of ${column} is no date that can be told; the column stays empty, the value is kept in extra.`
          : `A value does not fit ${column}; the column stays empty, the value is kept in extra.`,
      },
      `${this.entry.place}${found.path}`,
    );
  }

  /** A reference by id, or by a name that only one record has. */
  reference(column: string, name: string, domain: string): Target | null {
    const found = this.source.take(name);
    return found ? this.refer(column, found, domain) : null;
  }

  refer(column: string, found: Found, domain: string): Target | null {
    const { layout, index } = this.entry.context;
    if (isEmpty(found.value)) {
      this.exclude(found.path, "EMPTY");
      return null;
    }
    if (typeof found.value === "string" && layout.none.has(found.value)) {
      this.exclude(found.path, "NONE");
      return null;
    }
    const text = typeof found.value === "object" ? null : idText(found.value);
    if (text === null) {
      this.keep(found);
      return null;
    }
    const target = index.find(domain, text) ?? index.named(domain, text) ?? index.outside(domain, text);
    if (!target) {
      this.entry.orphan(this.identity.domain.name, found.path, found.value as Json);
      return null;
    }
    this.values[column] = target.id;
    this.claim(found.path, column);
    return target;
  }

  /**
   * A name beside a reference: a copy of the named record's, or worth keeping. Where there is no id but a name, the name
   * is the reference when it is unique.
   */
  nameBeside(column: string, name: string, domain: string, target: Target | null): Target | null {
    const found = this.source.take(name);
    if (!found) return target;
    const known = target ?? (this.values[column] === null ? this.#byName(column, found, domain) : null);
    this.copy(found, domain, known);
    return known;
  }

  #byName(column: string, found: Found, domain: string): Target | null {
    const target = typeof found.value === "string" ? this.entry.context.index.named(domain, found.value) : null;
    if (!target) return null;
    this.values[column] = target.id;
    this.claim(found.path, column);
    return target;
  }

  /** A value that the named record's field says, too; else it is kept. */
  copy(found: Found, domain: string, target: Target | null): void {
    if (target && found.value !== "" && target.name === found.value) {
      this.entry.claims.push({
        path: found.path,
        to: "excluded",
        reason: "COPY",
        copyOf: { domain, id: target.id, field: "name" },
      });
    } else this.keep(found);
  }

  /** Sets a column that follows from a leaf elsewhere in the entry. */
  also(column: string, value: string, path: string): void {
    this.values[column] = value;
    this.claim(path, column);
  }

  /** The legacy id, which is the external id. */
  key(name = "id"): void {
    const found = this.source.take(name);
    if (!found) return;
    if (this.identity.externalId !== null && String(found.value) === this.identity.externalId)
      this.claim(found.path, "externalId");
    else this.keep(found);
  }

  /**
   * Puts everything that nobody took into `extra` and adds the record.
   * @throws the error of `parseRecord` when the record is still not one
   */
  finish(path = this.source.base): void {
    for (const found of this.source.rest()) this.keep(found);
    const { domain } = this.identity;
    this.values.extra = this.extra;
    this.entry.record(domain.name, path, parseRecord(domain, this.values));
  }
}

const eitherWay = /^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}$/;

/** True for a date that reads as a day whichever of its first two numbers is the month. */
function isEitherWay(text: string): boolean {
  const match = eitherWay.exec(text);
  return match !== null && Number(match[1]) <= 12 && Number(match[2]) <= 12 && match[1] !== match[2];
}

/** The place of an item of a list or map. */
export const itemOf = (list: Found, key: string | number, value: unknown): Found => ({
  key: String(key),
  path: list.path + pointerStep(key),
  value,
});
