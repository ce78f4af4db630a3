/** Opens the store of one school and user in this tab. */
import type { DomainSet } from "../domain/define-domain.ts";
import { AdapterError, hasCode } from "../domain/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { encode } from "./codec.ts";
import { leaderKey, metaKey } from "./keys.ts";
import { type Loaded, type Loading, load } from "./load.ts";
import { Quarantine } from "./quarantine.ts";
import type { RecordStore } from "./record-store.ts";
import { isOutdated, migrateSchema } from "./schema-migrate.ts";
import { newerThan } from "./schema-newer.ts";
import { createSerial } from "./serial.ts";
import type { Storage } from "./storage.ts";
import type { Meta } from "./stored.ts";
import type { Limits, Tab, TabMessage } from "./tab.ts";
import { TabStore } from "./tab-store.ts";
import { watched } from "./watched.ts";
import { watchedStorage } from "./watched-storage.ts";

export interface OpenOptions {
  readonly storage: Storage;
  readonly domains: DomainSet;
  readonly platform: Platform;
  /** Of the school and user: tabs that open the same name hear each other. */
  readonly name: string;
  readonly limits?: Partial<Limits>;
  /**
   * Leaving stage `off` makes creates of the records that the server has never confirmed. Without it they wait for the
   * migration's backfill. Default: true.
   */
  readonly promoteUnconfirmed?: boolean;
  /** Default: 500 entries. */
  readonly maxEntriesBeforeCompaction?: number;
}

const defaults: Limits = { maxRecords: 250_000, maxOutbox: 50_000, maxOutboxBytes: Number.POSITIVE_INFINITY };
/** Of what the browser allows, for what waits for the server. */
const outboxShare = 0.2;
/** How often bringing the schema up to date is begun again. */
const mostTries = 5;
/** How long the first read may take; milliseconds. */
const firstReadWithin = 10_000;

/**
 * @throws STORAGE_UNREADABLE (nothing was written; it may be tried again), STORE_CORRUPT, LIMIT, STORAGE_BLOCKED,
 * SCHEMA_MIGRATION_FAILED
 */
export async function openRecordStore(options: OpenOptions): Promise<RecordStore> {
  const { domains, platform, name } = options;
  const storage = watchedStorage(options.storage, platform.timers);
  const warnings: string[] = [];
  const quarantine = new Quarantine(storage, platform.clock);
  const clientId = platform.entropy.uuid();
  const [text, limits] = await Promise.all([firstRead(options, clientId), limitsOf(options)]);
  const warn = (text: string): void => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const channel = platform.channel(`hda/${name}`);
  const tellNewer = (): void => channel.post({ kind: "generation" } satisfies TabMessage);
  const { maxRecords } = limits;
  const loading: Loading = { storage, platform, domains, quarantine, maxRecords, warn, tellNewer };
  const { model, meta, metaText, from } = await loadCurrent(loading, name, text).catch((error: unknown) => {
    channel.close();
    throw error;
  });
  model.takeChanges();
  await quarantine.flush().catch(() => warn("What was damaged could not be set aside yet; it stays where it is."));
  if (meta.origin === clientId && options.storage.missing)
    warn(`${options.storage.missing} What was not sent yet is lost; the rest is on the server.`);
  if (storage.durability !== "strict")
    warn(`Durability is ${storage.durability}: the last writes before a power cut may be lost.`);
  if (!storage.shared) warn("This storage serves a single tab: do not open the app twice.");
  const tab: Tab = {
    storage,
    platform,
    domains,
    clientId,
    limits,
    loading,
    channel,
    serial: createSerial(),
    model,
    meta,
    metaText,
    mapped: from,
    stale: false,
    writing: Promise.resolve(),
    readOnly: newerThan(meta, domains),
    emit: () => undefined,
  };
  if (tab.readOnly !== null) warn(tab.readOnly);
  // A tab with the older program learns from it that it may only read from now on.
  if (metaText !== text) tellNewer();
  const store = new TabStore(tab, quarantine, warnings, {
    promoteUnconfirmed: options.promoteUnconfirmed ?? true,
    compactAfter: options.maxEntriesBeforeCompaction ?? 500,
  });
  store.start();
  return store;
}

/** Everything in the form of this program's schema. */
async function loadCurrent(loading: Loading, name: string, text: string): Promise<Loaded> {
  let loaded = await load(loading, text);
  // A newer form of one domain makes the whole store read only.
  const isDue = (): boolean =>
    isOutdated(loaded.meta, loading.domains) && newerThan(loaded.meta, loading.domains) === null;
  if (!isDue()) return loaded;
  // One tab does it; the others find it done.
  await loading.platform.locks.hold(`hda/${name}/schema`, new AbortController().signal, async () => {
    for (let tries = 1; isDue(); tries++) {
      try {
        loaded = await migrateSchema(loading, loaded);
      } catch (error) {
        // A tab with the older program has taken the lead meanwhile.
        if (!hasCode("FENCED")(error) || tries === mostTries) throw error;
      }
    }
  });
  return loaded;
}

async function limitsOf({ storage, limits }: OpenOptions): Promise<Limits> {
  const estimate = await storage.estimate().catch(() => null);
  const maxOutboxBytes = estimate ? estimate.quota * outboxShare : defaults.maxOutboxBytes;
  return { ...defaults, maxOutboxBytes, ...limits };
}

/**
 * The directory of what the store holds; a new one, by the name of `origin`, where there is nothing at all.
 * @throws STORAGE_UNREADABLE, STORE_CORRUPT
 */
async function firstRead({ storage, platform, domains }: OpenOptions, origin: string): Promise<string> {
  const limit = { ms: firstReadWithin, code: "STORAGE_UNREADABLE", what: "The browser's storage" } as const;
  const read = async (): Promise<string | undefined> => {
    const found = (await storage.read([metaKey])).get(metaKey);
    if (found !== undefined || (await storage.keys("")).every((key) => key === leaderKey)) return found;
    throw new AdapterError("STORE_CORRUPT", "The store holds values, but no directory of them.", { place: metaKey });
  };
  try {
    const text = await watched(platform.timers, limit, read());
    if (text !== undefined) return text;
  } catch (error) {
    if (hasCode("STORE_CORRUPT", "STORAGE_UNREADABLE", "STORAGE_BLOCKED")(error)) throw error;
    throw new AdapterError("STORAGE_UNREADABLE", "The browser's storage cannot be read.", { cause: error });
  }
  const schemaVersions = Object.fromEntries(domains.all.map((domain) => [domain.name, domain.schemaVersion]));
  const none = { generation: 0, chunks: {}, logs: {}, syncFolded: 0, snapshot: 0 };
  const meta: Meta = { format: 1, origin, ...none, previous: null, schemaVersions };
  try {
    const fresh = encode(meta);
    await storage.commit({ puts: [[metaKey, fresh]], expect: { key: metaKey, value: null } });
    return fresh;
  } catch (error) {
    // Another tab was first.
    const text = hasCode("FENCED")(error) ? (await storage.read([metaKey])).get(metaKey) : undefined;
    if (text === undefined) throw error;
    return text;
  }
}
