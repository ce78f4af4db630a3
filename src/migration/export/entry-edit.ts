/** One entry of the old app with what changed in its records since; leaves that did not change stay. */
import type { AnyRecord } from "../../domain/define-domain.ts";
import type { Field } from "../../domain/fields.ts";
import { atPointer, isForbiddenKey, isJsonObject, pointerStep } from "../../domain/json.ts";
import type { Claim, TransformedEntry } from "../types.ts";
import { leafValue } from "./leaf-value.ts";
import { nameOf } from "./origin-created.ts";
import { embeddedPaths, originShapes, sessionFields } from "./origin-shape.ts";
import { idOfPart, isSame, keyOf, legacyIdOf, type OriginState } from "./origin-state.ts";
import { setAt } from "./pointer-edit.ts";

type Part = TransformedEntry["parts"][number];
export interface Edit {
  readonly state: OriginState;
  readonly transformed: TransformedEntry;
  /** A copy of the entry's value that may be changed. */
  readonly data: Record<string, unknown>;
}

const ofSession: ReadonlySet<string> = new Set(sessionFields);

/** Brings one changed record of an entry into it. */
export function editRecord(edit: Edit, part: Part, was: AnyRecord, now: AnyRecord): void {
  const { state, data } = edit;
  const domain = state.domains.get(part.domain);
  const written = new Set<string>();
  for (const [name, field] of Object.entries(domain.fields)) {
    if (isSame(was[name], now[name])) continue;
    const path = placeOf(edit, part, name, field);
    if (path === null) continue;
    // Two columns may stand for one leaf (a score is a number or a text): the one with a value speaks.
    if (now[name] === null && written.has(path)) continue;
    const to = domain.references[name]?.to;
    const value = leafValue(field, now[name], {
      leaf: atPointer(data, path),
      legacyId: to === undefined ? null : legacyIdOf(state, to, now[name]),
      asText: name === "score",
      withTime: part.path !== "" && part.domain.startsWith("payment"),
    });
    const isTaken =
      now[name] === null &&
      Object.keys(domain.fields).some(
        (other) => other !== name && now[other] !== null && defaultPath(part, other) === path,
      );
    if (isTaken) continue;
    if (!setAt(data, path, value)) state.unplaced.push({ domain: part.domain, id: now.id, field: name });
    written.add(path);
    if (to !== undefined) moveNames(edit, part, { field: name, to, was: was[name], now: now[name] });
  }
  if (was.externalId !== now.externalId) state.unplaced.push({ domain: part.domain, id: now.id, field: "externalId" });
  editExtra(edit, { base: part.path, id: now.id, domain: part.domain, written }, was.extra, now.extra);
}

function defaultPath(part: Part, name: string): string {
  const shape = originShapes[part.domain];
  const isEmbedded = part.path !== "" && part.domain !== "attendance";
  const own = isEmbedded ? embeddedPaths[part.domain]?.[name] : shape?.paths[name];
  return part.path + (own ?? pointerStep(name));
}

/** Where a field stands in the entry; `null` when it is told elsewhere. */
function placeOf({ state, transformed }: Edit, part: Part, name: string, field: Field): string | null {
  const id = part.record?.id ?? "";
  if (part.domain === "attendance" && part.path !== "" && ofSession.has(name)) {
    // In a register `editSession` tells it; elsewhere it is a key of the nesting.
    if (transformed.entry.kind !== "session") state.unplaced.push({ domain: part.domain, id, field: name });
    return null;
  }
  // A mark that is a bare word stands in the very place of its part.
  const isOwn = (c: Claim): boolean => part.path === "" || c.path === part.path || c.path.startsWith(`${part.path}/`);
  const claim = transformed.claims.find(
    (c) => c.to === "column" && c.domain === part.domain && c.id === id && c.field === name && isOwn(c),
  );
  // A JSON column is claimed leaf by leaf; the value begins where its pointer does.
  if (claim?.to === "column")
    return field.kind === "json" ? claim.path.slice(0, claim.path.length - (claim.at ?? "").length) : claim.path;
  const isDerived =
    name === "sessionId" || (part.path !== "" && part.domain.startsWith("payment") && field.kind === "id");
  if (!isDerived) return defaultPath(part, name);
  state.unplaced.push({ domain: part.domain, id, field: name });
  return null;
}

interface Move {
  readonly field: string;
  readonly to: string;
  readonly was: unknown;
  readonly now: unknown;
}

/** The name beside a reference follows it. */
function moveNames({ state, transformed, data }: Edit, part: Part, move: Move): void {
  const name = nameOf(state, move.to, move.now);
  const copy = originShapes[part.domain]?.copies.find((c) => c.field === move.field);
  for (const claim of transformed.claims) {
    if (claim.to !== "excluded" || claim.reason !== "COPY" || !claim.copyOf) continue;
    if (claim.copyOf.domain === move.to && claim.copyOf.id === move.was && claim.path.startsWith(part.path))
      setAt(data, claim.path, name ?? copy?.unknown ?? "");
  }
  if (!copy || name === null) return;
  const leaf = atPointer(data, part.path + copy.path);
  if (leaf === undefined || leaf === "" || leaf === copy.unknown) setAt(data, part.path + copy.path, name);
}

interface ExtraPlace {
  readonly base: string;
  readonly domain: string;
  readonly id: string;
  /** Leaves that a column has just written: the column is believed. */
  readonly written: ReadonlySet<string>;
}

function editExtra(edit: Edit, place: ExtraPlace, was: unknown, now: unknown): void {
  const before = isJsonObject(was) ? was : {};
  const after = isJsonObject(now) ? now : {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const path = place.base + pointerStep(key);
    if (isForbiddenKey(key) || place.written.has(path) || isSame(before[key], after[key])) continue;
    if (isJsonObject(before[key]) && isJsonObject(after[key]))
      editExtra(edit, { ...place, base: path }, before[key], after[key]);
    else if (!setAt(edit.data, path, after[key]))
      edit.state.unplaced.push({ domain: place.domain, id: place.id, field: "extra" });
  }
}

/** What a register says for all its marks changes when all of them say so. */
export function editSession({ state, transformed, data }: Edit): void {
  const marks = transformed.parts.flatMap((part) => {
    const now = part.domain === "attendance" && part.record ? state.now.get(keyOf("attendance", part.record.id)) : null;
    return part.record && now ? [{ was: part.record, now }] : [];
  });
  const domain = state.domains.get("attendance");
  for (const name of sessionFields) {
    const changed = marks.filter((mark) => !isSame(mark.was[name], mark.now[name]));
    const [first, field] = [changed[0], domain.fields[name]];
    if (!first || !field) continue;
    if (!marks.every((mark) => isSame(mark.now[name], first.now[name]))) {
      for (const mark of changed) state.unplaced.push({ domain: "attendance", id: mark.now.id, field: name });
      continue;
    }
    const to = domain.references[name]?.to;
    const claim = transformed.claims.find((c) => c.to === "column" && c.domain === "attendance" && c.field === name);
    const path = claim?.path ?? originShapes.attendance?.paths[name] ?? pointerStep(name);
    const legacyId = to === undefined ? null : legacyIdOf(state, to, first.now[name]);
    setAt(
      data,
      path,
      leafValue(field, first.now[name], { leaf: atPointer(data, path), legacyId, asText: false, withTime: false }),
    );
    const copy = originShapes.attendance?.copies.find((c) => c.field === name);
    if (copy && to !== undefined) setAt(data, copy.path, nameOf(state, to, first.now[name]) ?? copy.unknown);
  }
}

/** True when a record of the entry, or one whose name it copies, changed or went. */
export function isTouched(state: OriginState, { entry, parts, claims }: TransformedEntry): boolean {
  if (state.was.size === 0 && state.gone.size === 0) return false;
  return (
    parts.some((part) => {
      const id = idOfPart(part);
      if (id === null || !state.isImported(entry.no, part.no)) return false;
      return state.gone.has(keyOf(part.domain, id)) || state.was.has(keyOf(part.domain, id));
    }) || claims.some((claim) => newNameFor(state, claim) !== null)
  );
}

/** The new text of a leaf that copies a field of another record, or `null`. */
export function newNameFor(state: OriginState, claim: Claim): string | null {
  if (claim.to !== "excluded" || claim.reason !== "COPY" || !claim.copyOf) return null;
  const { domain, id, field } = claim.copyOf;
  const [was, now] = [state.was.get(keyOf(domain, id)), state.now.get(keyOf(domain, id))];
  return was && now && !isSame(was[field], now[field]) && typeof now[field] === "string" ? now[field] : null;
}
