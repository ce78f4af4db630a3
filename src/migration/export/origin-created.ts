/** Records made since the import, in the origin app's shapes. */
import type { AnyRecord } from "../../domain/define-domain.ts";
import { isForbiddenKey } from "../../domain/json.ts";
import { leafValue } from "./leaf-value.ts";
import { embeddedPaths, originShapes, sessionFields } from "./origin-shape.ts";
import { keyOf, legacyIdOf, type OriginState } from "./origin-state.ts";
import { setAt } from "./pointer-edit.ts";

export type Item = Record<string, unknown>;

export function nameOf(state: OriginState, domain: string, id: unknown): string | null {
  const name = typeof id === "string" ? state.now.get(keyOf(domain, id))?.name : null;
  return typeof name === "string" ? name : null;
}

const owner = new Set(["studentId", "privateLessonId", "obligationId"]);

interface Made {
  readonly skip?: ReadonlySet<string>;
  /** Paths that differ from those of the domain's own list. */
  readonly paths?: Readonly<Record<string, string>>;
  readonly embedded?: boolean;
}

/** One record as an object of the old app, under its old id if it has one. */
export function makeItem(state: OriginState, domainName: string, record: AnyRecord, how: Made = {}): Item {
  const domain = state.domains.get(domainName);
  const shape = originShapes[domainName];
  const item: Item = { id: record.externalId ?? record.id };
  if (!how.embedded) Object.assign(item, structuredClone(shape?.defaults ?? {}));
  for (const name of domain.fieldNames) {
    const field = domain.fields[name];
    if (!field || how.skip?.has(name) || record[name] === null) continue;
    const to = domain.references[name]?.to;
    const value = leafValue(field, record[name], {
      leaf: undefined,
      legacyId: to === undefined ? null : legacyIdOf(state, to, record[name]),
      asText: name === "score",
      withTime: how.embedded === true,
    });
    setAt(item, how.paths?.[name] ?? shape?.paths[name] ?? `/${name}`, value);
  }
  for (const copy of how.embedded ? [] : (shape?.copies ?? [])) {
    if (how.skip?.has(copy.field)) continue;
    const name = nameOf(state, domain.references[copy.field]?.to ?? "", record[copy.field]);
    if (name !== null) setAt(item, copy.path, name);
  }
  for (const [key, value] of Object.entries(record.extra)) if (!isForbiddenKey(key)) item[key] ??= value;
  return item;
}

const shared: ReadonlySet<string> = new Set(["sessionId", ...sessionFields]);

/** A mark as it stands inside a register. */
export function makeMark(state: OriginState, mark: AnyRecord): Item {
  const { id: _, ...item } = makeItem(state, "attendance", mark, { skip: shared });
  return item;
}

/** Registers out of marks that were made since; marks that do not share class, teacher and day share no register. */
export function makeSessions(state: OriginState, marks: readonly AnyRecord[]): Item[] {
  const groups = new Map<string, AnyRecord[]>();
  for (const mark of marks) {
    const key = JSON.stringify([mark.sessionId ?? mark.id, mark.classId, mark.teacherId, mark.date]);
    groups.set(key, [...(groups.get(key) ?? []), mark]);
  }
  const used = new Map<string, number>();
  return [...groups.values()].flatMap((group) => {
    const first = group[0];
    if (!first) return [];
    const id = String(first.sessionId ?? first.id);
    const times = (used.get(id) ?? 0) + 1;
    used.set(id, times);
    if (times > 1)
      for (const mark of group) state.unplaced.push({ domain: "attendance", id: mark.id, field: "sessionId" });
    const { id: _, extra: __, ...head } = makeItem(state, "attendance", { ...first, extra: {} }, { skip: onlyMark });
    return [
      { id: times > 1 ? `${id}-${times}` : id, ...head, studentRecords: group.map((mark) => makeMark(state, mark)) },
    ];
  });
}

const onlyMark: ReadonlySet<string> = new Set([
  "sessionId",
  "studentId",
  "status",
  "reason",
  "notes",
  "homeworkCompleted",
  "homeworkNotes",
]);

/** An obligation or payment as it stands inside a private lesson. */
export const makeEmbedded = (state: OriginState, domain: string, record: AnyRecord): Item =>
  makeItem(state, domain, record, { skip: owner, paths: embeddedPaths[domain] ?? {}, embedded: true });
