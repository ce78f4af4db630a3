/** What crosses the wire under `/api/migration` and `/api/sync/digest`: schemas, and the types that they prove. */
import * as z from "zod/mini";
import { isJsonObject } from "./json.ts";

const uuid = z.string().check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/));
const sha256Hex = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const digestHex = z.string().check(z.regex(/^[0-9a-f]{16}$/));
const count = z.int().check(z.gte(0));
// A number of entries, parts and chunks is an integer in the database.
const positive = z.int().check(z.gte(1), z.lte(2_147_483_647));
const domainName = z.string().check(z.minLength(1), z.maxLength(40));
const outcome = z.enum(["quarantined", "conflict", "erased", "excluded", "merged", "migrated"]);
const shortText = z.string().check(z.maxLength(2000));

/** `POST /api/migration/imports`: opens an import, or finds the open one of the same source. */
export const openImport = z.strictObject({
  fingerprint: sha256Hex,
  container: z.enum(["dump", "document", "array"]),
  source: shortText,
  namespace: z.enum(["shared", "own"]),
});
export type OpenImport = z.infer<typeof openImport>;

export const importState = z.enum(["open", "sealed", "rolledBack"]);
export const importInfo = z.object({
  importId: uuid,
  namespace: uuid,
  state: importState,
  /** From 1; a source that was rolled back and is imported again gets the next one. */
  attempt: positive,
  source: z.string(),
  container: z.enum(["dump", "document", "array"]),
  fingerprint: sha256Hex,
  openedAt: z.string(),
});
export type ImportInfo = z.infer<typeof importInfo>;

/** `POST /api/migration/imports/:id/archive`: one chunk of one legacy value (at most 1 MiB before base64). */
export const archiveChunk = z.strictObject({
  /** Index of the value in the source, from 0. */
  value: count,
  key: z.string().check(z.maxLength(10_000)),
  /** `json`: the bytes are `JSON.stringify(raw)`, for text that UTF-8 cannot hold. */
  encoding: z.enum(["utf8", "json"]),
  /** Of the whole value's bytes. */
  sha256: sha256Hex,
  size: count,
  chunk: count,
  chunks: positive,
  /** base64 */
  data: z.string().check(z.maxLength(1_500_000)),
});
export type ArchiveChunk = z.infer<typeof archiveChunk>;
export const archiveManifest = z.object({
  values: z.array(
    z.object({
      value: count,
      key: z.string(),
      encoding: z.enum(["utf8", "json"]),
      sha256: sha256Hex,
      size: count,
      chunks: positive,
      complete: z.boolean(),
    }),
  ),
});
export type ArchiveManifest = z.infer<typeof archiveManifest>;

/** One legacy entry in the ledger; its outcome is derived from its parts. */
export const ledgerEntry = z.strictObject({
  no: positive,
  key: z.string().check(z.maxLength(10_000)),
  position: shortText,
  kind: z.string().check(z.maxLength(40)),
  legacyId: z.nullable(z.string().check(z.maxLength(600))),
  start: count,
  end: count,
  /** Of the entry's text in UTF-8 (or of its JSON string where UTF-8 cannot hold it). */
  sha256: sha256Hex,
  /** How many parts it has; at least 1. */
  parts: positive,
});
export type LedgerEntryWire = z.infer<typeof ledgerEntry>;
/** `POST /api/migration/imports/:id/entries` */
export const postEntries = z.strictObject({ entries: z.array(ledgerEntry).check(z.maxLength(10_000)) });

/** A part on its way to the server; with a record it is inserted if absent, else its outcome is only noted. */
export const backfillPart = z.strictObject({
  entry: positive,
  part: positive,
  domain: domainName,
  path: shortText,
  // Its fields are the business of its domain's schema; looking at each of them twice takes a tenth of a load.
  record: z.optional(z.custom<Record<string, unknown>>(isJsonObject)),
  outcome: z.optional(z.enum(["merged", "quarantined", "excluded"])),
  recordId: z.optional(z.nullable(uuid)),
  reason: z.optional(shortText),
  payload: z.optional(z.unknown()),
});
export type BackfillPart = z.infer<typeof backfillPart>;
/** `POST /api/migration/imports/:id/backfill` */
export const backfill = z.strictObject({
  epoch: count,
  parts: z.array(backfillPart).check(z.maxLength(20_000)),
});
export const backfillAnswer = z.object({
  seq: count,
  /** How many parts ended how, those sent before among them. */
  outcomes: z.record(z.string(), count),
  /** Parts with a record that did not become a new row. */
  others: z.array(z.object({ entry: positive, part: positive, outcome, reason: z.string() })),
});
export type BackfillAnswer = z.infer<typeof backfillAnswer>;

/** `POST /api/migration/imports/:id/seal`: says how much there is; refused with LEDGER_UNBALANCED when less or more arrived. */
export const seal = z.strictObject({ entries: count, parts: count });

const table = z.object({ total: count, byOutcome: z.record(z.string(), count) });
/** `GET /api/migration/imports/:id/ledger` */
export const ledgerSummary = z.object({
  importId: uuid,
  state: importState,
  entries: table,
  parts: table,
  /** Both tables: every declared entry and part is there and has one outcome. */
  balanced: z.boolean(),
  /** Records of this import on the server by domain (migrated or merged parts, each record once). */
  domains: z.record(z.string(), z.object({ records: count })),
});
export type LedgerSummary = z.infer<typeof ledgerSummary>;

/** `GET …/ledger/parts?outcome=&after=<entry.part>&limit=` */
export const ledgerParts = z.object({
  parts: z.array(
    z.object({
      entry: positive,
      part: positive,
      key: z.string(),
      position: z.string(),
      legacyId: z.nullable(z.string()),
      domain: z.string(),
      path: z.string(),
      recordId: z.nullable(uuid),
      outcome,
      reason: z.nullable(z.string()),
      payload: z.unknown(),
      digest: z.nullable(digestHex),
    }),
  ),
  next: z.nullable(z.string()),
});
export type LedgerParts = z.infer<typeof ledgerParts>;

/**
 * `GET /api/sync/digest?domain=a,b&prefix=00,01&width=2&import=<id>`: one bucket for each prefix extended by `width`
 * hexadecimal digits of the record id (empty buckets are left out). Without `domain` all domains that the role reads;
 * without `prefix` the whole id space; with `import` only rows that parts of that import stand for.
 */
export const digestAnswer = z.object({
  seq: count,
  buckets: z.array(z.object({ domain: domainName, prefix: z.string(), count, sum: digestHex })),
  schemaVersions: z.record(z.string(), positive),
});
export type DigestAnswer = z.infer<typeof digestAnswer>;
/** `GET /api/sync/digest/records?domain=a&prefix=001,00f&import=<id>`: id and digest of every row in those buckets. */
export const digestRecords = z.object({ seq: count, records: z.array(z.tuple([uuid, digestHex])) });
export type DigestRecords = z.infer<typeof digestRecords>;

/** `POST /api/migration/explain`: what is stored for ids, and whether the history can name who made it so. */
export const explain = z.strictObject({ domain: domainName, ids: z.array(uuid).check(z.maxLength(1000)) });
export const explanation = z.object({
  seq: count,
  records: z.array(
    z.object({
      id: uuid,
      /** `null`: there is no row. */
      record: z.nullable(z.record(z.string(), z.unknown())),
      digest: z.nullable(digestHex),
      version: z.nullable(count),
      /** The last change in the history; `null`: the history does not know the record. */
      change: z.nullable(
        z.object({
          seq: count,
          op: z.string(),
          author: z.string(),
          at: z.string(),
          importId: z.nullable(uuid),
          /** The digest after the change; `null` after a delete. */
          digest: z.nullable(digestHex),
        }),
      ),
    }),
  ),
});
export type Explanation = z.infer<typeof explanation>;

/** `POST /api/migration/repair`: puts records back as given and removes others, each as a named change in the history. */
export const repair = z.strictObject({
  domain: domainName,
  put: z.array(z.record(z.string(), z.unknown())).check(z.maxLength(5000)),
  remove: z.array(uuid).check(z.maxLength(5000)),
});
export const repairAnswer = z.object({ seq: count, put: count, removed: count });

/** `POST /api/migration/imports/:id/rollback` */
export const rollback = z.strictObject({ dryRun: z.boolean() });
export const rollbackAnswer = z.object({
  /** Rows removed (or, with `dryRun`, to be removed) by domain. */
  removed: z.record(z.string(), count),
  /** Rows that were changed since the import and not exported since: with any of them the answer is ROLLBACK_CHANGED. */
  changed: z.array(z.object({ domain: domainName, id: uuid })),
});
export type RollbackAnswer = z.infer<typeof rollbackAnswer>;

/** `POST /api/migration/imports/:id/conflicts/resolve`: a human's word on parts that ended as conflict. */
export const resolveConflicts = z.strictObject({
  parts: z
    .array(z.strictObject({ entry: positive, part: positive, keep: z.enum(["first", "second"]) }))
    .check(z.maxLength(10_000)),
});

/**
 * `POST /api/migration/imports/:id/known`: which of these records does the school hold? An import's first answer about an
 * id is kept, so that the same source is read alike ever after; a closed import learns nothing new.
 */
export const askKnown = z.strictObject({ domain: domainName, ids: z.array(uuid).check(z.maxLength(5000)) });
/** The answer, and that of `GET /api/migration/imports/:id/known`: those that are held, by domain. */
export const knownAnswer = z.object({ known: z.record(z.string(), z.array(uuid)) });

/** `POST /api/migration/exports`: everything up to `seq` (without it, up to now) was exported. */
export const noteExport = z.strictObject({ seq: z.optional(count) });
export const exportAnswer = z.object({ seq: count });
