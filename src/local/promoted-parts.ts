/** What stage `off` left, as the parts of the mutations that are made of it. */
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import { type BaseRecord, editedFields, isOwn, isTwin, withoutId } from "./base-record.ts";
import { compareItems, type LogItem } from "./log.ts";
import type { Model } from "./model.ts";
import type { StoredMutation } from "./stored.ts";
import type { Tab } from "./tab.ts";

export type Part = Pick<StoredMutation, "kind" | "domain" | "recordId" | "base" | "fields">;

interface Left {
  /** The domains that leave `off`. */
  readonly leaving: ReadonlySet<string>;
  /** Records that the server has never confirmed become creates. */
  readonly unconfirmed: boolean;
  /** Unnumbered mutations that get a number as they are, in their order. */
  readonly adopted: readonly LogItem[];
}

/**
 * Parents before what names them, and deletions the other way round. The order is that of the content alone, whatever
 * the order in which it came into memory.
 */
export function partsOf({ model, domains }: Tab, { leaving, unconfirmed, adopted }: Left): readonly Part[] {
  const all = domains.all.filter(({ name }) => leaving.has(name));
  const parts: Part[] = [];
  for (const domain of all)
    for (const record of createdIn(model, domain, unconfirmed)) parts.push(creation(domain.name, record));
  for (const { name } of all)
    for (const entry of sorted(model.base.records(name)))
      if (!isTwin(entry) && editedFields(entry).length > 0) parts.push(edition(name, entry));
  for (const { name } of [...all].reverse())
    for (const { record, version, since } of sorted(model.base.tombstones(name)))
      if (version !== null)
        parts.push({ kind: "delete", domain: name, recordId: record.id, base: { version: since }, fields: {} });
  const lastOf = new Map<string, Part["base"]>();
  for (const item of adopted) {
    const { kind, domain, recordId, fields } = item.mutation;
    const key = `${domain}/${recordId}`;
    const base = kind === "create" ? null : (lastOf.get(key) ?? baseBelow(model, item));
    parts.push({ kind, domain, recordId, base, fields });
    lastOf.set(key, { mutation: parts.length });
  }
  return parts;
}

const sorted = <T extends { readonly record: AnyRecord }>(byId: ReadonlyMap<string, T>): T[] =>
  [...byId.values()].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));

/** The pending mutation on which it lies; what lies on it was made later, and its tab had not seen it. */
function baseBelow({ overlay }: Model, item: LogItem): Part["base"] {
  const { domain, recordId, base } = item.mutation;
  const numbered = overlay.items(domain, recordId).filter(({ mutation }) => mutation.id !== null);
  const isBelow = (other: LogItem): boolean => other.mutation.kind === "create" || compareItems(other, item) < 0;
  const below = numbered.findLast(isBelow) ?? (base === null ? numbered[0] : undefined);
  return below?.mutation.id ? { mutation: below.mutation.id, client: below.log.client } : base;
}

const creation = (domain: string, record: AnyRecord) =>
  ({ kind: "create", domain, recordId: record.id, base: null, fields: withoutId(record) }) as const;

function edition(domain: string, entry: BaseRecord) {
  const fields = Object.fromEntries(editedFields(entry).map((name) => [name, entry.record[name]]));
  const base = { version: entry.since ?? entry.serverVersion ?? 1 };
  return { kind: "update", domain, recordId: entry.record.id, base, fields } as const;
}

/** Records that were created here and have to be sent, those that others of the same domain name before these. */
function createdIn(model: Model, domain: Domain, unconfirmed: boolean): readonly AnyRecord[] {
  const waiting = new Map<string, AnyRecord>();
  const isNews = (entry: BaseRecord): boolean =>
    isTwin(entry)
      ? editedFields(entry).length > 0
      : unconfirmed && isOwn(entry) && model.lastNumbered(domain.name, entry.record.id) === null;
  for (const entry of sorted(model.base.records(domain.name)))
    if (isNews(entry)) waiting.set(entry.record.id, entry.record);
  const own = Object.entries(domain.references).flatMap(([field, { to }]) => (to === domain.name ? [field] : []));
  if (own.length === 0) return [...waiting.values()];
  const ordered: AnyRecord[] = [];
  // Depth first along the references; a circle ends where it began.
  const visit = (record: AnyRecord): void => {
    if (!waiting.delete(record.id)) return;
    for (const field of own) {
      const parent = waiting.get(String(record[field]));
      if (parent) visit(parent);
    }
    ordered.push(record);
  };
  for (const record of waiting.values()) visit(record);
  return ordered;
}
