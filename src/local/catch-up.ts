/** Reads what other tabs have written since: entries of their logs, steps of the leader, a new generation. */
import { applySync } from "./apply-sync.ts";
import { decode } from "./codec.ts";
import { fetchStep } from "./fetch-step.ts";
import { clientOf, metaKey, numberOf, quarantineKey, syncKey, syncPrefix, walKey, walPrefix } from "./keys.ts";
import { isLate } from "./late-entries.ts";
import { load, readMeta } from "./load.ts";
import type { Model } from "./model.ts";
import { newerThan } from "./schema-newer.ts";
import type { SyncEntry, WalEntry } from "./stored.ts";
import type { Tab, TabMessage } from "./tab.ts";

/** Must run alone, as everything here: see `serial.ts`. */
export async function follow(tab: Tab, message: TabMessage): Promise<void> {
  const { kind } = message;
  const read = async (): Promise<boolean> => {
    if (kind === "wal") {
      for (const [client, entry] of Object.entries({ ...message.seen, [message.client]: message.entry }))
        if (!(await readLog(tab, tab.model, client, entry))) return false;
      return true;
    }
    return kind === "sync" && (await readSteps(tab, tab.model, message.entry)) === "all";
  };
  // On what is not on disk nothing can be built: then everything is read again.
  if (tab.stale || !(await read())) await catchUp(tab);
  tab.emit();
}

/** How many entries are read at once. */
const atOnce = 256;

/** Reads a log on until the entry is known; `false` when one on the way is not there. */
async function readLog(tab: Tab, model: Model, client: string, until: number): Promise<boolean> {
  const log = model.logs.open(client);
  while (log.entry < until) {
    const count = Math.min(until - log.entry, atOnce);
    const keys = Array.from({ length: count }, (_, i) => walKey(client, log.entry + 1 + i));
    const texts = await tab.storage.read(keys);
    for (const key of keys) {
      const entry = decode<WalEntry>(texts.get(key) ?? "");
      // One of an older program is brought up to date by reading everything again.
      if (!entry || isLate(entry.value, tab.meta)) return false;
      model.ingest(client, numberOf(key), entry.value);
    }
  }
  return true;
}

/** Reads the steps of the leader up to `until`; `some` when one is not there, `unreadable` when one cannot be read or built on. */
async function readSteps(tab: Tab, model: Model, until: number): Promise<"all" | "some" | "unreadable"> {
  const { storage, loading } = tab;
  while (model.syncEntry < until) {
    const entry = model.syncEntry + 1;
    const key = syncKey(entry);
    const text = (await storage.read([key])).get(key);
    if (text === undefined) return "some";
    const step = decode<SyncEntry>(text);
    const fetched = step && (await fetchStep(loading, step.value));
    if (!step || !fetched) return "unreadable";
    // What it folds in has to be known first, and what is made of it: else records would be gone for a moment.
    if (step.value.kind === "position" && step.value.promoted) {
      const { based, client, entries } = step.value.promoted;
      for (const [log, until] of [...Object.entries(based), [client, entries] as const])
        if (!(await readLog(tab, model, log, until))) return "unreadable";
    }
    applySync(model, entry, step.value, fetched);
  }
  return "all";
}

/** Looks whether the logs that are known go on; where messages do not arrive, this is how they are found. */
export async function probeLogs(tab: Tab): Promise<void> {
  for (;;) {
    const { storage, model } = tab;
    const next = [...model.logs.all()].map(({ client, entry }) => walKey(client, entry + 1));
    if ((await storage.read(next)).size === 0) return;
    // Of what was not told there may be more, in logs that are not known.
    await readLogs(tab);
  }
}

/** Reads on everything that is on disk: all logs, all steps. */
export async function catchUp(tab: Tab): Promise<void> {
  if (tab.stale) await reload(tab);
  await followGeneration(tab);
  // What cannot be read is set aside by reading everything again.
  if ((await readSteps(tab, tab.model, Number.POSITIVE_INFINITY)) === "unreadable") await reload(tab);
  await readLogs(tab);
  tab.emit();
}

async function readLogs(tab: Tab): Promise<void> {
  const last = new Map<string, number>();
  for (const key of await tab.storage.keys(walPrefix)) last.set(clientOf(key), numberOf(key));
  for (const [client, entry] of last) {
    const log = tab.model.logs.open(client);
    // A log that was folded away begins where it goes on.
    if (log.entry === 0) {
      const first = await firstEntry(tab, client);
      // Its tab, which may be this one, may have gone on meanwhile.
      if (log.entry === 0) log.entry = first - 1;
    }
    // One that cannot be read is set aside by reading everything again.
    if (!(await readLog(tab, tab.model, client, entry))) await reload(tab);
  }
}

async function firstEntry({ storage }: Tab, client: string): Promise<number> {
  const [first] = await storage.keys(`${walPrefix}${client}/`);
  return first === undefined ? 1 : numberOf(first);
}

/** Goes over to the generation that is on disk by now, without reading its records: they are the same. */
async function followGeneration(tab: Tab): Promise<void> {
  const text = (await tab.storage.read([metaKey])).get(metaKey);
  if (text === undefined || text === tab.metaText) return;
  const meta = readMeta(text);
  const before = tab.readOnly;
  tab.readOnly = newerThan(meta, tab.domains);
  if (tab.readOnly !== null) {
    if (before === null) tab.model.statusChanged();
    return;
  }
  const { model } = tab;
  let known = (await readSteps(tab, model, meta.syncFolded)) === "all";
  for (const [client, { gone, based }] of Object.entries(meta.logs)) {
    const needed = Math.max(gone, based);
    known &&= (model.logs.get(client)?.entry ?? 0) >= needed || (await readLog(tab, model, client, needed));
  }
  // What this tab could not read is folded in there.
  if (!known || model.holed || model.missedSteps.size > 0 || model.missesEntries) {
    await reload(tab);
    return;
  }
  model.fold(Object.fromEntries(Object.entries(meta.logs).map(([client, { based }]) => [client, based])));
  for (const [client, { gone }] of Object.entries(meta.logs)) model.logs.open(client).gone = gone;
  Object.assign(tab, { meta, metaText: text, mapped: null });
}

/** A step that no generation holds rotted, and was set aside; this tab may have read it before. */
export async function hasRottenStep({ storage, meta }: Tab): Promise<boolean> {
  const aside = await storage.keys(quarantineKey(syncPrefix));
  return aside.some((key) => numberOf(key) > meta.syncFolded);
}

/** Reads everything again, because what this tab had read is not enough to follow. */
export async function reload(tab: Tab): Promise<void> {
  const text = (await tab.storage.read([metaKey])).get(metaKey) ?? tab.metaText;
  const { model, meta, metaText, from } = await load(tab.loading, text);
  await tab.loading.quarantine.flush();
  const before = tab.model;
  // What this tab learned while it was reading is on disk as well.
  const behind = () =>
    [...before.logs.all()].filter(({ client, entry }) => (model.logs.get(client)?.entry ?? 0) < entry);
  for (let logs = behind(); logs.length > 0; logs = behind())
    for (const { client, entry } of logs)
      if (!(await readLog(tab, model, client, entry))) model.logs.open(client).entry = entry;
  // What was made is stamped after what was read, and an id that was read is not used again, whatever became of them on the disk.
  if (before.hlc !== null && (model.hlc === null || before.hlc > model.hlc)) model.hlc = before.hlc;
  for (const { client, lastId } of before.logs.all()) {
    const log = model.logs.get(client);
    if (log) log.lastId = Math.max(log.lastId, lastId);
  }
  for (const domain of new Set([...before.base.domains(), ...model.base.domains()])) {
    for (const view of [...before.overlay.all(domain), ...model.overlay.all(domain)])
      model.touched(domain, view.record.id);
  }
  model.statusChanged();
  // What was read on before this, and is gone by it, stands in neither of the two.
  tab.emit();
  Object.assign(tab, { model, meta, metaText, mapped: from, stale: false });
  tab.emit();
}
