/** What crosses the wire under `/api/conflicts`: schemas, and the types that they prove. */
import * as z from "zod/mini";

const uuid = z.string().check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/));
const count = z.int().check(z.gte(0));
const anyRecord = z.record(z.string(), z.unknown());

const openConflict = z.object({
  /** A conflict of sync: its UUID; of an import: `<import>.<entry>.<part>`. */
  id: z.string(),
  from: z.enum(["sync", "import"]),
  domain: z.string(),
  recordId: uuid,
  /** UPDATE_UPDATE, UPDATE_DELETE, CREATE_CREATE, DELETE_REFERENCED, UNIQUE_TAKEN, or JOINED. */
  kind: z.string(),
  /** The first: the record that stands now; `null`: there is none. */
  stands: z.nullable(anyRecord),
  /** The second: the values that lost; `{ deleted: true }` for a delete. */
  loser: anyRecord,
  /** The fields in which they differ. */
  fields: z.array(z.string()),
  /** Of the loser; of an import, who opened it and when. */
  author: z.string(),
  at: z.string(),
});
export type OpenConflict = z.infer<typeof openConflict>;

/**
 * `GET /api/conflicts?import=&after=&limit=`: open conflicts of the domains that the role reads, oldest first, then those
 * of imports, which only administrators see. A page may be short; `next: null` is the end.
 */
export const conflictPage = z.object({ conflicts: z.array(openConflict), next: z.nullable(z.string()) });
export type ConflictPage = z.infer<typeof conflictPage>;

/** `first`: what stands stays. `second` and `restore`: the loser's values are written, as a new change. */
const keep = z.enum(["first", "second", "restore"]);
export type Keep = z.infer<typeof keep>;

/** `POST /api/conflicts/resolve`; all or none. A decision sent again is left as it is. */
export const resolveOpen = z.strictObject({
  decisions: z
    .array(z.strictObject({ id: z.string().check(z.maxLength(80)), keep }))
    .check(z.minLength(1), z.maxLength(5000)),
  /** Says what would be done, and whether it can be. */
  dryRun: z.optional(z.boolean()),
});
export type ResolveOpen = z.infer<typeof resolveOpen>;

export const resolveOpenAnswer = z.object({
  seq: count,
  outcomes: z.array(
    z.object({
      id: z.string(),
      domain: z.string(),
      recordId: uuid,
      /** `already`: decided so before. `kept`: nothing is written. */
      did: z.enum(["already", "kept", "created", "updated", "deleted"]),
    }),
  ),
});
export type ResolveOpenAnswer = z.infer<typeof resolveOpenAnswer>;
