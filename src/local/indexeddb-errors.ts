/** What a failure of IndexedDB means: full, gone, kept by another tab, or not allowed here. */
import { AdapterError, type ErrorCode } from "../domain/errors.ts";
import type { Disk } from "../platform/disk.ts";

/** True when the connection is at fault and a new one may serve: iOS drops it while the page sleeps. */
export const isConnectionLost = (error: unknown): boolean => {
  const name = nameOf(error);
  return name === "InvalidStateError" || name === "AbortError" || name === "TransactionInactiveError";
};

/** What the failure of opening `name` says to the caller. */
export function openingFailure(name: string, error: unknown): AdapterError {
  const cause = nameOf(error);
  const because = (code: ErrorCode, message: string): AdapterError =>
    new AdapterError(code, message, { place: name, cause: error, facts: { cause } });
  if (cause === "VersionError")
    return because("SCHEMA_NEWER", `A newer version of this program has changed the database ${name}.`);
  if (cause === "QuotaExceededError")
    return because("STORAGE_FULL", `There is no room to open the database ${name}. Nothing was written.`);
  // A private window of some browsers, blocked site data, a sandboxed frame.
  if (cause === "SecurityError" || cause === "InvalidStateError" || cause === "NotSupportedError")
    return because("STORAGE_UNAVAILABLE", `This browser does not let the page keep data (${cause}).`);
  return because("STORAGE_LOST", `The database ${name} could not be opened (${cause}).`);
}

/**
 * What the failure of a write says. Browsers report a full disk in three ways: an error thrown at once, an abort that names
 * the quota, and an abort that names nothing.
 */
export async function writingFailure(name: string, error: unknown, disk: Disk): Promise<AdapterError> {
  const cause = nameOf(error);
  const space = await disk.estimate();
  const facts = { cause, ...space };
  if (error === null || cause === "QuotaExceededError")
    return new AdapterError(
      "STORAGE_FULL",
      `The disk is full${space === null ? "" : ` (${space.usage} of ${space.quota} bytes used)`}. Nothing of the write was kept.`,
      { place: name, cause: error, facts },
    );
  if (cause === "DataError" || cause === "DataCloneError")
    return new AdapterError("UNSERIALIZABLE", `A key or value cannot be stored (${cause}). Nothing was kept.`, {
      place: name,
      cause: error,
    });
  return new AdapterError("STORAGE_LOST", `The database ${name} failed while it wrote (${cause}).`, {
    place: name,
    cause: error,
    facts,
  });
}

/** A read that failed is never "absent": it says which key could not be read. */
export const readingFailure = (name: string, place: string, error: unknown): AdapterError =>
  error === null || isConnectionLost(error)
    ? new AdapterError("STORAGE_LOST", `The database ${name} was closed while it read.`, { place: name, cause: error })
    : new AdapterError("STORAGE_UNREADABLE", `${place} in the database ${name} could not be read (${nameOf(error)}).`, {
        place,
        cause: error,
        facts: { cause: nameOf(error) },
      });

const nameOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "name" in error ? String(error.name) : "no reason given";
