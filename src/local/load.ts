/** From what is on disk to the store in memory. */
import type { DomainSet } from "../domain/define-domain.ts";
import { AdapterError } from "../domain/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { applySync, loseRecords, loseStep, revive } from "./apply-sync.ts";
import { decode } from "./codec.ts";
import { fetchStep, keptMutations } from "./fetch-step.ts";
import { setAside } from "./fold-in.ts";
import { clientOf, metaKey, numberOf, syncPrefix, walPrefix } from "./keys.ts";
import { isLate, type LateEntry, mendLate } from "./late-entries.ts";
import { loadGeneration } from "./load-generation.ts";
import type { Model } from "./model.ts";
import type { Quarantine } from "./quarantine.ts";
import { newerThan } from "./schema-newer.ts";
import type { Storage } from "./storage.ts";
import type { Generation, Meta, SyncEntry, WalEntry } from "./stored.ts";

export interface Loading {
  readonly storage: Storage;
  readonly platform: Platform;
  readonly domains: DomainSet;
  readonly quarantine: Quarantine;
  readonly maxRecords: number;
  /** What somebody must know. */
  warn(text: string): void;
  /** Tells the other tabs to look at the store's form: one of them may be of an older program. */
  tellNewer(): void;
}

export interface Loaded {
  readonly model: Model;
  readonly meta: Meta;
  /** As it stands on disk. */
  readonly metaText: string;
  /** The generation that the records come from: the one before, when the newest is damaged. */
  readonly from: Generation;
}

/** How often a loading that is overtaken by new generations begins again. */
const mostTries = 5;
/** How often one begins again because a tab of an older program has written something meanwhile. */
const mostRounds = 100;

/**
 * Reads everything. When another tab switches the generation meanwhile, it begins again.
 * @throws STORE_CORRUPT, LIMIT, STORAGE_LOST
 */
export async function load(loading: Loading, metaText: string): Promise<Loaded> {
  let text = metaText;
  let rounds = 0;
  for (let tries = 1; ; tries++) {
    const meta = readMeta(text);
    const notes: string[] = [];
    const attempt: Loading = { ...loading, warn: (note) => notes.push(note) };
    const { model, from, late, complete } = await loadFrom(attempt, meta);
    if (late.length > 0 && rounds < mostRounds && newerThan(meta, loading.domains) === null) {
      // Who wrote them has not heard that it may only read; until it has, it may write on.
      loading.tellNewer();
      await mendLate(attempt, model, late);
      rounds += 1;
      tries -= 1;
      continue;
    }
    const now = (await loading.storage.read([metaKey])).get(metaKey);
    if (now === text || now === undefined || tries === mostTries) {
      complete();
      for (const note of notes) loading.warn(note);
      return { model, meta, metaText: text, from };
    }
    text = now;
  }
}

/** @throws STORE_CORRUPT */
export function readMeta(text: string): Meta {
  const meta = decode<Meta>(text)?.value;
  if (meta?.format === 1) return meta;
  throw new AdapterError("STORE_CORRUPT", "The store's directory of what it holds is damaged.", { place: metaKey });
}

interface Attempt {
  readonly model: Model;
  readonly from: Generation;
  readonly late: readonly LateEntry[];
  /** Notes what was damaged; not before it is known that no other tab had moved it. */
  complete(): void;
}

async function loadFrom(loading: Loading, meta: Meta): Promise<Attempt> {
  const damaged: [key: string, raw: string][] = [];
  const note = (key: string, raw: string): void => {
    damaged.push([key, raw]);
  };
  const newest = await loadGeneration(loading, meta, note);
  const wrong = damaged.length > 0;
  const before = wrong && meta.previous ? await loadGeneration(loading, meta.previous, note) : null;
  const usePrevious = before?.complete === true;
  const model = usePrevious ? before.model : newest.model;
  const from: Generation = usePrevious && meta.previous ? meta.previous : meta;
  if (usePrevious) loading.warn("A damaged value was found; the generation before it was read, nothing is lost.");
  else if (wrong) {
    loseRecords(model);
    loading.warn("Damaged records were set aside; what the server holds of them is loaded again.");
  }
  // What came of a domain that the program before did not know was passed over.
  if (loading.domains.all.some(({ name }) => !(name in meta.schemaVersions))) loseRecords(model);
  const logs = loading.storage.scan(walPrefix);
  // Behind the logs, so that what a step names is in them; on its way while they are read.
  const steps = loading.storage.scan(syncPrefix);
  steps.catch(() => undefined);
  const { promotions, late } = await readLogs(loading, model, { from, note, logs, meta });
  // Before the steps, which may hold their new answers.
  await reviveKept(loading, model);
  await readSteps(loading, model, { from, note, promotions, steps });
  return {
    model,
    from,
    late,
    complete: () => {
      for (const [key, raw] of damaged) loading.quarantine.add(key, raw, "STORE_CORRUPT");
      setAside(loading.quarantine, model.orphans);
    },
  };
}

type Note = (key: string, raw: string) => void;
/** Steps that their logs repeat, by number. */
type Promotions = ReadonlyMap<number, SyncEntry>;

interface Reading {
  readonly from: Generation;
  readonly note: Note;
}

type Texts = ReturnType<Storage["scan"]>;

async function readLogs(
  { platform, warn }: Loading,
  model: Model,
  { from, note, logs, meta }: Reading & { readonly logs: Texts; readonly meta: Meta },
): Promise<{ readonly promotions: Promotions; readonly late: readonly LateEntry[] }> {
  const promotions = new Map<number, SyncEntry>();
  const late: LateEntry[] = [];
  let slice = 0;
  for (const [key, text] of await logs) {
    const client = clientOf(key);
    const entry = numberOf(key);
    if (entry <= (from.logs[client]?.gone ?? 0)) continue;
    const decoded = decode<WalEntry>(text);
    if (!decoded) {
      note(key, text);
      warn(`A torn entry of the log of ${client} was set aside; what it held is reported lost.`);
      model.logs.open(client).entry = entry;
      model.missesEntries = true;
      continue;
    }
    const log = model.logs.get(client);
    if (log && log.entry > 0 && entry > log.entry + 1)
      warn(`An entry is missing in the log of ${client}; what it held is reported lost.`);
    model.ingest(client, entry, decoded.value);
    if (isLate(decoded.value, meta)) late.push({ key, text, value: decoded.value });
    const { promotion } = decoded.value;
    if (promotion) promotions.set(promotion.step, { kind: "position", ...promotion });
    slice += text.length;
    if (slice < sliceLength) continue;
    slice = 0;
    await platform.timers.breathe();
  }
  return { promotions, late };
}

/** So much text is parsed in a few milliseconds. */
const sliceLength = 300_000;

async function readSteps(
  loading: Loading,
  model: Model,
  { from, note, promotions, steps }: Reading & { readonly promotions: Promotions; readonly steps: Texts },
): Promise<void> {
  for (const [key, text] of await steps) {
    const entry = numberOf(key);
    if (entry <= from.syncFolded) continue;
    const step = decode<SyncEntry>(text);
    const fetched = step && (await fetchStep(loading, step.value));
    if (step && fetched) {
      applySync(model, entry, step.value, fetched);
      continue;
    }
    note(key, text);
    const repeated = promotions.get(entry);
    if (repeated) {
      applySync(model, entry, repeated, {});
      continue;
    }
    loading.warn("A damaged step of synchronisation was set aside; the records are loaded again from the server.");
    model.syncEntry = entry;
    loseStep(model, entry);
  }
}

/** Mutations that wait again although their entries are folded away: the server had lost their answers. */
async function reviveKept(loading: Loading, model: Model): Promise<void> {
  for (const log of model.logs.all()) {
    const settled = Math.max(0, ...log.kept.map(({ last }) => last));
    if (settled > log.answered) revive(model, log, await keptMutations(loading, log.client), settled);
  }
}
