/** Where in one stored value the records stand: lists, maps by id, wrappers, one blob with several domains. */
import { pointerStep } from "../../domain/json.ts";
import { type Layout, matchKey } from "../../school/legacy/layout.ts";
import type { EntryKind } from "../types.ts";
import { inferKind, readThreshold } from "./infer-kind.ts";
import { type JsonScan, type Span, scanJson } from "./json-scan.ts";
import type { SourceLimits } from "./limits.ts";
import { kindByName } from "./name-match.ts";
import { samplesOf } from "./samples.ts";

/** A place in a value that holds (or may hold) records. */
export interface FoundList {
  /** JSON pointer to it. */
  readonly at: string;
  readonly name: string;
  /** `null`: it could not be told what they are. */
  readonly kind: EntryKind | null;
  /** `declared` by the layout; else guessed from `fields` or `name`, and to be confirmed. */
  readonly by: "declared" | "guess";
  readonly confidence: number;
  /** `list` and `map`: each item is an element. `one`: the whole place is. `opaque`: nobody can tell what is in it. */
  readonly form: "list" | "map" | "one" | "opaque";
  readonly place: Span;
  readonly items: readonly Span[];
}

/** Members that hold the elements of what their parent is named after. */
const wrapperNames = new Set(["items", "data", "list", "records", "results", "rows", "value", "values", "entities"]);
/** Objects deeper than this are settings, not records. */
const searchDepth = 5;

export interface Finder {
  /** What stands at a place of which the layout says what it is. */
  declared(place: Span, at: string, how: { readonly kind: EntryKind; readonly mapById: boolean }): void;
  /** What looks like records in a place that nobody declared, those found already left out. */
  search(place: Span, at: string, name: string): void;
  readonly found: readonly FoundList[];
}

export function listFinder(raw: string, layout: Layout, limits: SourceLimits): Finder {
  const found: FoundList[] = [];
  const seen = new Set<number>();
  const scan = ({ start, end }: Span): JsonScan =>
    scanJson(raw, { start, end, maxItems: limits.entries, maxString: limits.stringLength });
  const add = (list: FoundList): void => {
    if (seen.has(list.place.start)) return;
    seen.add(list.place.start);
    found.push(list);
  };
  const declaredKind = (name: string): EntryKind | null =>
    matchKey(layout, name).find(({ declared }) => declared.at === "")?.declared.kind ?? null;

  function declared(place: Span, at: string, { kind, mapById }: { kind: EntryKind; mapById: boolean }): void {
    collect(place, at, { kind, mapById, by: "declared", confidence: 1, name: at });
  }

  type How = Pick<FoundList, "by" | "confidence" | "name"> & { readonly kind: EntryKind; readonly mapById: boolean };

  function collect(place: Span, at: string, how: How): void {
    const { mapById, ...known } = how;
    if (seen.has(place.start)) return;
    const list = (form: FoundList["form"], items: readonly Span[]): void => add({ ...known, at, form, place, items });
    if (place.nameDefect || (place.type !== "array" && place.type !== "object")) {
      list("opaque", []);
      return;
    }
    const { items, defect } = scan(place);
    if (place.type === "array" || defect || items.length === 0 || mapById) {
      list(place.type === "array" ? "list" : defect ? "opaque" : "map", items);
      return;
    }
    const inner = items.filter((item) => declaredKind(item.key ?? "") === how.kind && holdsRecords(item));
    const wrapped =
      inner.length > 0 ? inner : items.filter((item) => wrapperNames.has(item.key ?? "") && holdsRecords(item));
    const isRecord = items.some(
      (item) => (item.key === "id" || item.key === "_id") && item.type !== "object" && item.type !== "array",
    );
    if (wrapped.length > 0 && !isRecord) {
      seen.add(place.start);
      for (const item of wrapped) collect(item, at + pointerStep(item.key ?? ""), how);
      for (const item of items) if (!wrapped.includes(item) && item.key !== "ids") searchMember(item, at, 1);
      return;
    }
    const isOne = isRecord || inferKind(samplesOf(raw, [place]))?.kind === how.kind;
    if (!isRecord && items.every((item) => item.type === "object")) list("map", items);
    else list(isOne ? "one" : "opaque", isOne ? [place] : []);
  }

  /** A list or map whose elements are objects, or an empty one. */
  function holdsRecords(item: Span): boolean {
    if (item.size === 0) return item.type === "array" || item.type === "object";
    if (item.type === "array") return scan(item).items.some((element) => element.type === "object");
    if (item.type !== "object") return false;
    const { items } = scan(item);
    return (
      items.every((member) => member.type === "object") ||
      items.some((member) => wrapperNames.has(member.key ?? "") || declaredKind(member.key ?? "") !== null)
    );
  }

  function searchMember(item: Span, at: string, depth: number): void {
    const name = item.key ?? "";
    const here = at + pointerStep(name);
    if (seen.has(item.start)) return;
    const kind = declaredKind(name);
    if (kind !== null && holdsRecords(item)) declared(item, here, { kind, mapById: false });
    else walk(item, here, name, depth);
  }

  function walk(place: Span, at: string, name: string, depth: number): void {
    if (seen.has(place.start)) return;
    if (place.type === "string") hiddenJson(place, at, name);
    if (place.type !== "array" && place.type !== "object") return;
    const { items } = scan(place);
    const named = kindByName(layout, name);
    if (items.length === 0) {
      if (named) add({ at, name, kind: named, by: "guess", confidence: 1, form: "list", place, items });
      return;
    }
    const objects = items.filter((item) => item.type === "object");
    if (place.type === "array") {
      const guess = inferKind(samplesOf(raw, objects), name);
      const sure = guess !== null && guess.confidence >= readThreshold;
      // What is no list of objects (of texts, of lists) is shown, not read.
      const kind = sure ? preferred(named, guess.kind) : null;
      add({
        at,
        name,
        kind,
        by: "guess",
        confidence: guess?.confidence ?? 0,
        form: kind ? "list" : "opaque",
        place,
        items,
      });
      return;
    }
    if (objects.length === items.length) {
      const guess = inferKind(samplesOf(raw, items), name);
      // One or two objects side by side are rather a user and his settings than a map of records.
      if (guess && guess.confidence >= readThreshold && (items.length > 2 || guess.kind === named)) {
        const kind = preferred(named, guess.kind);
        add({ at, name, kind, by: "guess", confidence: guess.confidence, form: "map", place, items });
        return;
      }
    }
    if (depth >= searchDepth) add({ at, name, kind: null, by: "guess", confidence: 0, form: "opaque", place, items });
    else for (const item of items) searchMember(item, at, depth + 1);
  }

  /** Lists that were put into text a second time, as redux-persist does, are seen but not read. */
  function hiddenJson(place: Span, at: string, name: string): void {
    const head = raw.slice(place.start, place.start + 8).replaceAll("\\", "");
    if (head.startsWith('"[{') || head.startsWith('"{"'))
      add({ at, name, kind: null, by: "guess", confidence: 0, form: "opaque", place, items: [] });
  }

  return { found, declared, search: (place, at, name) => walk(place, at, name, 0) };
}

// A register and a flat mark stand under the same names; their fields tell them apart.
const preferred = (named: EntryKind | null, guessed: EntryKind): EntryKind =>
  named === null || (named === "session" && guessed === "mark") ? guessed : named;
