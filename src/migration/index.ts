/**
 * `hybrid-data-adapter/migration`: moves what a school's browser held into PostgreSQL, proves it, mends it, takes it back.
 *
 * Every call takes its network, clock and randomness from the caller.
 */

// What a browser held
export { type AuditReport, audit } from "./audit/audit.ts";
export { auditText } from "./audit/audit-text.ts";
// Copies, and the way back
export { type BackupReceipt, createBackup, proveBackup, readBackup } from "./backup/backup.ts";
export type { BackupContent, RecordsByDomain } from "./backup/content.ts";
export { type ConflictsOptions, listConflicts, type People, peopleOf, resolveConflicts } from "./decisions.ts";
export { type ExportFile, exportCsv, exportJson, exportSql } from "./export/flat.ts";
export { type ExportOrigin, exportOrigin, type OriginExport, originText } from "./export/origin.ts";
// The way there
export { type Journal, type JournalState, memoryJournal } from "./journal.ts";
export { migrate } from "./migrate.ts";
export type {
  ChangedSince,
  Difference,
  FieldDifference,
  LedgerReport,
  MigrateOptions,
  MigrateReport,
  MigrationBase,
  OnProgress,
  Progress,
  Proof,
  RemoteOptions,
  RepairOptions,
  RepairPlan,
  RepairReport,
  RollbackOptions,
  RollbackReport,
  Step,
  Verification,
  VerifyOptions,
} from "./options.ts";
export { type DemoRecords, readSource } from "./read-source.ts";
export type { Reading, ReadSource } from "./reading.ts";
// The server, call by call
export { type Remote, remote } from "./remote.ts";
export { repair, repairPlan } from "./repair.ts";
export { rollback } from "./rollback.ts";
export { openSource, sourceFromStorage, sourceFromText } from "./source/open-source.ts";
export { readEntries } from "./source/read-entries.ts";
export type { LegacyEntry, LegacySource, LegacyValue, Outcome, Part, TransformedEntry } from "./types.ts";
// Proof
export { verify } from "./verify.ts";
