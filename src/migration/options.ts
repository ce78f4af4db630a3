/** What `migrate`, `verify`, `repair` and `rollback` are given and what they give back. */
import type { DomainSet } from "../domain/define-domain.ts";
import type { SchoolId } from "../domain/ids.ts";
import type { BackupReceipt } from "./backup/backup.ts";
import type { Journal } from "./journal.ts";
import type { ReadSource } from "./reading.ts";
import type { LegacySource, Outcome } from "./types.ts";

/** How to reach the server. Everything outside is passed in. */
export interface RemoteOptions {
  /** The global one for a real address, `createServer(…).fetch` for a server in this process. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** Up to, not including, `/api`; without a slash at the end. */
  readonly baseUrl: string;
  /** A bearer token, or a function that gives a fresh one. */
  readonly token: string | (() => string | Promise<string>);
  /** Waits; milliseconds. Ends early, by throwing, when the signal says so. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to below 1; spreads the retries. */
  readonly random: () => number;
  /** How often a request that failed in passing is sent again; 5 unless told. */
  readonly retries?: number;
  /** Stops at the next request boundary with INTERRUPTED; what was done stays, and the same call goes on from there. */
  readonly signal?: AbortSignal;
}

/** What every call needs to know. */
export interface MigrationBase {
  readonly remote: RemoteOptions;
  readonly school: SchoolId;
  readonly domains: DomainSet;
  /** How a source is read: `readSource(layout)`, or a reader of one's own. The known layouts unless told. */
  readonly read?: ReadSource;
}

export type Step = "open" | "archive" | "audit" | "backup" | "entries" | "backfill" | "seal" | "verify" | "proof";

/** How far a step is; `done === total` exactly once, at its end. */
export interface Progress {
  readonly step: Step;
  readonly done: number;
  readonly total: number;
  readonly unit: "values" | "bytes" | "entries" | "parts" | "requests";
  /** The domain that is being sent, in `backfill`. */
  readonly domain?: string;
}
export type OnProgress = (progress: Progress) => void;

export interface MigrateOptions extends MigrationBase {
  readonly source: LegacySource;
  /** `shared`: the school's browsers held one data set; `own`: this one held a data set of its own. `shared` unless told. */
  readonly namespace?: "shared" | "own";
  /** Makes a backup and proves its restore; called before the first record is written. Not called by a dry run. */
  readonly backup: () => Promise<BackupReceipt>;
  /** Where the journal is kept; in memory unless told. */
  readonly journal?: Journal;
  /** Everything but the writes; nothing is sent to the server. */
  readonly dryRun?: boolean;
  /** Go on although the source holds no entry; else SOURCE_EMPTY. */
  readonly allowEmpty?: boolean;
  /** Bytes of a backfill request; 3 MiB unless told. */
  readonly batchBytes?: number;
  /** Milliseconds, for the estimate and the time in the report; no time is reported without it. */
  readonly clock?: () => number;
}

export interface LedgerReport {
  readonly entries: number;
  readonly parts: number;
  readonly balanced: boolean;
  /** Entries by outcome. */
  readonly byOutcome: Readonly<Record<Outcome, number>>;
  readonly partsByOutcome: Readonly<Record<Outcome, number>>;
}

export interface MigrateReport<Audit = unknown> {
  readonly dryRun: boolean;
  /** `null` in a dry run. */
  readonly importId: string | null;
  readonly source: { readonly name: string; readonly container: string; readonly fingerprint: string };
  /** In a dry run: what the transform expects. */
  readonly ledger: LedgerReport;
  readonly domains: Readonly<Record<string, { readonly records: number }>>;
  /** `null` in a dry run. */
  readonly verification: Verification | null;
  readonly audit: Audit;
  /** `null` in a dry run. */
  readonly backup: BackupReceipt | null;
  /** `null` in a dry run. */
  readonly proof: Proof | null;
  /** In a dry run: how long the real one would take, and what that is based on. */
  readonly estimate: { readonly seconds: number; readonly basis: string } | null;
  /** Of this run alone, by step; empty without a clock. */
  readonly milliseconds: Readonly<Record<string, number>>;
  readonly requests: number;
}

export interface VerifyOptions extends MigrationBase {
  readonly importId: string;
  /** What was imported; without it the server's archive is read again and transformed. */
  readonly source?: LegacySource;
  /** Read every row of the import and compute its digest here. */
  readonly deep?: boolean;
  /** Show the values of differing fields; else only their hashes, because they may be about people. */
  readonly showValues?: boolean;
}

export interface FieldDifference {
  readonly field: string;
  /** A value in JSON, or `sha256:` and 16 digits of its hash. */
  readonly expected: string;
  readonly actual: string;
}

export type Difference =
  | {
      readonly kind: "missing_record";
      readonly domain: string;
      readonly id: string;
      readonly externalId: string | null;
    }
  | { readonly kind: "extra_record"; readonly domain: string; readonly id: string; readonly externalId: string | null }
  | {
      readonly kind: "data_mismatch";
      readonly domain: string;
      readonly id: string;
      readonly externalId: string | null;
      readonly fields: readonly FieldDifference[];
    }
  | {
      readonly kind: "count_mismatch";
      readonly domain: string;
      readonly expected: number;
      readonly actual: number;
    };

/** A record that a named mutation changed after the import; no difference. */
export interface ChangedSince {
  readonly domain: string;
  readonly id: string;
  readonly op: string;
  readonly author: string;
  readonly at: string;
  readonly seq: number;
}

export interface Verification {
  readonly importId: string;
  /** What is on the server is what was imported, but for what named mutations did since. */
  readonly equal: boolean;
  readonly deep: boolean;
  /** The server's state that was compared. */
  readonly seq: number;
  /** Records expected and records found (of the whole school), and their digest sums. */
  readonly domains: Readonly<
    Record<
      string,
      {
        readonly expected: number;
        readonly actual: number;
        readonly expectedSum: string;
        readonly actualSum: string;
      }
    >
  >;
  readonly differences: readonly Difference[];
  readonly changedSince: readonly ChangedSince[];
  readonly requests: number;
  readonly bytes: number;
}

export interface RepairOptions extends MigrationBase {
  readonly importId: string;
  readonly source?: LegacySource;
  /** Of a run of `verify` with the same import. Made anew when it is left out. */
  readonly verification?: Verification;
  /** `false`: only the plan. */
  readonly apply: boolean;
  readonly showValues?: boolean;
}

export interface RepairPlan {
  readonly put: readonly { readonly domain: string; readonly id: string; readonly because: Difference["kind"] }[];
  readonly remove: readonly { readonly domain: string; readonly id: string }[];
}

export interface RepairReport {
  readonly plan: RepairPlan;
  readonly applied: boolean;
  readonly put: number;
  readonly removed: number;
  /** After the repair; of before when nothing was applied. */
  readonly verification: Verification;
}

export interface RollbackOptions {
  readonly remote: RemoteOptions;
  readonly importId: string;
  /** Says what would be removed; removes nothing. */
  readonly dryRun: boolean;
}

export interface RollbackReport {
  readonly dryRun: boolean;
  readonly removed: Readonly<Record<string, number>>;
  /** Rows that were changed since and are not exported; with any of them a rollback is refused. */
  readonly changed: readonly { readonly domain: string; readonly id: string }[];
}

/** The end of a migration in plain words and in numbers. Stored on the server. */
export interface Proof {
  readonly format: "hybrid-data-adapter/proof@1";
  readonly importId: string;
  readonly school: string;
  readonly source: { readonly name: string; readonly container: string; readonly fingerprint: string };
  readonly ledger: LedgerReport;
  readonly domains: Readonly<Record<string, { readonly records: number; readonly digest: string }>>;
  readonly verification: {
    readonly equal: boolean;
    readonly seq: number;
    readonly differences: number;
    readonly changedSince: number;
  };
  readonly backup: BackupReceipt | null;
  /** What did not become a row as it stood: reason → number of parts. */
  readonly exceptions: Readonly<Record<string, number>>;
  /** The same for people. */
  readonly text: string;
}
