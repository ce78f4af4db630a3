/** A record as the base holds it: what the server confirmed of it, and what was written over that in stage `off`. */
import type { AnyRecord } from "../domain/define-domain.ts";
import type { RecordView } from "./record-store.ts";
import type { StoredRecord } from "./stored.ts";

/** A record at rest is its own view: reading one makes no object. */
export interface BaseRecord extends RecordView {
  readonly state: "synced" | "local";
  /**
   * Edited in stage `off`: the confirmed values of the fields that were written, alike or not. With no `serverVersion`: of what
   * was deleted elsewhere since.
   */
  readonly dirty: Readonly<Record<string, unknown>> | null;
  /** The version on which it was edited, 0 when it was created here and elsewhere; without dirty fields the server's version. */
  readonly since: number | null;
  readonly chunk: number;
}

/** A record that was deleted in stage `off`, here, elsewhere or both, as the server confirmed it last. */
export interface Tombstone {
  readonly record: AnyRecord;
  /** `null`: it was deleted elsewhere. */
  readonly version: number | null;
  /** The version that was deleted. */
  readonly since: number;
  /** Deleted here. Where it is not, what some tab edited before it heard of the deletion brings it back to sight. */
  readonly here: boolean;
}

export const sameJson = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));

export function withoutId(record: AnyRecord): Record<string, unknown> {
  const { id: _, ...fields } = record;
  return fields;
}

export const pick = (from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, from[name]]));

/** The server has never confirmed it. */
export const isOwn = ({ serverVersion, dirty }: BaseRecord): boolean => serverVersion === null && dirty === null;

/** Created here in stage `off`, and elsewhere, too; its dirty fields are all of the other one. */
export const isTwin = ({ serverVersion, since }: BaseRecord): boolean => serverVersion !== null && since === 0;

/** The record as the server confirmed it. */
export const confirmedOf = ({ record, dirty }: BaseRecord): AnyRecord => (dirty ? { ...record, ...dirty } : record);

/** What would be kept of it, were it deleted; `null` of one that the server has never confirmed. */
export const tombstoneOf = (entry: BaseRecord): Tombstone | null =>
  entry.since === null
    ? null
    : { record: confirmedOf(entry), version: entry.serverVersion, since: entry.since, here: false };

export function made(
  record: AnyRecord,
  serverVersion: number | null,
  dirty: BaseRecord["dirty"],
  since: number | null,
  chunk: number,
): BaseRecord {
  const isLocal = serverVersion === null || (dirty && differing(record, dirty).length > 0);
  return { record, serverVersion, state: isLocal ? "local" : "synced", dirty, since, chunk };
}

/** The fields that are not as they were confirmed. */
const differing = (record: AnyRecord, dirty: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(dirty).filter((name) => !sameJson(record[name], dirty[name]));

/** What was edited in stage `off` and has to be sent; of what was deleted elsewhere all of it, so that the two meet. */
export const editedFields = ({ record, serverVersion, dirty }: BaseRecord): readonly string[] =>
  serverVersion === null ? Object.keys(dirty ?? {}) : differing(record, dirty ?? {});

/** How a record is written in its chunk. */
export const stored = ({ record, serverVersion, dirty, since }: BaseRecord): StoredRecord =>
  dirty && since !== null ? [record, serverVersion, dirty, since] : [record, serverVersion];
