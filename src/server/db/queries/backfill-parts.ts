/** The parts of a backfill as they come over the wire, made certain. */
import type { AnyRecord, Domain, DomainSet } from "../../../domain/define-domain.ts";
import { AdapterError, isAdapterError } from "../../../domain/errors.ts";
import { isStorableText } from "../../../domain/json.ts";
import type { BackfillPart, LedgerParts } from "../../../domain/migration-wire.ts";
import { parseRecord } from "../../../domain/record.ts";
import { inTurns } from "../../in-turns.ts";

export type Outcome = LedgerParts["parts"][number]["outcome"];

/** Where a part ended, as the ledger holds it. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly recordId: string | null;
  /** Of the row, signed, as decimal text. */
  readonly digest: string | null;
  /** JSON text. */
  readonly payload: string | null;
}

interface Place {
  /** `entry.part` */
  readonly key: string;
  readonly entry: number;
  readonly part: number;
  readonly domain: string;
  readonly path: string;
}
export interface RecordPart extends Place {
  readonly record: AnyRecord;
  /** As it was sent, where a join turned its references. */
  readonly sent?: AnyRecord;
}
export interface NotedPart extends Place {
  readonly record: null;
  readonly ending: Ending;
}
export type ParsedPart = RecordPart | NotedPart;

/**
 * Every record parsed by its domain's schema, every part once.
 * @throws BAD_REQUEST, NOT_FOUND for an unknown domain, and what `parseRecord` throws, each with the part's place
 */
export async function parseParts(domains: DomainSet, parts: readonly BackfillPart[]): Promise<readonly ParsedPart[]> {
  const seen = new Set<string>();
  const parsed: ParsedPart[] = [];
  await inTurns(parts, (part, index) => {
    const key = `${part.entry}.${part.part}`;
    if (seen.has(key)) throw refused(index, `part ${key} stands in the batch twice`);
    seen.add(key);
    parsed.push(parsePart(domains, part, { key, index }));
  });
  return parsed;
}

function parsePart(domains: DomainSet, part: BackfillPart, { key, index }: { key: string; index: number }): ParsedPart {
  const place = { key, entry: part.entry, part: part.part, domain: part.domain, path: part.path };
  if (![part.domain, part.reason ?? ""].every(isStorableText))
    throw refused(index, "a name or reason is no plain text");
  if (part.record !== undefined) {
    if (part.outcome !== undefined) throw refused(index, "a part has either a record or an outcome");
    return { ...place, record: parseAt(domains.get(part.domain), part.record, index) };
  }
  if (part.outcome === undefined) throw refused(index, "a part has either a record or an outcome");
  const payload = part.payload === undefined || part.payload === null ? null : JSON.stringify(part.payload);
  const { outcome, reason = null, recordId = null } = part;
  return { ...place, record: null, ending: { outcome, reason, recordId, digest: null, payload } };
}

function parseAt(domain: Domain, value: unknown, index: number): AnyRecord {
  try {
    return parseRecord(domain, value);
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    const place = `/parts/${index}/record${error.place ?? ""}`;
    throw new AdapterError(error.code, error.message, { place, fix: error.fix, facts: error.facts, cause: error });
  }
}

const refused = (index: number, what: string): AdapterError =>
  new AdapterError("BAD_REQUEST", `The batch is refused: ${what}.`, { place: `/parts/${index}` });
