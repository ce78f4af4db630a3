/** What crosses the wire under `/api/sync`: schemas, and the types that they prove. */
import * as z from "zod/mini";

const uuid = z.string().check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/));
const count = z.int().check(z.gte(0));
const positive = z.int().check(z.gte(1));
const domainName = z.string().check(z.minLength(1), z.maxLength(40));
const cursor = z.string().check(z.maxLength(200));

/** The most mutations that one request may carry; more is `LIMIT` (413), and the client halves. */
export const maxMutations = 2000;

/** What a mutation was made on: a version that the server confirmed, or an earlier mutation of the same client. */
export const base = z.nullable(
  z.union([z.strictObject({ version: positive }), z.strictObject({ mutation: positive })]),
);

/** One create, update (changed fields only) or delete of one record. */
export const mutation = z.strictObject({
  /** Contiguous from 1 within a client. */
  id: positive,
  kind: z.enum(["create", "update", "delete"]),
  domain: domainName,
  recordId: uuid,
  base,
  /** A create: everything but the id; an update: what changed; a delete: nothing. */
  fields: z.record(z.string(), z.unknown()),
  /** When it was made, by the client's clock; shown to people, never decided by. */
  at: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/)),
});
export type Mutation = z.infer<typeof mutation>;

/** `POST /api/sync/patch` */
export const patch = z.strictObject({
  clientId: uuid,
  epoch: count,
  mutations: z.array(mutation),
  /** `null`: from the beginning. */
  cursor: z.nullable(cursor),
  /** How many changes at most to send down. */
  limit: z.optional(positive.check(z.lte(5000))),
});
export type Patch = z.infer<typeof patch>;

/** What became of a mutation. */
export const mutationResult = z.object({
  id: positive,
  status: z.enum(["applied", "duplicate", "merged", "conflict", "rejected"]),
  /** Why it was rejected, or what it met. */
  code: z.optional(z.string()),
  place: z.optional(z.string()),
  /** The earlier mutation whose fate it shares. */
  dependsOn: z.optional(positive),
  /** Whose value stands after a conflict; the other one is stored. */
  stands: z.optional(z.enum(["client", "server"])),
  conflict: z.optional(z.enum(["UPDATE_UPDATE", "UPDATE_DELETE", "CREATE_CREATE"])),
  /** Of the record after this mutation; absent when it was deleted or nothing was written. */
  version: z.optional(positive),
  /** What became of it the first time, with `duplicate`. */
  earlier: z.optional(z.enum(["applied", "merged", "conflict", "rejected"])),
});
export type MutationResult = z.infer<typeof mutationResult>;

/** A record as it is now, or its tombstone. */
export const change = z.object({
  domain: domainName,
  id: uuid,
  /** `null`: deleted, or no longer this user's to see. */
  record: z.nullable(z.record(z.string(), z.unknown())),
  version: z.nullable(positive),
});
export type ChangeDown = z.infer<typeof change>;

export const patchAnswer = z.object({
  results: z.array(mutationResult),
  changes: z.array(change),
  cursor,
  /** There are more changes behind the cursor. */
  more: z.boolean(),
  epoch: count,
  stage: z.string(),
});
export type PatchAnswer = z.infer<typeof patchAnswer>;

/** `POST /api/sync/full`: the first page without a token, the next ones with the token of the page before. */
export const full = z.strictObject({
  token: z.optional(z.string().check(z.maxLength(300))),
  limit: z.optional(positive.check(z.lte(5000))),
});
export const fullAnswer = z.object({
  records: z.array(change),
  /** Of the snapshot: the same on every page. */
  cursor,
  /** `null`: this was the last page. */
  token: z.nullable(z.string()),
  epoch: count,
  stage: z.string(),
});
export type FullAnswer = z.infer<typeof fullAnswer>;
