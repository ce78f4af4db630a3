/** Brings the stored form up to the schema of this program: all of it in one commit, or none. */
import type { AnyRecord, Domain } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import type { JsonObject } from "../domain/json.ts";
import { parseRecord } from "../domain/record.ts";
import { confirmedOf, isTwin, stored } from "./base-record.ts";
import { chunkSize } from "./chunk-index.ts";
import { encode } from "./codec.ts";
import { logsOf, stateText } from "./generation.ts";
import { chunkKey, chunkPrefix, metaKey, stagePrefix, stateKey, statePrefix, syncPrefix, walKey } from "./keys.ts";
import { withVersions } from "./late-entries.ts";
import { fence, takeLead } from "./lead.ts";
import { type Loaded, type Loading, load } from "./load.ts";
import { migrateMutations, type Up } from "./migrate-mutations.ts";
import type { ChunkRef, Meta } from "./stored.ts";

/** Something is stored in an older form than this program's. */
export const isOutdated = (meta: Meta, domains: Loading["domains"]): boolean => outdated(meta, domains).length > 0;

const outdated = (meta: Meta, domains: Loading["domains"]): readonly Domain[] =>
  domains.all.filter(({ name, schemaVersion }) => (meta.schemaVersions[name] ?? schemaVersion) < schemaVersion);

/**
 * Takes the lead, so that a tab with the older program is fenced off, and writes a new generation.
 * @throws SCHEMA_MIGRATION_FAILED naming the step; the stored form is as it was
 */
export async function migrateSchema(loading: Loading, { model, meta, metaText: text }: Loaded): Promise<Loaded> {
  const { storage, domains, platform } = loading;
  const old = outdated(meta, domains);
  const ups = new Map(old.map((domain) => [domain.name, upOf(domain, meta.schemaVersions[domain.name] ?? 1)]));
  const entries = await migrateMutations(storage, model, ups);
  for (const { name } of old) migrateRecords(loading, { model, name, up: ups.get(name) ?? same });
  const generation = meta.generation + 1;
  const puts: [string, string][] = [];
  const chunks: Record<string, ChunkRef[]> = {};
  for (const domain of model.base.domains()) {
    const records = [...model.base.records(domain).values()].map(stored);
    const refs: ChunkRef[] = [];
    for (let from = 0; from < records.length; from += chunkSize) {
      const part = records.slice(from, from + chunkSize);
      puts.push([chunkKey(domain, refs.length, generation), encode(part)]);
      refs.push([refs.length, generation, part.length]);
      await platform.timers.breathe();
    }
    chunks[domain] = refs;
  }
  for (const { client, entry, value } of entries)
    puts.push([walKey(client, entry), encode(withVersions(value, domains))]);
  const current = Object.fromEntries(domains.all.map(({ name, schemaVersion }) => [name, schemaVersion]));
  const migrated: Meta = {
    format: 1,
    origin: meta.origin,
    generation,
    chunks,
    logs: logsOf(model),
    syncFolded: model.syncEntry,
    snapshot: model.snapshot,
    // It is in the older form, which this program does not read.
    previous: null,
    schemaVersions: { ...meta.schemaVersions, ...current },
  };
  const metaText = encode(migrated);
  puts.push([stateKey(generation), stateText(model)], [metaKey, metaText]);
  const token = await takeLead(loading);
  const now = (await storage.read([metaKey])).get(metaKey);
  // Another tab was first, or went on: from what is there now, once more.
  if (now !== undefined && now !== text) return load(loading, now);
  const folded = [chunkPrefix, statePrefix, stagePrefix, syncPrefix];
  const deletes = (await storage.keys("")).filter((key) => folded.some((prefix) => key.startsWith(prefix)));
  await storage.commit({ puts, deletes, expect: fence(token) });
  return load(loading, metaText);
}

const same: Up = (fields) => fields;

/** All steps from the stored version on. */
function upOf(domain: Domain, from: number): Up {
  const steps = domain.migrations.slice(from - 1);
  return (fields) => {
    let at = fields;
    for (const step of steps) {
      try {
        at = step.up(at);
      } catch (cause) {
        throw failed(domain.name, step.description, cause);
      }
    }
    return at;
  };
}

const failed = (domain: string, step: string, cause: unknown): AdapterError =>
  new AdapterError("SCHEMA_MIGRATION_FAILED", `The records of ${domain} could not be brought up to date: ${step}.`, {
    place: domain,
    facts: { domain, step },
    cause,
  });

interface Records {
  readonly model: Loaded["model"];
  readonly name: string;
  readonly up: Up;
}

function migrateRecords({ domains }: Loading, { model, name, up }: Records): void {
  const domain = domains.get(name);
  const migrate = ({ id, ...fields }: AnyRecord): AnyRecord => {
    const record = { ...up(fields as JsonObject), id };
    try {
      return parseRecord(domain, record);
    } catch (cause) {
      throw failed(name, domain.migrations.at(-1)?.description ?? "the last step", cause);
    }
  };
  for (const entry of model.base.records(name).values()) {
    const record = migrate(entry.record);
    const confirmed = entry.dirty ? migrate(confirmedOf(entry)) : record;
    // What was deleted since, or created elsewhere too, is still all of it, whatever the step made alike.
    const isWhole = entry.serverVersion === null || isTwin(entry);
    const isEdited = (key: string): boolean =>
      isWhole ||
      Object.hasOwn(entry.dirty ?? {}, key) ||
      JSON.stringify(record[key]) !== JSON.stringify(confirmed[key]);
    const edited = entry.dirty ? Object.keys(record).filter(isEdited) : [];
    const before = Object.fromEntries(edited.map((key) => [key, confirmed[key]]));
    model.base.put(name, record, entry.serverVersion, edited.length > 0 ? before : null, entry.since);
  }
  for (const stone of model.base.tombstones(name).values())
    model.base.bury(name, { ...stone, record: migrate(stone.record) });
}
