/** From a file or a live storage to a `LegacySource`: which container it is, and what stands under each key. */
import { AdapterError } from "../../domain/errors.ts";
import { isStorableText } from "../../domain/json.ts";
import { isOwnKey, mirrorKey } from "../../platform/own-keys.ts";
import { domainOf } from "../transform/context.ts";
import type { Container, LegacySource, LegacyValue } from "../types.ts";
import { decodeSource } from "./decode.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type Guess, inferKind, readThreshold } from "./infer-kind.ts";
import { type JsonScan, type Span, scanJson } from "./json-scan.ts";
import { decodeString } from "./json-tokens.ts";
import { defaultLimits, type SourceLimits } from "./limits.ts";
import { samplesOf } from "./samples.ts";

export interface OpenOptions {
  /** A file name or an origin; of a path only its last step is kept. */
  readonly name: string;
  /** What the records of a bare list (or of one map by id) are. */
  readonly domain?: string;
  readonly limits?: Partial<SourceLimits>;
}

/** The longest key that the ledger can name. */
const maxKeyLength = 10_000;

/**
 * Opens the bytes of a dump, an export or a list, packed or not.
 * @throws SOURCE_CORRUPT, AMBIGUOUS_JSON, TEXT_UNSUPPORTED, LIMIT; SOURCE_UNKNOWN for a bare list without `domain`, with
 * the guess in `facts.guess`
 */
export async function openSource(bytes: Uint8Array, options: OpenOptions): Promise<LegacySource> {
  const text = await decodeSource(bytes, { name: baseName(options.name), maxBytes: options.limits?.sourceBytes });
  return sourceFromText(text, options);
}

/** As `openSource`, for text that is in memory. */
export function sourceFromText(text: string, options: OpenOptions): LegacySource {
  const name = baseName(options.name);
  const limits = { ...defaultLimits, ...options.limits };
  const scan = scanJson(text, { maxItems: limits.entries, maxString: limits.sourceBytes });
  if (scan.defect) throw refused(name, scan);
  if (scan.type === "object" && scan.items.every((item) => item.type === "string"))
    return source(name, "dump", dumpValues(text, scan, limits, name));
  if (scan.type !== "object" && scan.type !== "array")
    throw unknown(name, "it is neither a dump (key to text), nor an export (an object of lists), nor a list", null);
  if (options.domain !== undefined) return source(name, "array", [{ key: options.domain, raw: text }]);
  const guess = inferKind(samplesOf(text, scan.items));
  if (scan.type === "array") throw unknown(name, "it is a bare list", guess);
  if (scan.items.every((item) => item.type === "object") && guess && guess.confidence >= readThreshold)
    throw unknown(name, "it is one map of records", guess);
  return source(name, "document", membersOf(text, scan, name));
}

/**
 * The source that a live storage is.
 * @throws TEXT_UNSUPPORTED or LIMIT for a key that cannot be named; LIMIT for a value that is too long
 */
export function sourceFromStorage(
  storage: Iterable<readonly [string, string]>,
  { name, limits }: Omit<OpenOptions, "domain">,
): LegacySource {
  const { stringLength } = { ...defaultLimits, ...limits };
  const values = Array.from(storage, ([key, raw]) => ({ key, raw }));
  for (const { key, raw } of values) if (raw.length > stringLength) throw tooLong(key, stringLength);
  return source(baseName(name), "dump", values);
}

/** The source that a storage of values which are no text is; as `sourceFromText` of one object with all of them. */
export const sourceFromMembers = (
  members: Iterable<readonly [string, string]>,
  { name }: Pick<OpenOptions, "name">,
): LegacySource => {
  const values = Array.from(members, ([key, raw]) => ({ key, raw }));
  return source(baseName(name), "document", values);
};

function source(name: string, container: Container, given: readonly LegacyValue[]): LegacySource {
  // A dump of localStorage holds our notes as well; with or without them it is the same source.
  const values = container === "dump" ? given.filter(({ key }) => !isOwnKey(key)) : given;
  const mirrored = container === "dump" && given.some(({ key }) => key === mirrorKey);
  const seen = new Set<string>();
  for (const { key } of values) {
    const place = JSON.stringify(key).slice(0, 200);
    if (seen.has(key)) throw new AdapterError("AMBIGUOUS_JSON", `The key ${place} stands twice in ${name}.`, { place });
    seen.add(key);
    if (!isStorableText(key))
      throw new AdapterError("TEXT_UNSUPPORTED", `A key of ${name} holds U+0000 or half a surrogate pair.`, { place });
    if (key.length > maxKeyLength)
      throw new AdapterError("LIMIT", `A key of ${name} is longer than ${maxKeyLength} characters.`, { place });
  }
  // Browsers list keys in no fixed order; the same data must be the same source.
  const sorted = [...values].sort((a, b) => (a.key < b.key ? -1 : 1));
  const fingerprint = fingerprintOf(container, sorted);
  return { name, container, values: sorted, fingerprint, ...(mirrored ? { mirrored } : {}) };
}

/** The strings of a dump are what the browser held; an unpaired surrogate in one is the business of that value. */
const dumpValues = (text: string, scan: JsonScan, limits: SourceLimits, name: string): LegacyValue[] =>
  scan.items.map((item) => {
    if (item.end - item.start - 2 > limits.stringLength) throw tooLong(keyOf(item, name), limits.stringLength);
    return { key: keyOf(item, name), raw: decodeString(text.slice(item.start, item.end)) };
  });

const membersOf = (text: string, scan: JsonScan, name: string): LegacyValue[] =>
  scan.items.map((item) => ({ key: keyOf(item, name), raw: text.slice(item.start, item.end) }));

function keyOf(item: Span, name: string): string {
  if (item.key !== null) return item.key;
  throw new AdapterError("INTERNAL", `A member of ${name} has no name.`);
}

function refused(name: string, { defect, items, type }: JsonScan): AdapterError {
  const whole = type === "object" ? `; ${items.length} keys before it are whole` : "";
  return new AdapterError(defect?.code ?? "SOURCE_CORRUPT", `${name}: ${defect?.message ?? ""}${whole}`, {
    place: `${name}@${defect?.offset ?? 0}`,
    fix: "The file itself is cut or damaged: make it again. Nothing was read.",
    facts: { offset: defect?.offset ?? 0 },
  });
}

function unknown(name: string, what: string, guess: Guess | null): AdapterError {
  const domain = guess ? domainOf(guess.kind) : null;
  const advice = guess && domain ? ` Its records look like ${domain} (${Math.round(100 * guess.confidence)} %).` : "";
  return new AdapterError("SOURCE_UNKNOWN", `${name}: ${what}.${advice}`, {
    place: name,
    fix: `Say which domain it is: --domain ${domain ?? "<name>"}.`,
    facts: { guess: domain, confidence: guess?.confidence ?? 0 },
  });
}

const tooLong = (key: string, limit: number): AdapterError =>
  new AdapterError("LIMIT", `The value of one key is longer than ${limit} characters.`, {
    place: key.slice(0, 200),
    facts: { limit },
  });

const baseName = (path: string): string =>
  path
    .split(/[/\\]/)
    .filter((step) => step !== "")
    .at(-1) ?? "source";
