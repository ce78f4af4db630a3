/** What every failure that a caller can see is made of: a stable code, what failed, and what to do. */

/** What a failure means for the one who retries: `recovery/` decides by this and never reads the words of a message. */
export type ErrorClass = "transient" | "consistency" | "auth" | "critical" | "input";

interface ErrorKind {
  /** HTTP status when it crosses the wire. */
  readonly status: number;
  readonly class: ErrorClass;
  /** What the caller can do about it, in a sentence. */
  readonly fix: string;
}

const kind = (status: number, cls: ErrorClass, fix: string): ErrorKind => ({ status, class: cls, fix });

/** Every code there is. A new failure gets a row here, and so a status, a class and an advice. */
export const errorKinds = {
  // reading what the browser held
  SOURCE_MISSING: kind(400, "input", "Check the path; a dump is a .json or .json.gz file."),
  SOURCE_CORRUPT: kind(422, "input", "Look at the value at the place named; the other keys go on. It stays archived."),
  SOURCE_UNKNOWN: kind(422, "input", "Say which domain it is with --domain, or declare its layout with --layout."),
  SOURCE_EMPTY: kind(422, "input", "If the school really is empty, say so with --yes."),
  SCHEMA_NEWER: kind(409, "input", "Update this program; until then the data is only read."),
  ID_INVALID: kind(422, "input", "Give the record an id that is a string of 1 to 500 characters, or a number."),
  ID_AMBIGUOUS: kind(422, "input", "Two different records carry this id; decide which one it belongs to."),
  TEXT_UNSUPPORTED: kind(422, "input", "Remove U+0000 and unpaired surrogates from the text."),
  UNSERIALIZABLE: kind(
    422,
    "input",
    "Store only JSON values: text, finite numbers, booleans, null, lists and objects.",
  ),
  PRECISION: kind(422, "input", "Write the number as text, so that no digit is lost."),
  AMBIGUOUS_JSON: kind(422, "input", "Write every key of an object once, in UTF-8."),
  DATE_INVALID: kind(422, "input", "Write the date as YYYY-MM-DD; the original value is kept in the ledger."),
  LIMIT: kind(413, "input", "Split the input; the limit is in the message."),
  ORPHAN: kind(422, "consistency", "The record that is named does not exist; create it or clear the reference."),
  // proving and moving
  LEDGER_UNBALANCED: kind(
    500,
    "critical",
    "Nothing is lost: the archive holds everything. Report this with the audit.",
  ),
  LEAF_UNACCOUNTED: kind(500, "critical", "A value of the source reached no record. Nothing was written; report this."),
  BACKUP_AUTH: kind(
    422,
    "input",
    "Wrong password, or the file is damaged or belongs to another school. Nothing was written.",
  ),
  BACKUP_UNPROVEN: kind(500, "critical", "The backup did not restore to what was backed up. Nothing was written."),
  CREATE_CREATE: kind(409, "consistency", "Another record has this id; the second one is stored and can be resolved."),
  ROLLBACK_CHANGED: kind(409, "consistency", "Export the changed records first, then roll back."),
  VERIFICATION_FAILED: kind(409, "consistency", "Look at the differences, then run repair."),
  CONFIRMATION_REQUIRED: kind(400, "input", "Add --yes, or answer the question on a terminal."),
  IMPORT_UNKNOWN: kind(404, "input", "Run status to see the imports of this school."),
  // the wire
  BAD_REQUEST: kind(400, "input", "The request does not fit its schema; the place is in the message."),
  RECORD_INVALID: kind(422, "consistency", "Correct the field that is named."),
  REFERENCE_MISSING: kind(422, "consistency", "Create the record that is named first, or clear the reference."),
  REFERENCED: kind(409, "consistency", "Delete or move the records that name it first."),
  UNIQUE_TAKEN: kind(409, "consistency", "A record with these values exists; change one of them."),
  VERSION_CONFLICT: kind(409, "consistency", "Read the record again and repeat the change on it."),
  PRECONDITION_REQUIRED: kind(428, "input", "Send If-Match with the version that was read."),
  CLIENT_FORKED: kind(409, "consistency", "Take a new client id, pull, and send the mutations again."),
  MUTATION_GAP: kind(409, "consistency", "Send the mutations from the one that is named."),
  EPOCH_STALE: kind(409, "consistency", "Take the epoch from the answer and send again with the same ids."),
  GROUP_REJECTED: kind(409, "consistency", "Mend the mutation that is named, then send the whole batch again."),
  CLIENT_OUTDATED: kind(409, "consistency", "Update this app; what waits is kept and goes out afterwards."),
  STAGE_MIXED: kind(409, "consistency", "Split the batch by domain."),
  RESYNC_REQUIRED: kind(409, "consistency", "Load a full snapshot, then go on from its cursor."),
  UNAUTHENTICATED: kind(401, "auth", "Sign in again, or make a token with the token command."),
  FORBIDDEN: kind(403, "auth", "Ask an administrator of the school."),
  NOT_FOUND: kind(404, "input", "Nothing with this name exists for you."),
  RATE_LIMITED: kind(429, "transient", "Wait for the time that Retry-After names."),
  SERVER_UNREACHABLE: kind(
    503,
    "transient",
    "Check the address and that the server runs; then run the same command again.",
  ),
  INTERRUPTED: kind(503, "transient", "What was done stays; run the same command again and it goes on from there."),
  SERVER_ANSWER: kind(502, "transient", "The answer is not this server's; check the address and what stands between."),
  // the store in the browser
  STORAGE_FULL: kind(507, "critical", "Free space on this device; nothing of the write was kept, so try it again."),
  STORAGE_LOST: kind(503, "critical", "Reload the page; what was acknowledged before is kept."),
  STORAGE_BLOCKED: kind(503, "critical", "Close or reload the other tabs of this app, then reload this one."),
  STORAGE_UNREADABLE: kind(
    503,
    "critical",
    "Reload the page; nothing was overwritten, and writes wait until it can be read.",
  ),
  STORAGE_UNAVAILABLE: kind(
    503,
    "critical",
    "Allow this site to keep data, or leave the private window; nothing can be kept here.",
  ),
  FENCED: kind(409, "transient", "Another tab leads by now; this one goes on as a follower."),
  STORE_CORRUPT: kind(500, "critical", "Nothing was overwritten; export what is there and restore a backup."),
  SCHEMA_MIGRATION_FAILED: kind(
    500,
    "critical",
    "The stored records are as they were. Mend the step that is named, or go back to the program before.",
  ),
  STORE_CLOSED: kind(409, "input", "Open the store again."),
  OUTCOME_UNKNOWN: kind(409, "consistency", "Compare it with the record as it is now; send it again, or give it up."),
  UNSENT_WRITES: kind(409, "input", "Connect and try again, or keep what exportUnsent() gives and log out with force."),
  OUTBOX_FULL: kind(507, "critical", "Let what waits go out first: connect, or sign in again."),
  // this installation
  CONFIG_INVALID: kind(500, "input", "Correct the setting that is named."),
  PEER_MISSING: kind(500, "input", "Install the package that is named."),
  ROLE_UNSAFE: kind(500, "critical", "Connect as a role that owns nothing and cannot bypass row security."),
  TENANT_MISSING: kind(500, "critical", "Every query runs inside withTenant; report this."),
  STORE_BUSY: kind(503, "transient", "Another process has this folder open; stop it, or choose another --to."),
  INTERNAL: kind(500, "transient", "Try again; if it stays, report it with the request id."),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

export interface ErrorDetails {
  /** Where: a key and offset, a path in a record, a field. */
  readonly place?: string;
  /** Replaces the general advice of the code. */
  readonly fix?: string;
  /** Facts for programs: ids, counts, limits. Never personal data. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** A failure with a code, what failed (`message`), where (`place`) and what to do (`fix`). */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly place: string | undefined;
  readonly fix: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.place = details.place;
    this.fix = details.fix ?? errorKinds[code].fix;
    this.facts = details.facts ?? {};
  }

  get status(): number {
    return errorKinds[this.code].status;
  }
}

/** A guard by shape, not by `instanceof` alone: two copies of the package may meet. */
export function isAdapterError(error: unknown): error is AdapterError {
  return (
    error instanceof AdapterError ||
    (error instanceof Error && error.name === "AdapterError" && "code" in error && String(error.code) in errorKinds)
  );
}

/** `hasCode("LIMIT")(error)`: is it that failure? */
export const hasCode =
  (...codes: readonly ErrorCode[]) =>
  (error: unknown): error is AdapterError =>
    isAdapterError(error) && codes.includes(error.code);
