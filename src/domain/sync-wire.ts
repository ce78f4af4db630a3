/** What crosses the wire under `/api/sync`: schemas, and the types that they prove. */
import * as z from "zod/mini";
import { hlcPattern } from "./hlc.ts";
import { stage } from "./stages.ts";

const uuid = z.string().check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/));
const count = z.int().check(z.gte(0));
const positive = z.int().check(z.gte(1));
const domainName = z.string().check(z.minLength(1), z.maxLength(40));
const cursor = z.string().check(z.maxLength(200));
const instant = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/));
/** By domain, and only those whose stage is not the school's. */
const stages = z.record(z.string(), stage);

/** The most mutations that one request may carry; more is `LIMIT` (413), and the client halves. */
export const maxMutations = 2000;

/** The most clients besides its own that one request may ask about. */
export const maxClients = 100;

/** What a mutation was made on: a version that the server confirmed, or an earlier mutation of the same client. */
export const base = z.nullable(
  z.union([
    z.strictObject({ version: positive }),
    /** `client`: whose log that mutation is in, when it is another tab's of the same user than this mutation's. */
    z.strictObject({ mutation: positive, client: z.optional(uuid) }),
  ]),
);

/** One create, update (changed fields only) or delete of one record. */
export const mutation = z.strictObject({
  /** Contiguous from 1 within a client. */
  id: positive,
  /**
   * Whose log it is in, when it is not that of the request's `clientId`: a device sends the logs of all its tabs in one
   * request, merged by clock, and the server applies them in that order; ids stay contiguous within each client.
   */
  client: z.optional(uuid),
  kind: z.enum(["create", "update", "delete"]),
  domain: domainName,
  recordId: uuid,
  base,
  /** A create: everything but the id; an update: what changed; a delete: nothing. */
  fields: z.record(z.string(), z.unknown()),
  /** When it was made, by the client's clock; shown to people, never decided by. */
  at: instant,
  /** When it was made, by the hybrid logical clock; decides `lastWriteWins`, after the server has clamped it. */
  hlc: z.string().check(z.regex(hlcPattern)),
  /** The id of the first mutation of the batch that it belongs to: contiguous ids, applied all or none. */
  group: z.optional(positive),
  /** How many mutations that batch has; all of them are in one request. */
  groupSize: z.optional(positive),
  /** The program that wrote it, where it was not this one: `old app`. History and conflicts tell it beside the user. */
  app: z.optional(z.string().check(z.regex(/^[\w .-]{1,40}$/))),
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
  /** More clients of this user whose last id is told: a server that was restored may have lost what it had answered. */
  clients: z.optional(z.array(uuid).check(z.maxLength(maxClients))),
  /**
   * Clients of this user whose logs go on under another name, of which some mutation is here: once all that was sent is
   * taken, they take nothing new, so that a request that was long on its way cannot apply again what is here (CLIENT_FORKED).
   */
  retired: z.optional(z.array(uuid).check(z.maxLength(maxClients))),
  /** The client's schema version by domain; an older one may not push, a newer one waits for the server. */
  schemaVersions: z.optional(z.record(domainName, positive)),
  /** Of the package, as in `1.4.0`. */
  clientVersion: z.optional(z.string().check(z.maxLength(40))),
});
export type Patch = z.infer<typeof patch>;

/** `DELETE_REFERENCED`: it names a record that somebody deleted meanwhile, which came back with it. */
const conflictKinds = ["UPDATE_UPDATE", "UPDATE_DELETE", "CREATE_CREATE", "DELETE_REFERENCED"] as const;
export type ConflictKind = (typeof conflictKinds)[number];

/** What became of a mutation. */
export const mutationResult = z.object({
  id: positive,
  /** As in the mutation: absent for the request's own `clientId`. */
  client: z.optional(uuid),
  status: z.enum(["applied", "duplicate", "merged", "conflict", "rejected"]),
  /** Why it was rejected, or what it met. */
  code: z.optional(z.string()),
  place: z.optional(z.string()),
  /** The earlier mutation whose fate it shares. */
  dependsOn: z.optional(positive),
  /** Whose log that one is in, when it is another's than this mutation's. */
  dependsOnClient: z.optional(uuid),
  /** Whose value stands after a conflict; the other one is stored. */
  stands: z.optional(z.enum(["client", "server"])),
  conflict: z.optional(z.enum(conflictKinds)),
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
  /** Of the mutations from the first on; there may be fewer than were sent: go on from `last` + 1. */
  results: z.array(mutationResult),
  /** By client that the request names: the id of its last mutation that the server has. */
  last: z.record(uuid, count),
  changes: z.array(change),
  cursor,
  /** There are more changes behind the cursor. */
  more: z.boolean(),
  /** The `seq` of the school after this request: what was pushed is seen by whoever has pulled to here. */
  seq: count,
  epoch: count,
  stage,
  stages,
  serverTime: instant,
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
  stage,
  stages,
  serverTime: instant,
});
export type FullAnswer = z.infer<typeof fullAnswer>;

/**
 * `GET /api/sync/clients?ids=a,b`: how far the server is with this user's clients; `last` 0 for one that it does not know.
 * What it did with any of them lies at `seq` or before.
 */
export const clientsAnswer = z.object({ clients: z.array(z.object({ id: uuid, last: count })), seq: count });
export type ClientsAnswer = z.infer<typeof clientsAnswer>;

/** `GET /api/migration/stage`, and what `PUT` answers. */
export const stageAnswer = z.object({ stage, epoch: count, stages, seq: count });
export type StageAnswer = z.infer<typeof stageAnswer>;

/** `PUT /api/migration/stage` */
export const putStage = z.strictObject({
  stage,
  /** This domain alone; without it the whole school, its domains included. */
  domain: z.optional(domainName),
  /** Under which the stage was read. */
  epoch: count,
});
export type PutStage = z.infer<typeof putStage>;

/** What the server says on `/api/live`: there is more than this; never data. */
export const poke = z.object({ seq: count });
/** The subprotocol of `/api/live`; a browser offers it beside `bearer.<token>`. */
export const liveProtocol = "hda.live.1";
