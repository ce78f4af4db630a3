/**
 * Entries of a log in an older form than the store's: a tab with the program before goes on writing for a moment after a
 * newer one has brought the store up to date, and what it acknowledged is brought up to date as well.
 */
import type { Domain, DomainSet } from "../domain/define-domain.ts";
import { hasCode } from "../domain/errors.ts";
import type { JsonObject } from "../domain/json.ts";
import { encode } from "./codec.ts";
import { clientOf, numberOf } from "./keys.ts";
import type { Loading } from "./load.ts";
import type { LogItem } from "./log.ts";
import { changedFields } from "./migrate-mutations.ts";
import type { Model } from "./model.ts";
import type { Meta, StoredMutation, WalEntry } from "./stored.ts";

/** The entry with the versions of its domains, where one is beyond the first. */
export function withVersions(entry: WalEntry, domains: DomainSet): WalEntry {
  const versions: Record<string, number> = {};
  let beyond = false;
  for (const { domain } of entry.mutations) {
    const version = domains.has(domain) ? domains.get(domain).schemaVersion : 1;
    if (version > 1) versions[domain] = version;
    beyond ||= version > 1;
  }
  return beyond ? { ...entry, schemaVersions: versions } : entry;
}

/** Some mutation of it is in an older form than the store. */
export const isLate = (entry: WalEntry, meta: Meta): boolean =>
  entry.mutations.some(({ domain }) => versionIn(entry, domain) < (meta.schemaVersions[domain] ?? 1));

const versionIn = (entry: WalEntry, domain: string): number => entry.schemaVersions?.[domain] ?? 1;

export interface LateEntry {
  readonly key: string;
  /** As it stands on disk. */
  readonly text: string;
  readonly value: WalEntry;
}

/**
 * Writes them anew in the form of the store; each one alone, and only while it is what was read: another tab may be at it.
 * A mutation that its steps cannot take stays as it is, and the server says what is wrong with it.
 * @param model of the store's form, with these entries in it as they are
 */
export async function mendLate({ storage, domains }: Loading, model: Model, late: readonly LateEntry[]): Promise<void> {
  const entries = new Map(late.map(({ key, value }) => [`${clientOf(key)}/${numberOf(key)}`, value]));
  const mended = new Map<LogItem, StoredMutation>();
  for (const log of model.logs.all()) {
    for (const item of log.items) {
      const isOld = entries.has(`${log.client}/${item.entry}`) && domains.has(item.mutation.domain);
      if (isOld && !mended.has(item)) mendOver({ model, domains, entries, mended }, item);
    }
  }
  for (const { key, text, value } of late) {
    const log = model.logs.get(clientOf(key));
    const mutations = [...value.mutations];
    for (const item of log?.items ?? [])
      if (item.entry === numberOf(key)) mutations[item.index] = mended.get(item) ?? item.mutation;
    const entry = withVersions({ ...value, mutations }, domains);
    try {
      await storage.commit({ puts: [[key, encode(entry)]], expect: { key, value: text } });
    } catch (error) {
      if (!hasCode("FENCED")(error)) throw error;
    }
  }
}

interface Mending {
  readonly model: Model;
  readonly domains: DomainSet;
  readonly entries: ReadonlyMap<string, WalEntry>;
  readonly mended: Map<LogItem, StoredMutation>;
}

/** All late mutations over the record of one of them, each on what the record is below it. */
function mendOver({ model, domains, entries, mended }: Mending, { mutation }: LogItem): void {
  const { domain: name, recordId } = mutation;
  const domain = domains.get(name);
  const base = model.base.get(name, recordId)?.record;
  let below: JsonObject | null = base ? withoutId(base) : null;
  for (const item of model.overlay.items(name, recordId)) {
    const { kind } = item.mutation;
    const entry = entries.get(`${item.log.client}/${item.entry}`);
    let fields = item.mutation.fields as JsonObject;
    if (entry && kind !== "delete") {
      fields = broughtUp({ domain, from: versionIn(entry, name) }, kind === "create" ? null : below, fields);
      mended.set(item, { ...item.mutation, fields });
    }
    below = kind === "delete" ? null : { ...(kind === "create" ? {} : below), ...fields };
  }
}

interface Steps {
  readonly domain: Domain;
  /** The version that the mutation was made in. */
  readonly from: number;
}

/** @param below what the record is under the mutation, in the store's form */
function broughtUp({ domain, from }: Steps, below: JsonObject | null, fields: JsonObject): JsonObject {
  const steps = domain.migrations.slice(from - 1);
  const up = (given: JsonObject): JsonObject => steps.reduce((at, step) => step.up(at), given);
  try {
    if (below === null) return up(fields);
    const before = steps.reduceRight((at, step) => step.down(at), below);
    return changedFields(before, { ...before, ...fields }, up);
  } catch {
    return fields;
  }
}

function withoutId(record: Readonly<Record<string, unknown>>): JsonObject {
  const { id: _, ...fields } = record;
  return fields as JsonObject;
}
