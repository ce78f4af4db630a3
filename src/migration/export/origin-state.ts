/** What became of an import's records since: unchanged, changed, gone, or made later. */
import type { AnyRecord, DomainSet } from "../../domain/define-domain.ts";
import { canonicalText } from "../../domain/digest.ts";
import { AdapterError } from "../../domain/errors.ts";
import type { RecordId } from "../../domain/ids.ts";
import type { RecordsByDomain } from "../backup/content.ts";
import type { TransformedEntry } from "../types.ts";

export const keyOf = (domain: string, id: string): string => `${domain}/${id}`;

/** A value for which the old layout has no place; it is on the server and in the other exports. */
export interface Unplaced {
  readonly domain: string;
  readonly id: string;
  /** `""`: the whole record. */
  readonly field: string;
}

export interface OriginState {
  readonly domains: DomainSet;
  /** Records as they are, by domain and id. */
  readonly now: ReadonlyMap<string, AnyRecord>;
  /** Records that changed, as they were imported. */
  readonly was: ReadonlyMap<string, AnyRecord>;
  readonly gone: ReadonlySet<string>;
  readonly created: ReadonlyMap<string, readonly AnyRecord[]>;
  /** The number of the entry that a record is in, by domain and id; `session` stands for a register. */
  readonly home: ReadonlyMap<string, number>;
  readonly unplaced: Unplaced[];
  isImported(entry: number, part: number): boolean;
}

export interface StateInput {
  readonly domains: DomainSet;
  readonly transformed: Iterable<TransformedEntry>;
  readonly current: RecordsByDomain;
  readonly isImported: (entry: number, part: number) => boolean;
}

export function originState({ domains, transformed, current, isImported }: StateInput): OriginState {
  const now = new Map<string, AnyRecord>();
  for (const [domain, list] of Object.entries(current)) for (const r of list) now.set(keyOf(domain, r.id), r);
  const [was, gone, seen, home] = [
    new Map<string, AnyRecord>(),
    new Set<string>(),
    new Set<string>(),
    new Map<string, number>(),
  ];
  for (const { entry, parts } of transformed) {
    for (const part of parts) {
      const id = idOfPart(part);
      if (id === null || !isImported(entry.no, part.no)) continue;
      const key = keyOf(part.domain, id);
      seen.add(key);
      const is = now.get(key);
      if (!is) gone.add(key);
      if (!part.record) continue;
      // A mark that stands alone belongs to no register that another mark could join.
      if (part.domain === "attendance" && part.record.sessionId !== null)
        home.set(keyOf("session", String(part.record.sessionId)), entry.no);
      if (part.path === "") home.set(key, entry.no);
      const domain = domains.get(part.domain);
      if (is && canonicalText(domain, is) !== canonicalText(domain, part.record)) was.set(key, part.record);
    }
  }
  const created = new Map<string, AnyRecord[]>();
  for (const domain of domains.all)
    created.set(
      domain.name,
      (current[domain.name] ?? []).filter((r) => !seen.has(keyOf(domain.name, r.id))),
    );
  for (const name of Object.keys(current))
    if (!domains.has(name)) throw new AdapterError("NOT_FOUND", `There is no domain ${name}.`);
  return { domains, now, was, gone, created, home, unplaced: [], isImported };
}

/** The id by which the old app knows a record. */
export function legacyIdOf(state: OriginState, domain: string, id: unknown): string {
  if (typeof id !== "string") return "";
  return state.now.get(keyOf(domain, id))?.externalId ?? id;
}

/** The record that a part became or was merged into. */
export const idOfPart = (part: TransformedEntry["parts"][number]): RecordId | null =>
  part.record ? part.record.id : part.outcome === "merged" ? part.recordId : null;

export const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
