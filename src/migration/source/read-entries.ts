/** From a source to its legacy entries, and to an inventory in which every key has its line. */
import { AdapterError } from "../../domain/errors.ts";
import { type Layout, matchKey, noRecordsAt } from "../../school/legacy/layout.ts";
import { domainOf } from "../transform/context.ts";
import type { EntryKind, Finding, LegacyEntry, LegacySource, LegacyValue } from "../types.ts";
import { describeShape } from "./describe-shape.ts";
import { kindOfDomain } from "./domain-kinds.ts";
import { type FoundList, listFinder } from "./find-lists.ts";
import { inferKind, readThreshold } from "./infer-kind.ts";
import type { InventoryKey, KeyRole, SourceReading } from "./inventory.ts";
import { type JsonScan, type Span, scanJson } from "./json-scan.ts";
import { defaultLimits, type SourceLimits } from "./limits.ts";
import { makeEntry, type UnnumberedEntry } from "./make-entry.ts";
import { kindByName } from "./name-match.ts";
import { samplesOf } from "./samples.ts";
import { newerSchema } from "./schema-marks.ts";
import { spanAt } from "./span-at.ts";

/**
 * Reads a source.
 * - Every key has a line in the inventory; what may hold records and is not read has a finding.
 * - An unparsable value is one entry with a defect; the other keys go on.
 * @throws LIMIT for more entries than `limits.entries`
 */
export function readEntries(source: LegacySource, layout: Layout, limits: Partial<SourceLimits> = {}): SourceReading {
  const reader = { layout, limits: { ...defaultLimits, ...limits }, container: source.container };
  const entries: LegacyEntry[] = [];
  const inventory: InventoryKey[] = [];
  const findings: Finding[] = [];
  for (const value of source.values) {
    const read = readValue(value, reader);
    if (entries.length + read.entries.length > reader.limits.entries)
      throw new AdapterError("LIMIT", `The source has more than ${reader.limits.entries} entries.`, {
        place: value.key.slice(0, 200),
        facts: { limit: reader.limits.entries },
      });
    for (const entry of read.entries) entries.push({ no: entries.length + 1, ...entry });
    inventory.push(read.line);
    findings.push(...read.findings);
  }
  return { entries, inventory, findings };
}

interface Reader {
  readonly layout: Layout;
  readonly limits: SourceLimits;
  readonly container: LegacySource["container"];
}

interface ReadValue {
  readonly entries: readonly UnnumberedEntry[];
  readonly line: InventoryKey;
  readonly findings: readonly Finding[];
}

/** What the layout declares for a key; a bare list is of the domain that it was opened as. */
function declarationsOf(key: string, { layout, container }: Reader) {
  const declared = matchKey(layout, key).map((match) => ({ ...match.declared, placeId: match.fields.id ?? null }));
  if (declared.length > 0 || container !== "array") return declared;
  return [{ key, kind: kindOfDomain(key), at: "", mapById: false, placeId: null }];
}

function readValue(value: LegacyValue, reader: Reader): ReadValue {
  const { key, raw } = value;
  const { layout, limits } = reader;
  const scan = scanJson(raw, { maxItems: limits.entries, maxString: limits.stringLength });
  const known = noRecordsAt(layout, key);
  const newer = newerSchema(key, raw, scan, known !== null);
  const findings: Finding[] = newer ? [newer] : [];
  const line = (role: KeyRole, more: Partial<InventoryKey> = {}): InventoryKey => ({
    key,
    characters: raw.length,
    shape: describeShape(raw, scan),
    role,
    kind: null,
    entries: 0,
    emptied: [],
    lists: [],
    ...more,
  });
  if (known !== null) return { entries: [], line: line(/probe/i.test(known) ? "probe" : "metadata"), findings };
  const declared = declarationsOf(key, reader);
  if (scan.defect)
    return brokenValue(value, scan, declared[0]?.kind ?? kindOfBroken(value, scan, layout), line, findings);
  const finder = listFinder(raw, layout, limits);
  const whole: Span = {
    key: null,
    type: scan.type ?? "null",
    start: scan.start,
    end: scan.end,
    size: 0,
    defect: null,
    nameDefect: null,
  };
  for (const { kind, at, mapById } of declared) {
    const place = spanAt(raw, whole, at);
    // `null` under a key that is declared: nothing was ever saved there, which is not the same as an emptied list.
    if (place && place.type !== "null") finder.declared(place, at, { kind, mapById });
  }
  if (!declared.some(({ at }) => at === "")) finder.search(whole, "", key);
  if (declared.length > 0 && finder.found.length === 0 && scan.items.length > 0)
    findings.push(doubt("ask", `${key}${declared[0]?.at}`, scan.items.length));
  const placeId = declared.find((d) => d.placeId !== null)?.placeId ?? null;
  const entries = finder.found.flatMap((list) => elementsOf(value, list, placeId)).sort((a, b) => a.start - b.start);
  findings.push(...finder.found.flatMap((list) => doubtsAbout(value, list)));
  const kinds = [...new Set(finder.found.flatMap(({ kind }) => (kind ? [kind] : [])))];
  const emptied = finder.found.flatMap(({ kind, form, items }) => (kind && isEmptied(form, items) ? [kind] : []));
  const lists = finder.found.map((list) => ({
    at: list.at,
    kind: list.kind,
    by: list.by,
    confidence: list.confidence,
    items: list.items.length,
  }));
  const kind = kinds.length === 1 ? (kinds[0] ?? null) : null;
  const role = roleOf(entries.length, finder.found, emptied.length, scan, declared.length > 0);
  return { entries, findings, line: line(role, { kind, entries: entries.length, emptied, lists }) };
}

const isEmptied = (form: FoundList["form"], items: readonly Span[]): boolean =>
  items.length === 0 && (form === "list" || form === "map");

function roleOf(
  entries: number,
  found: readonly FoundList[],
  emptied: number,
  scan: JsonScan,
  isDeclared: boolean,
): KeyRole {
  if (entries > 0) return "records";
  if (found.some(({ kind }) => kind === null)) return "unknown";
  const isBlank = scan.items.length === 0 && (scan.type === "array" || scan.type === "object" || scan.type === "null");
  if (emptied > 0 || isBlank) return "empty";
  return isDeclared ? "unknown" : "metadata";
}

/** The elements of a list, the members of a map, or the one value that cannot be taken apart. */
function elementsOf({ key, raw }: LegacyValue, list: FoundList, keyId: string | null): UnnumberedEntry[] {
  const { kind, at, form, place, items } = list;
  if (kind === null) return [];
  const path = at === "" ? "" : `${at.slice(1)}/`;
  if (form === "opaque") {
    const message = "It is declared to hold records, but looks like none that can be told apart.";
    const defect = place.nameDefect ?? ({ code: "SOURCE_UNKNOWN", offset: place.start, message } as const);
    return [makeEntry(raw, { ...place, defect }, { key, kind, position: at.slice(1), placeId: null })];
  }
  if (form === "one") return [makeEntry(raw, place, { key, kind, position: at.slice(1), placeId: keyId })];
  return items.map((item, index) =>
    makeEntry(raw, item, { key, kind, position: path + (item.key ?? String(index)), placeId: item.key }),
  );
}

/** What a human must confirm or say about a list that the layout does not declare. */
function doubtsAbout({ key }: LegacyValue, list: FoundList): Finding[] {
  if (list.by === "declared" || (list.kind !== null && list.items.length === 0)) return [];
  const isOfObjects =
    list.items.length === 0 || list.items.some((item) => item.type !== "string" && item.type !== "number");
  const about = { count: Math.max(1, list.items.length), examples: [`${key}${list.at}`] };
  if (list.kind !== null)
    return [
      {
        ...about,
        severity: "ask",
        code: "SOURCE_INFERRED",
        domain: domainOf(list.kind),
        message: `Records of no declared key look like ${domainOf(list.kind)} and are read as such; declare the key, or leave it out.`,
      },
    ];
  return [doubt(isOfObjects ? "ask" : "note", `${key}${list.at}`, about.count)];
}

const doubt = (severity: Finding["severity"], place: string, count: number): Finding => ({
  severity,
  code: "SOURCE_UNKNOWN",
  domain: null,
  message: "It may hold records, but nobody can tell of what; it is archived, not read. Declare its layout to read it.",
  count,
  examples: [place],
});

/** A cut value of no declared key: its name, or the whole elements before the cut, may tell what it was. */
function kindOfBroken({ key, raw }: LegacyValue, scan: JsonScan, layout: Layout): EntryKind | null {
  if (scan.type !== "array" && scan.type !== "object") return null;
  const guess = inferKind(samplesOf(raw, scan.items), key);
  return kindByName(layout, key) ?? (guess && guess.confidence >= readThreshold ? guess.kind : null);
}

function brokenValue(
  { key, raw }: LegacyValue,
  scan: JsonScan,
  kind: EntryKind | null,
  line: (role: KeyRole, more?: Partial<InventoryKey>) => InventoryKey,
  findings: readonly Finding[],
): ReadValue {
  if (kind !== null) {
    const span: Span = {
      key: null,
      type: "object",
      start: 0,
      end: raw.length,
      size: 0,
      defect: scan.defect,
      nameDefect: null,
    };
    const entry = makeEntry(raw, span, { key, kind, position: "", placeId: null });
    return { entries: [entry], line: line("corrupt", { kind, entries: 1 }), findings };
  }
  // `dark`, a token: text that was never meant to be JSON.
  if (scan.type !== "array" && scan.type !== "object") return { entries: [], line: line("metadata"), findings };
  const finding: Finding = {
    severity: "blocks",
    code: scan.defect?.code ?? "SOURCE_CORRUPT",
    domain: null,
    message: `${scan.defect?.message ?? "Not JSON."} It is archived; nobody can tell what it held.`,
    count: 1,
    examples: [`${key}@${scan.defect?.offset ?? 0}`],
  };
  return { entries: [], line: line("corrupt"), findings: [...findings, finding] };
}
