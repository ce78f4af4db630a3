/** Mutations that wait are brought up to the schema of this program like the records they are about. */
import type { JsonObject } from "../domain/json.ts";
import { decode } from "./codec.ts";
import { walKey } from "./keys.ts";
import type { LogItem } from "./log.ts";
import type { Model } from "./model.ts";
import type { Storage } from "./storage.ts";
import type { StoredMutation, WalEntry } from "./stored.ts";

/** The fields of a record, without its id, in the form that follows. */
export type Up = (fields: JsonObject) => JsonObject;

interface Rewritten {
  readonly client: string;
  readonly entry: number;
  readonly value: WalEntry;
}

/** The entries of the logs that hold such mutations, as they are to be written. The records must not be migrated yet. */
export async function migrateMutations(
  storage: Storage,
  model: Model,
  ups: ReadonlyMap<string, Up>,
): Promise<readonly Rewritten[]> {
  const changed = new Map<LogItem, StoredMutation>();
  for (const log of model.logs.all()) {
    for (const item of log.items) {
      const up = ups.get(item.mutation.domain);
      if (up && !changed.has(item)) migrateOver(model, item, up, changed);
    }
  }
  for (const [key, parked] of model.parked) {
    const up = ups.get(parked.mutation.domain);
    if (up)
      model.parked.set(key, {
        ...parked,
        mutation: { ...parked.mutation, fields: up(parked.mutation.fields as JsonObject) },
      });
  }
  return rewrite(storage, changed);
}

/** All mutations over the record of one of them. */
function migrateOver(model: Model, { mutation }: LogItem, up: Up, changed: Map<LogItem, StoredMutation>): void {
  const { domain, recordId } = mutation;
  const base = model.base.get(domain, recordId)?.record;
  let before: JsonObject | null = base ? (withoutId(base) as JsonObject) : null;
  for (const item of model.overlay.items(domain, recordId)) {
    const { kind, fields } = item.mutation;
    const after: JsonObject | null =
      kind === "delete" ? null : ({ ...(kind === "create" ? {} : before), ...fields } as JsonObject);
    if (after)
      changed.set(item, { ...item.mutation, fields: changedFields(kind === "create" ? null : before, after, up) });
    before = after;
  }
}

/** What a mutation changes, in the form that follows: the difference between both sides of it. */
export function changedFields(before: JsonObject | null, after: JsonObject, up: Up): JsonObject {
  const to = up(after);
  if (!before) return to;
  const from = up(before);
  return Object.fromEntries(
    Object.entries(to).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(from[name])),
  );
}

function withoutId(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { id: _, ...fields } = record;
  return fields;
}

async function rewrite(storage: Storage, changed: ReadonlyMap<LogItem, StoredMutation>): Promise<readonly Rewritten[]> {
  const byKey = new Map<string, LogItem[]>();
  for (const item of changed.keys()) {
    const key = walKey(item.log.client, item.entry);
    byKey.set(key, [...(byKey.get(key) ?? []), item]);
  }
  const texts = await storage.read([...byKey.keys()]);
  const entries: Rewritten[] = [];
  for (const [key, items] of byKey) {
    const stored = decode<WalEntry>(texts.get(key) ?? "");
    const [first] = items;
    if (!stored || !first) continue;
    const mutations = [...stored.value.mutations];
    for (const item of items) mutations[item.index] = changed.get(item) ?? item.mutation;
    entries.push({ client: first.log.client, entry: first.entry, value: { ...stored.value, mutations } });
  }
  return entries;
}
