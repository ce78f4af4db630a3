/** What was read from the old layout, under the ids that its records have here. */
import type { AnyRecord, DomainSet } from "../../domain/define-domain.ts";
import { isUuid, type RecordId } from "../../domain/ids.ts";
import type { RecordStore } from "../../local/record-store.ts";
import { originShapes } from "../../migration/export/origin-shape.ts";
import type { Claim, Part, TransformedEntry } from "../../migration/types.ts";

/** A domain whose records have no id in the old layout is told by what they tie together. */
const ties: Readonly<Record<string, readonly string[]>> = {
  enrollments: ["studentId", "classId"],
  attendance: ["sessionId", "studentId"],
};

/** A register has no domain of its own; its marks name it. */
const session = "session";

/**
 * A record that was made here stands in the old layout under the id that it has here, of which the reader derives another
 * one, as of any id; and what has no id there, by what it ties together. Both are given the id that they have here.
 */
export function inOurIds(
  list: readonly TransformedEntry[],
  { domains, store }: { readonly domains: DomainSet; readonly store: RecordStore },
): readonly TransformedEntry[] {
  const ids = new Map<string, RecordId>();
  const idOf = (domain: string, id: string): string => ids.get(`${domain}/${id}`) ?? id;
  const records = list.flatMap(({ parts }) => parts.filter((part) => part.record !== null));
  const fresh = records.filter(({ domain, record }) => record !== null && store.get(domain, record.id) === null);
  for (const { domain, record } of fresh) {
    const own = record?.externalId ?? "";
    if (record && isUuid(own) && store.get(domain, own)) ids.set(`${domain}/${record.id}`, own as RecordId);
  }
  const sessions = fresh.length > 0 ? sessionsOf(store, domains) : new Set<string>();
  for (const { entry, parts } of list) {
    if (entry.kind !== "session" || !sessions.has(entry.legacyId ?? "")) continue;
    const id = parts.find((part) => part.record)?.record?.sessionId;
    if (typeof id === "string") ids.set(`${session}/${id}`, entry.legacyId as RecordId);
  }
  for (const [domain, fields] of Object.entries(ties)) {
    const open = fresh.filter((part) => part.domain === domain);
    if (open.length === 0 || !domains.has(domain)) continue;
    const read = new Set(records.filter((part) => part.domain === domain).map(({ record }) => record?.id));
    const tied = new Map<string, RecordId>();
    for (const { record } of store.all(domain)) if (!read.has(record.id)) tied.set(tieOf(record, fields), record.id);
    for (const { record } of open) {
      const id = record && tied.get(tieOf(translated(record, domain, { domains, idOf }), fields));
      if (record && id !== undefined) ids.set(`${domain}/${record.id}`, id);
    }
  }
  if (ids.size === 0) return list;
  return list.map((transformed) => inIds(transformed, { ids, idOf, domains, store }));
}

const tieOf = (record: AnyRecord, fields: readonly string[]): string =>
  JSON.stringify(fields.map((field) => record[field]));

function sessionsOf(store: RecordStore, domains: DomainSet): ReadonlySet<string> {
  const found = new Set<string>();
  if (domains.has("attendance"))
    for (const { record } of store.all("attendance"))
      if (typeof record.sessionId === "string") found.add(record.sessionId);
  return found;
}

interface Ids {
  readonly domains: DomainSet;
  readonly idOf: (domain: string, id: string) => string;
}

function translated(record: AnyRecord, domain: string, { domains, idOf }: Ids): AnyRecord {
  const { references, fieldNames } = domains.get(domain);
  const changes: Record<string, unknown> = {};
  for (const name of fieldNames) {
    const to = references[name]?.to ?? (name === "sessionId" ? session : null);
    const value = record[name];
    if (to !== null && typeof value === "string") changes[name] = idOf(to, value);
  }
  return { ...record, ...changes, id: idOf(domain, record.id) as RecordId };
}

interface Into extends Ids {
  readonly ids: ReadonlyMap<string, RecordId>;
  readonly store: RecordStore;
}

function inIds({ entry, parts, claims }: TransformedEntry, into: Into): TransformedEntry {
  const { idOf } = into;
  return { entry, parts: parts.map((part) => partIn(part, into)), claims: claims.map((claim) => claimIn(claim, idOf)) };
}

function partIn(part: Part, into: Into): Part {
  if (part.record === null)
    return part.recordId === null ? part : { ...part, recordId: into.idOf(part.domain, part.recordId) as RecordId };
  const record = translated(part.record, part.domain, into);
  if (record.id === part.record.id) return { ...part, record };
  const ours = into.store.get(part.domain, record.id)?.record;
  return { ...part, record: ours ? asMade(record, part.domain, ours) : record };
}

/** What the old app's components insist on was written for a field that is empty here: it says nothing. */
function asMade(record: AnyRecord, domain: string, ours: AnyRecord): AnyRecord {
  const defaults = originShapes[domain]?.defaults ?? {};
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (ours[name] !== null || value === null) continue;
    if (name in defaults ? JSON.stringify(defaults[name]) === JSON.stringify(value) : value === false)
      changes[name] = null;
  }
  return { ...record, ...changes, externalId: ours.externalId };
}

function claimIn(claim: Claim, idOf: Ids["idOf"]): Claim {
  if (claim.to === "part") return claim;
  if (claim.to !== "excluded") return { ...claim, id: idOf(claim.domain, claim.id) as RecordId };
  const { copyOf } = claim;
  return copyOf ? { ...claim, copyOf: { ...copyOf, id: idOf(copyOf.domain, copyOf.id) as RecordId } } : claim;
}
