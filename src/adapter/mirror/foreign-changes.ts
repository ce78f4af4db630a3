/** What the old app wrote since, as writes of ours: by what it had read, what it left, and what stands here. */
import type { AnyRecord, Domain, DomainSet } from "../../domain/define-domain.ts";
import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import type { ConflictKind } from "../../domain/sync-wire.ts";
import type { Write } from "../../local/record-store.ts";
import type { Layout } from "./read-layout.ts";

/** A value that lost where the old app and this one wrote both. */
export interface Loss {
  readonly domain: string;
  readonly recordId: string;
  readonly kind: ConflictKind;
  /** Its fields, or a whole record; `deleted`: a deletion lost. */
  readonly loser: Readonly<Record<string, unknown>> | "deleted";
  readonly by: "old app" | "this app";
}

/** One record that the old app wrote. */
export interface ForeignChange {
  /** `null`: ours stands. */
  readonly write: Write | null;
  readonly loss: Loss | null;
}

export interface Sides {
  /** What the old app had read. */
  readonly before: Layout;
  /** What it left. */
  readonly after: Layout;
  readonly domains: DomainSet;
  readonly ours: (domain: string, id: string) => AnyRecord | null;
}

/**
 * Parents first, deletes last and children first.
 * - What both wrote goes by the domain's rule, the old app being the one who comes later; what loses is told.
 * - What is missing where something could not be read is not deleted.
 */
export function foreignChanges(sides: Sides): readonly ForeignChange[] {
  const changes: ForeignChange[] = [];
  const deletes: ForeignChange[] = [];
  for (const domain of sides.domains.all) {
    const prefix = `${domain.name}/`;
    for (const [name, { record }] of sides.after.records) {
      if (!name.startsWith(prefix)) continue;
      const change = written(sides, domain, sides.before.records.get(name)?.record ?? null, record);
      if (change) changes.push(change);
    }
    for (const [name, { record }] of sides.before.records) {
      if (!name.startsWith(prefix) || sides.after.records.has(name) || isUnread(sides, name)) continue;
      const change = gone(sides, domain, record);
      if (change) deletes.unshift(change);
    }
  }
  return [...changes, ...deletes];
}

function isUnread({ before, after: { unread } }: Sides, name: string): boolean {
  const standing = before.records.get(name);
  if (!standing) return false;
  const { key, element, path } = standing;
  return unread.keys.has(key) || unread.elements.has(element) || (path !== "" && unread.inside.has(element));
}

function written(sides: Sides, domain: Domain, before: AnyRecord | null, after: AnyRecord): ForeignChange | null {
  const { name } = domain;
  const ours = sides.ours(name, after.id);
  const about = { domain: name, recordId: after.id };
  if (ours === null) {
    if (before === null) return { write: { kind: "create", domain: name, record: after }, loss: null };
    const fields = changedFields(domain, before, after);
    if (Object.keys(fields).length === 0) return null;
    const told = { ...about, kind: "UPDATE_DELETE" } as const;
    if (domain.conflict === "serverWins") return { write: null, loss: { ...told, loser: fields, by: "old app" } };
    const write: Write = { kind: "create", domain: name, record: after };
    return { write, loss: { ...told, loser: "deleted", by: "this app" } };
  }
  const merged = before === null ? fromNothing(domain, ours, after) : before;
  const fields = changedFields(domain, merged, after);
  const wanted = laidOver(ours, merged, fields);
  const names = Object.keys(wanted).filter((field) => !isSame(ours[field], wanted[field]));
  if (names.length === 0) return null;
  const contested = names.filter((field) => isContested(field, { ours, before: merged, after }));
  const kind: ConflictKind = before === null ? "CREATE_CREATE" : "UPDATE_UPDATE";
  if (contested.length > 0 && (domain.conflict === "serverWins" || domain.conflict === "userDecision"))
    return { write: null, loss: { ...about, kind, loser: pick(wanted, names), by: "old app" } };
  const write: Write = { kind: "update", domain: name, id: after.id, fields: pick(wanted, names) };
  const loss: Loss | null =
    contested.length > 0 ? { ...about, kind, loser: pick(ours, contested), by: "this app" } : null;
  return { write, loss };
}

/** Both have it and nobody knows from where: every difference counts. */
const fromNothing = (domain: Domain, ours: AnyRecord, after: AnyRecord): AnyRecord => ({
  ...ours,
  ...Object.fromEntries(
    domain.fieldNames.map((field) => [field, after[field] === ours[field] ? ours[field] : undefined]),
  ),
});

function gone({ ours: find }: Sides, { name }: Domain, before: AnyRecord): ForeignChange | null {
  const ours = find(name, before.id);
  if (ours === null) return null;
  const isChanged = Object.keys(before).some((field) => field !== "externalId" && !isAlike(ours[field], before[field]));
  if (!isChanged) return { write: { kind: "delete", domain: name, id: before.id }, loss: null };
  const about = { domain: name, recordId: before.id, kind: "UPDATE_DELETE" } as const;
  return { write: null, loss: { ...about, loser: "deleted", by: "old app" } };
}

const changedFields = (domain: Domain, before: AnyRecord, after: AnyRecord): Record<string, unknown> =>
  pick(
    after,
    [...domain.fieldNames, "extra"].filter((field) => !isSame(before[field], after[field])),
  );

/** The fields as they would stand here; of `extra` only the members that changed. */
function laidOver(
  ours: AnyRecord,
  before: AnyRecord,
  fields: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { extra } = fields;
  if (!isJsonObject(extra)) return fields;
  const laid: Record<string, unknown> = { ...ours.extra };
  for (const key of changedMembers(before.extra, extra)) {
    if (Object.hasOwn(extra, key)) laid[key] = extra[key];
    else delete laid[key];
  }
  return { ...fields, extra: laid };
}

const changedMembers = (a: JsonObject, b: JsonObject): readonly string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !isSame(a[key], b[key]));

interface Three {
  readonly ours: AnyRecord;
  readonly before: AnyRecord;
  readonly after: AnyRecord;
}

function isContested(field: string, { ours, before, after }: Three): boolean {
  if (field !== "extra") return !isAlike(ours[field], before[field]) && !isSame(ours[field], after[field]);
  return changedMembers(before.extra, after.extra).some(
    (key) => !isSame(ours.extra[key], before.extra[key]) && !isSame(ours.extra[key], after.extra[key]),
  );
}

const pick = (from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, from[name] ?? null]));

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isJsonObject(a) || !isJsonObject(b)) return JSON.stringify(a) === JSON.stringify(b);
  return changedMembers(a, b).length === 0;
}

/** The old layout cannot tell nothing from no. */
const isNothing = (value: unknown): boolean => value === null || value === undefined || value === false;
const isAlike = (a: unknown, b: unknown): boolean => isSame(a, b) || (isNothing(a) && isNothing(b));
