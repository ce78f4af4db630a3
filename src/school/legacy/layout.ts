/** A layout says how an old app laid its records out: it is declared, not coded. */
import { AdapterError } from "../../domain/errors.ts";
import { isLocalDate } from "../../domain/fields.ts";
import { isForbiddenKey } from "../../domain/json.ts";
import { type EntryKind, isLegacyKind } from "../../domain/legacy.ts";
import { type DateForm, dateForms } from "./date-forms.ts";

/** Where one kind of record stands. */
export interface LayoutKey {
  /** The storage key (or member of an export), behind the prefix. `{field}` stands for any text and gives that field. */
  readonly key: string;
  readonly kind: EntryKind;
  /** JSON pointer to the list inside the value; `""` is the value itself. */
  readonly at?: string;
  /** The value is an object whose keys are the records' ids. */
  readonly mapById?: boolean;
  /** Of a `ledger`: what the keys of the nested objects are, from the outside in; the innermost value is a mark. */
  readonly levels?: readonly LedgerLevel[];
}

export const ledgerLevels = ["classId", "studentId", "date"] as const;
export type LedgerLevel = (typeof ledgerLevels)[number];

/** Legacy field → the field name of the origin app that means the same. */
export type Aliases = Readonly<Record<string, string>>;
/** A word as stored, in any case → the word of our domain. */
export type Words = Readonly<Record<string, string>>;

export interface LayoutSpec {
  readonly name: string;
  /** What every key begins with. */
  readonly prefix?: string;
  readonly keys: readonly LayoutKey[];
  /** Keys that hold no records (metadata, probes) → what they are. */
  readonly noRecords?: Readonly<Record<string, string>>;
  readonly aliases?: Readonly<Partial<Record<EntryKind, Aliases>>>;
  /** By `kind.field`. */
  readonly words?: Readonly<Record<string, Words>>;
  readonly dates?: readonly DateForm[];
  /** `YYYY-MM-DD`: small whole numbers where a day is due count days from here. */
  readonly dayZero?: string;
  /** Texts in a reference that mean "none". */
  readonly none?: readonly string[];
}

/** A layout that holds together. */
export interface Layout {
  readonly name: string;
  readonly keys: readonly (Required<LayoutKey> & { readonly pattern: KeyPattern })[];
  readonly noRecords: ReadonlyMap<string, string>;
  readonly aliases: ReadonlyMap<EntryKind, ReadonlyMap<string, string>>;
  readonly words: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly dates: readonly DateForm[];
  readonly dayZero: string | null;
  readonly none: ReadonlySet<string>;
}

/** A key cut at its `{field}` places. */
interface KeyPattern {
  readonly texts: readonly string[];
  readonly fields: readonly string[];
}

const fieldName = /^[^\0{}]{1,200}$/;

/**
 * Declares a layout.
 * @throws CONFIG_INVALID for an empty name or key, a key declared twice, an unknown kind or date form, a pointer that is
 * none, an alias or word that leads nowhere, and date forms that contradict each other
 */
export function defineLayout(spec: LayoutSpec): Layout {
  const fail = (what: string): never => {
    throw new AdapterError("CONFIG_INVALID", `Layout ${spec.name}: ${what}.`, { place: spec.name });
  };
  if (!spec.name.trim()) fail("it has no name");
  const prefix = spec.prefix ?? "";
  const seen = new Set<string>();
  const keys = spec.keys.map((key) => {
    const at = key.at ?? "";
    if (!key.key) fail("a key is empty");
    if (!isLegacyKind(key.kind) && !/^domain:[a-z][A-Za-z0-9]{0,39}$/.test(key.kind))
      fail(`"${key.kind}" is no kind of record`);
    if (at !== "" && !/^(?:\/(?:[^~]|~[01])*)$/.test(at)) fail(`"${at}" is no JSON pointer`);
    const identity = JSON.stringify([key.key, at]);
    if (seen.has(identity)) fail(`the key ${key.key}${at} is declared twice`);
    seen.add(identity);
    return {
      key: prefix + key.key,
      kind: key.kind,
      at,
      mapById: key.mapById ?? key.kind === "ledger",
      levels: levelsOf(key, fail),
      pattern: patternOf(prefix + key.key, fail),
    };
  });
  for (const key of Object.keys(spec.noRecords ?? {}))
    if (seen.has(JSON.stringify([key, ""]))) fail(`the key ${key} both holds records and does not`);
  return {
    name: spec.name,
    keys,
    noRecords: new Map(Object.entries(spec.noRecords ?? {}).map(([key, meaning]) => [prefix + key, meaning])),
    aliases: aliasesOf(spec, fail),
    words: wordsOf(spec, fail),
    dates: datesOf(spec, fail),
    dayZero: dayZeroOf(spec, fail),
    none: new Set(spec.none ?? []),
  };
}

type Fail = (what: string) => never;

function levelsOf({ key, kind, levels = [] }: LayoutKey, fail: Fail): readonly LedgerLevel[] {
  if (kind !== "ledger" && levels.length > 0) fail(`the key ${key} has levels and is no ledger`);
  if (kind === "ledger" && (new Set(levels).size < levels.length || levels.length < 2 || !levels.includes("studentId")))
    fail(`the ledger ${key} needs its levels, studentId among them, each once`);
  return levels;
}

function dayZeroOf({ dayZero }: LayoutSpec, fail: Fail): string | null {
  if (dayZero !== undefined && !isLocalDate(dayZero)) fail(`"${dayZero}" is no day`);
  return dayZero ?? null;
}

function patternOf(key: string, fail: Fail): KeyPattern {
  const texts: string[] = [];
  const fields: string[] = [];
  let rest = key;
  for (let open = rest.indexOf("{"); open >= 0; open = rest.indexOf("{")) {
    const close = rest.indexOf("}", open);
    const name = rest.slice(open + 1, close);
    if (close < 0 || !fieldName.test(name)) fail(`"${key}" has a "{" that names no field`);
    if (fields.length > 0 && open === 0) fail(`"${key}" has two fields with nothing between them`);
    texts.push(rest.slice(0, open));
    fields.push(name);
    rest = rest.slice(close + 1);
  }
  return { texts: [...texts, rest], fields };
}

function aliasesOf(spec: LayoutSpec, fail: Fail): Layout["aliases"] {
  const result = new Map<EntryKind, ReadonlyMap<string, string>>();
  for (const [kind, aliases] of Object.entries(spec.aliases ?? {})) {
    if (!isLegacyKind(kind) && !kind.startsWith("domain:")) fail(`aliases are given for "${kind}", which is no kind`);
    for (const [from, to] of Object.entries(aliases ?? {})) {
      if (!from || !to || isForbiddenKey(from) || isForbiddenKey(to))
        fail(`the alias ${from} of ${kind} leads nowhere`);
      if (aliases?.[to] !== undefined && to !== from) fail(`the alias ${from} of ${kind} leads to another alias`);
    }
    result.set(kind as EntryKind, new Map(Object.entries(aliases ?? {})));
  }
  return result;
}

function wordsOf(spec: LayoutSpec, fail: Fail): Layout["words"] {
  const result = new Map<string, ReadonlyMap<string, string>>();
  for (const [place, words] of Object.entries(spec.words ?? {})) {
    if (!isLegacyKind(place.split(".")[0] ?? "") && !place.startsWith("domain:"))
      fail(`words are given for "${place}"; "kind.field" is expected`);
    const folded = new Map<string, string>();
    for (const [word, meaning] of Object.entries(words)) {
      if (!meaning) fail(`the word "${word}" of ${place} means nothing`);
      const before = folded.get(foldWord(word));
      if (before !== undefined && before !== meaning) fail(`the word "${word}" of ${place} has two meanings`);
      folded.set(foldWord(word), meaning);
    }
    result.set(place, folded);
  }
  return result;
}

function datesOf(spec: LayoutSpec, fail: Fail): readonly DateForm[] {
  const dates = spec.dates ?? [];
  for (const form of dates) if (!dateForms.includes(form)) fail(`"${form}" is no date form`);
  if (new Set(dates).size < dates.length) fail("a date form is named twice");
  // 03/04/2024 would be read one way and 13/04/2024 the other: a guess that nobody would see.
  if (dates.includes("M/D/Y") && dates.includes("D/M/Y")) fail("M/D/Y and D/M/Y contradict each other");
  if (dates.includes("M-D-Y") && dates.includes("D-M-Y")) fail("M-D-Y and D-M-Y contradict each other");
  return dates;
}

/** Words are compared without case and surrounding blanks. */
export const foldWord = (word: string): string => word.normalize("NFKC").trim().toLowerCase();

/** What `key` gives to the records under it by a pattern, or `null` when the pattern does not fit. */
function fieldsOfKey(pattern: KeyPattern, key: string): Readonly<Record<string, string>> | null {
  const first = pattern.texts[0] ?? "";
  if (!key.startsWith(first)) return null;
  if (pattern.fields.length === 0) return key === first ? {} : null;
  const found: Record<string, string> = {};
  let at = first.length;
  for (const [index, field] of pattern.fields.entries()) {
    const text = pattern.texts[index + 1] ?? "";
    const isLast = index === pattern.fields.length - 1;
    if (isLast && !key.endsWith(text)) return null;
    const end = isLast ? key.length - text.length : key.indexOf(text, at + 1);
    if (end <= at) return null;
    found[field] = key.slice(at, end);
    at = end + text.length;
  }
  return found;
}

/** A declaration that fits a storage key, with the fields that the key itself gives. */
export interface KeyMatch {
  readonly declared: Required<LayoutKey>;
  readonly fields: Readonly<Record<string, string>>;
}

/** What a layout knows of a storage key; several declarations fit where one value holds several lists. */
export function matchKey(layout: Layout, key: string): readonly KeyMatch[] {
  const matches: KeyMatch[] = [];
  for (const declared of layout.keys) {
    const fields = fieldsOfKey(declared.pattern, key);
    if (fields) matches.push({ declared, fields });
  }
  // An exact key outranks a pattern.
  const exact = matches.filter((m) => m.declared.key === key);
  return exact.length > 0 ? exact : matches;
}

/** What a key without records is, or `null` when the layout does not know it as such. */
export const noRecordsAt = (layout: Layout, key: string): string | null => layout.noRecords.get(key) ?? null;

/** One layout out of two; where both speak, the first is heard. */
export function combineLayouts(first: Layout, second: Layout): Layout {
  const declared = new Set(first.keys.map((k) => JSON.stringify([k.key, k.at])));
  return {
    name: first.name,
    keys: [...first.keys, ...second.keys.filter((k) => !declared.has(JSON.stringify([k.key, k.at])))],
    noRecords: new Map([...second.noRecords, ...first.noRecords]),
    aliases: joined(first.aliases, second.aliases),
    words: joined(first.words, second.words),
    dates: first.dates.length > 0 ? first.dates : second.dates,
    dayZero: first.dayZero ?? second.dayZero,
    none: new Set([...first.none, ...second.none]),
  };
}

function joined<K>(
  first: ReadonlyMap<K, ReadonlyMap<string, string>>,
  second: ReadonlyMap<K, ReadonlyMap<string, string>>,
): ReadonlyMap<K, ReadonlyMap<string, string>> {
  const result = new Map(first);
  for (const [key, map] of second) result.set(key, new Map([...map, ...(first.get(key) ?? [])]));
  return result;
}
