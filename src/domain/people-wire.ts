/** What crosses the wire under `/api/people`: records entered twice, joined or kept apart; for administrators alone. */
import * as z from "zod/mini";

const uuid = z.string().check(z.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/));
const count = z.int().check(z.gte(0));
const domainName = z.string().check(z.minLength(1), z.maxLength(40));

const candidate = z.object({
  id: uuid,
  externalId: z.nullable(z.string()),
  /** The values of the fields by which the two look equal. */
  key: z.array(z.string()),
  /** How many records name it. */
  references: count,
});

/** `GET /api/people?domain=`: pairs that a human would call the same. Each record is named by the first that it looks like. */
export const candidatePairs = z.object({
  pairs: z.array(
    z.object({
      domain: domainName,
      /** The fields of the key. */
      by: z.array(z.string()),
      /** `false`: equal but for case or Unicode form (B12). */
      exact: z.boolean(),
      a: candidate,
      b: candidate,
    }),
  ),
});
export type CandidatePairs = z.infer<typeof candidatePairs>;

/** `GET /api/people/aliases`: the joins that hold; `survivor` may be joined itself. */
export const aliasList = z.object({
  aliases: z.array(
    z.object({
      domain: domainName,
      id: uuid,
      survivor: uuid,
      author: z.string(),
      at: z.string(),
      /** Joined along with another record, not by itself. */
      along: z.boolean(),
    }),
  ),
});
export type AliasList = z.infer<typeof aliasList>;

/** `POST /api/people/join`; without a domain it is the one with a natural key that holds the records. */
export const joinPeople = z.strictObject({
  domain: z.optional(domainName),
  survivor: uuid,
  other: uuid,
  dryRun: z.optional(z.boolean()),
});
export const joinAnswer = z.object({
  seq: count,
  domain: domainName,
  /** Done before; nothing was written now. */
  already: z.boolean(),
  /** References turned from the other record to the survivor, by domain. */
  moved: z.record(z.string(), count),
  /** Records joined along with it, because both would have the same unique values, by domain. */
  along: z.record(z.string(), count),
  /** Fields of the other record whose values lost; kept as a conflict that can be restored. */
  lost: z.array(z.string()),
});
export type JoinAnswer = z.infer<typeof joinAnswer>;

/** `POST /api/people/split`: undoes a join. */
export const splitPeople = z.strictObject({
  domain: z.optional(domainName),
  other: uuid,
  dryRun: z.optional(z.boolean()),
});
export const splitAnswer = z.object({
  seq: count,
  domain: domainName,
  survivor: uuid,
  /** References turned back, by domain. */
  moved: z.record(z.string(), count),
  /** Records that came back, by domain, the split one among them. */
  restored: z.record(z.string(), count),
});
export type SplitAnswer = z.infer<typeof splitAnswer>;

/** `POST /api/people/apart`: the pair is not shown again. */
export const keepApart = z.strictObject({ domain: z.optional(domainName), a: uuid, b: uuid });
export const keepApartAnswer = z.object({ domain: domainName });
