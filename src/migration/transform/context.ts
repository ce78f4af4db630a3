/** What all builders of one transform share: where ids come from, how the layout reads, who is known. */
import type { Domain, DomainSet } from "../../domain/define-domain.ts";
import type { Namespace } from "../../domain/ids.ts";
import type { EntryKind, LegacyKind } from "../../domain/legacy.ts";
import type { Layout } from "../../school/legacy/layout.ts";
import type { IsKnown } from "../reading.ts";
import type { LegacyEntry } from "../types.ts";
import type { FindingLog } from "./finding-log.ts";
import type { LegacyIndex } from "./legacy-index.ts";

export interface TransformOptions {
  readonly namespace: Namespace;
  readonly layout: Layout;
  readonly domains: DomainSet;
  /** The text of an entry as it stood in its value. */
  readonly textOf: (entry: LegacyEntry) => string;
  /** True for an entry that equals a demo record of the old app and is to be left out. */
  readonly isDemo?: (entry: LegacyEntry) => boolean;
  /** True for a record that the source does not hold and the school already does. */
  readonly isKnown?: IsKnown;
}

export interface TransformContext extends TransformOptions {
  readonly index: LegacyIndex;
  readonly log: FindingLog;
  /** By kind: origin field name → the other names it goes by. */
  readonly otherNames: ReadonlyMap<EntryKind, ReadonlyMap<string, readonly string[]>>;
}

const domainOfKind: Readonly<Record<LegacyKind, string>> = {
  student: "students",
  teacher: "teachers",
  classroom: "classrooms",
  class: "classes",
  enrollment: "enrollments",
  session: "session",
  mark: "attendance",
  ledger: "ledger",
  assessment: "assessments",
  grade: "grades",
  obligation: "paymentObligations",
  payment: "payments",
  privateLesson: "privateLessons",
  term: "terms",
};

/** The space in which a kind's legacy ids are unique: its domain, or one of its own for registers and ledgers. */
export const idSpaceOf = (kind: EntryKind): string =>
  kind.startsWith("domain:") ? kind.slice("domain:".length) : domainOfKind[kind as LegacyKind];

/** The domain to which an entry's parts belong. */
export const domainOf = (kind: EntryKind): string =>
  kind === "session" || kind === "ledger" ? "attendance" : idSpaceOf(kind);

export function otherNamesOf(layout: Layout): TransformContext["otherNames"] {
  const result = new Map<EntryKind, Map<string, string[]>>();
  for (const [kind, aliases] of layout.aliases) {
    const byName = new Map<string, string[]>();
    for (const [from, to] of aliases) byName.set(to, [...(byName.get(to) ?? []), from]);
    result.set(kind, byName);
  }
  return result;
}

/** @throws NOT_FOUND when the caller's domains lack one that the data needs */
export const domainNamed = (context: TransformOptions, name: string): Domain => context.domains.get(name);
