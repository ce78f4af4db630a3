/** Leaving stage `off`: mutations are made of what was written without an outbox. */
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import { tickHlc } from "../domain/hlc.ts";
import { type BaseRecord, confirmedOf } from "./base.ts";
import { encode } from "./codec.ts";
import { foldIn } from "./fold-in.ts";
import { walKey } from "./keys.ts";
import { compareItems, type LogItem } from "./log.ts";
import type { SyncPosition } from "./record-store.ts";
import type { Promotion, StoredMutation, WalEntry } from "./stored.ts";
import type { Tab } from "./tab.ts";

export interface Promoted {
  readonly promotion: Promotion;
  /** The log that the mutations are in, entry by entry. */
  readonly client: string;
  readonly puts: readonly (readonly [key: string, value: string])[];
}

/** Up to which entry each log's unnumbered mutations may be folded in: strays become mutations first. */
export const foldableUntil = ({ model }: Tab): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...model.logs.all()].map(({ client, entry, items }) => {
      const stray = items.find(({ mutation }) => mutation.id === null && !model.isOff(mutation.domain));
      return [client, stray ? stray.entry - 1 : entry];
    }),
  );

/** Some unnumbered mutation lies in a domain that has an outbox: its tab had not heard of the stage. */
export function strayed({ model }: Tab): boolean {
  for (const log of model.logs.all())
    for (const { mutation } of log.items) if (mutation.id === null && !model.isOff(mutation.domain)) return true;
  return false;
}

/** Mutations in one entry of the promotion's log. */
const entryMutations = 2000;

/**
 * What has to be written together with the position under which `domains` are not `off`. It folds the unnumbered
 * mutations in memory first, which changes nothing that is seen and nothing on disk.
 */
export async function promote(
  tab: Tab,
  position: Omit<SyncPosition, "cursor">,
  domains: ReadonlySet<string>,
  unconfirmed: boolean,
): Promise<Promoted> {
  const { model, platform } = tab;
  const based = Object.fromEntries([...model.logs.all()].map(({ client, entry }) => [client, entry]));
  const adopted = adoptable(tab, domains);
  const client = platform.entropy.uuid();
  const now = platform.clock.now();
  const at = new Date(now).toISOString();
  const mutations: StoredMutation[] = [];
  const add = (part: Pick<StoredMutation, "kind" | "domain" | "recordId" | "base" | "fields">): void => {
    model.hlc = tickHlc(model.hlc, now, client);
    mutations.push({ ...part, id: mutations.length + 1, at, hlc: model.hlc });
  };
  const taken = new Set(adopted);
  foldIn(tab, based, (item) => taken.has(item));
  await tab.loading.quarantine.flush();
  const all = tab.domains.all.filter(({ name }) => domains.has(name));
  for (const domain of all) {
    if (unconfirmed) for (const record of unconfirmedOf(tab, domain)) add(creation(domain.name, record));
  }
  for (const { name } of all) {
    for (const entry of model.base.records(name).values()) {
      if (entry.dirty) add(edition(name, entry));
    }
  }
  for (const { name } of [...all].reverse()) {
    for (const { record, since } of model.base.tombstones(name).values())
      add({ kind: "delete", domain: name, recordId: record.id, base: { version: since }, fields: {} });
  }
  const lastOf = new Map<string, StoredMutation["base"]>();
  for (const { mutation } of adopted) {
    const key = `${mutation.domain}/${mutation.recordId}`;
    const below = model.lastNumbered(mutation.domain, mutation.recordId);
    const base =
      lastOf.get(key) ?? (below?.mutation.id ? { mutation: below.mutation.id, client: below.log.client } : null);
    const { kind, domain, recordId, fields } = mutation;
    add({ kind, domain, recordId, base: kind === "create" ? null : base, fields });
    lastOf.set(key, { mutation: mutations.length });
  }
  const promotion: Promotion = {
    based,
    adopted: adopted.map(({ log, entry, index }) => [log.client, entry, index] as const),
    domains: [...domains],
    unconfirmed,
  };
  const puts: [string, string][] = [];
  for (let from = 0; from < mutations.length; from += entryMutations) {
    const part: WalEntry = { mutations: mutations.slice(from, from + entryMutations) };
    const step = { step: model.syncEntry + 1, position, promoted: promotion };
    puts.push([walKey(client, puts.length + 1), encode(from === 0 ? { ...part, promotion: step } : part)]);
    await platform.timers.breathe();
  }
  return { promotion, client, puts };
}

/** Those that lie on a pending mutation cannot be folded in below it. */
function adoptable({ model }: Tab, domains: ReadonlySet<string>): readonly LogItem[] {
  const items: LogItem[] = [];
  for (const log of model.logs.all()) {
    for (const item of log.items) {
      const { id, domain, recordId } = item.mutation;
      if (id === null && domains.has(domain) && model.lastNumbered(domain, recordId)) items.push(item);
    }
  }
  return items.sort(compareItems);
}

const creation = (domain: string, { id, ...fields }: AnyRecord) =>
  ({ kind: "create", domain, recordId: id, base: null, fields }) as const;

function edition(domain: string, entry: BaseRecord) {
  const names = Object.keys(entry.dirty ?? confirmedOf(entry));
  const fields = Object.fromEntries(names.map((name) => [name, entry.record[name]]));
  const base = { version: entry.since ?? entry.serverVersion ?? 1 };
  return { kind: "update", domain, recordId: entry.record.id, base, fields } as const;
}

/** Records that the server has never confirmed, those that others of the same domain name before these. */
function unconfirmedOf({ model }: Tab, domain: Domain): readonly AnyRecord[] {
  const waiting = new Map<string, AnyRecord>();
  for (const { record, serverVersion } of model.base.records(domain.name).values())
    if (serverVersion === null && model.lastNumbered(domain.name, record.id) === null) waiting.set(record.id, record);
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
