/** Turns legacy entries into records, parts and claims, one entry at a time. */
import { isAdapterError } from "../../domain/errors.ts";
import type { RecordId } from "../../domain/ids.ts";
import type { LegacyKind } from "../../domain/legacy.ts";
import type { Finding, LegacyEntry, Severity, TransformedEntry } from "../types.ts";
import { domainOf, otherNamesOf, type TransformContext, type TransformOptions } from "./context.ts";
import { EntryBuilder, EntryRefused, wholeEntry } from "./entry-builder.ts";
import { FindingLog } from "./finding-log.ts";
import { buildClass } from "./kinds/class.ts";
import { buildDeclared } from "./kinds/declared.ts";
import { buildGrade } from "./kinds/grade.ts";
import { buildLedger } from "./kinds/ledger.ts";
import { buildAssessment, buildEnrollment, buildObligation, buildPayment, buildPlain } from "./kinds/plain.ts";
import { buildPrivateLesson } from "./kinds/private-lesson.ts";
import { buildMark, buildSession } from "./kinds/session.ts";
import { buildStudent } from "./kinds/student.ts";
import { buildTeacher } from "./kinds/teacher.ts";
import { LegacyIndex } from "./legacy-index.ts";
import { NaturalKeys } from "./natural-keys.ts";

export type { TransformOptions } from "./context.ts";

const builders: Readonly<Record<LegacyKind, (entry: EntryBuilder) => void>> = {
  student: buildStudent,
  teacher: buildTeacher,
  classroom: buildPlain,
  class: buildClass,
  enrollment: buildEnrollment,
  session: buildSession,
  mark: buildMark,
  ledger: buildLedger,
  assessment: buildAssessment,
  grade: buildGrade,
  obligation: buildObligation,
  payment: buildPayment,
  privateLesson: buildPrivateLesson,
  term: buildPlain,
};

/** The entries with what they turn into, in their order; each run over it gives the same. */
export interface Transformation extends Iterable<TransformedEntry> {
  /** What one of the entries turns into. */
  of(entry: LegacyEntry): TransformedEntry;
  /** What was noticed on the last complete run. */
  findings(): readonly Finding[];
  /** Ids that the entries transformed so far named and the source does not hold, by domain. */
  outside(): ReadonlyMap<string, ReadonlySet<RecordId>>;
  /** Id of the record that a legacy id of a domain (or of `session`) becomes, whether or not it is there. */
  idOf(domain: string, legacyId: string): string;
}

/**
 * Turns entries into records, parts and claims. Everything is derived from the entries and the options: the same input
 * gives the same output, so a second import is the same import.
 * @throws NOT_FOUND when `domains` lacks a domain that an entry needs
 */
export function transform(entries: readonly LegacyEntry[], options: TransformOptions): Transformation {
  const log = new FindingLog();
  const known = { ...options, log, otherNames: otherNamesOf(options.layout) };
  const index = new LegacyIndex(known, entries);
  const context: TransformContext = { ...known, index };
  // Asked for again and again; what it notices was noticed on the run over all.
  const quiet: TransformContext = { ...context, log: new FindingLog() };
  return {
    *[Symbol.iterator]() {
      log.clear();
      const names = new NaturalKeys(log);
      for (const entry of entries) {
        const transformed = transformEntry(context, entry);
        for (const part of transformed.parts) {
          if (part.record) names.see(options.domains.get(part.domain), part.record, `${entry.key}[${entry.position}]`);
        }
        yield transformed;
      }
    },
    of: (entry) => transformEntry(quiet, entry),
    findings: () => log.findings(),
    outside: () => index.missing,
    idOf: (domain, legacyId) => index.find(domain, legacyId)?.id ?? index.derive(domain, legacyId),
  };
}

function transformEntry(context: TransformContext, entry: LegacyEntry): TransformedEntry {
  const standing = context.index.standing(entry);
  if (standing) return ended(context, entry, standing);
  const builder = new EntryBuilder(context, entry);
  if (entry.legacyId === null || entry.legacyId === "")
    context.log.add(
      {
        severity: "note",
        code: "ID_MISSING",
        domain: domainOf(entry.kind),
        message: "A record has no id; it gets one from its content and place, so changing either makes another record.",
      },
      builder.place,
    );
  try {
    if (entry.kind.startsWith("domain:")) buildDeclared(builder);
    else builders[entry.kind as LegacyKind](builder);
    return builder.done();
  } catch (error) {
    const reason = error instanceof EntryRefused ? error.reason : isAdapterError(error) ? error.code : null;
    if (reason === null || reason === "NOT_FOUND") throw error;
    return ended(context, entry, { outcome: "quarantined", reason });
  }
}

type Ending = Exclude<ReturnType<LegacyIndex["standing"]>, null>;

function ended(context: TransformContext, entry: LegacyEntry, ending: Ending): TransformedEntry {
  const place = `${entry.key}[${entry.position}]`;
  if (ending.outcome === "merged") {
    const id = entry.kind === "session" ? null : context.index.idOf(ending.first);
    context.log.add(
      {
        severity: "note",
        code: "DUPLICATE_EQUAL",
        domain: domainOf(entry.kind),
        message: "The same record is stored twice.",
      },
      place,
    );
    return wholeEntry(context, entry, "merged", "EQUAL", id);
  }
  context.log.add(
    {
      severity: severities[ending.reason] ?? "ask",
      code: ending.reason,
      domain: domainOf(entry.kind),
      message: messages[ending.reason] ?? messages.other,
    },
    place,
  );
  return wholeEntry(context, entry, ending.outcome, ending.reason);
}

/** What a human is not asked about; a value that cannot be read blocks the cutover until somebody decides (B1). */
const severities: Readonly<Record<string, Severity>> = {
  SOURCE_CORRUPT: "blocks",
  EMPTY_SESSION: "note",
  ORPHAN: "note",
};

const messages: Readonly<Record<string, string>> & { readonly other: string } = {
  DEMO: "A record equals a demo record of the old app; it is proposed to leave it out.",
  ID_AMBIGUOUS: "One id belongs to two different records; both are quarantined, none is guessed.",
  EMPTY_SESSION: "A register has no marks; it is quarantined as it stands.",
  RECORD_INVALID: "An element is no record, or lacks what a record must have (a name); it is quarantined as it stands.",
  SOURCE_CORRUPT: "An element could not be read; it is quarantined as it stands.",
  ORPHAN: "A record names somebody who is not there and means nothing without; it is quarantined as it stands.",
  other: "An element cannot be stored as it is; it is quarantined as it stands.",
};
