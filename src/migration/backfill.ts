/** Sends the ledger's entries and the parts of every domain, parents first; goes on from where the journal says. */
import type { Domain, DomainSet } from "../domain/define-domain.ts";
import { hasCode } from "../domain/errors.ts";
import type { LedgerEntryWire } from "../domain/migration-wire.ts";
import { encodeText } from "./archive.ts";
import { cut, type Item, sendAll, sendHalving } from "./batches.ts";
import type { Journal, JournalState } from "./journal.ts";
import type { OnProgress } from "./options.ts";
import type { Outgoing, OutgoingPart } from "./outgoing.ts";
import type { Reading } from "./reading.ts";
import type { Remote } from "./remote.ts";
import type { Stopwatch } from "./stopwatch.ts";
import type { Survey } from "./survey.ts";
import type { LegacyEntry, LegacySource } from "./types.ts";

export interface Upload {
  readonly remote: Remote;
  readonly source: LegacySource;
  readonly reading: Reading;
  readonly survey: Survey;
  readonly outgoing: Outgoing;
  readonly domains: DomainSet;
  readonly journal: Journal;
  readonly batchBytes: number;
  readonly onProgress: OnProgress;
  readonly watch: Stopwatch;
}

const partsPerBatch = 20_000;
const entriesPerBatch = 5_000;
const maxPosition = 2000;

export async function sendEntries(upload: Upload, state: JournalState): Promise<JournalState> {
  const { remote, reading, journal, onProgress } = upload;
  const total = reading.entries.length;
  let current = state;
  await sendAll(cut(entryItems(upload, state.entries), { bytes: upload.batchBytes, items: entriesPerBatch }), {
    width: 2,
    send: (batch) => sendHalving(batch, (some) => remote.entries(state.importId, some)),
    done: async (batch) => {
      current = { ...current, entries: batch.at(-1)?.no ?? current.entries };
      await journal.write(current);
      onProgress({ step: "entries", done: current.entries, total, unit: "entries" });
    },
  });
  return current;
}

function* entryItems({ source, reading, survey }: Upload, from: number): Generator<Item<LedgerEntryWire>> {
  const raw = new Map(source.values.map((value) => [value.key, value.raw]));
  for (const [at, entry] of reading.entries.entries()) {
    if (entry.no <= from) continue;
    const { no, key, kind, legacyId, start, end } = entry;
    const { sha256 } = encodeText((raw.get(key) ?? "").slice(start, end));
    const position = entry.position.slice(0, maxPosition);
    const value = { no, key, position, kind, legacyId, start, end, sha256, parts: survey.partsOf[at] ?? 1 };
    yield { value, bytes: 300 + 2 * key.length + 2 * position.length };
  }
}

export async function backfill(upload: Upload, state: JournalState): Promise<JournalState> {
  const { remote, domains, survey, watch } = upload;
  let current = state;
  let epoch = 0;
  const send = async (parts: readonly OutgoingPart[]): Promise<void> => {
    const json = parts.map((part) => part.json);
    try {
      await remote.backfill(state.importId, epoch, json);
    } catch (error) {
      if (!hasCode("EPOCH_STALE")(error) || typeof error.facts.epoch !== "number") throw error;
      epoch = error.facts.epoch;
      await remote.backfill(state.importId, epoch, json);
    }
  };
  // Requests of two domains never overlap: a parent is on the server before the child that names it is sent.
  for (const domain of domains.all) {
    const entries = survey.byDomain.get(domain.name);
    if (!entries) continue;
    const begun = current;
    current = await watch(`backfill ${domain.name}`, () => sendDomain(upload, begun, { domain, entries, send }));
  }
  return current;
}

interface DomainToSend {
  readonly domain: Domain;
  readonly entries: readonly LegacyEntry[];
  readonly send: (parts: readonly OutgoingPart[]) => Promise<void>;
}

async function sendDomain(
  { outgoing, survey, journal, batchBytes, onProgress }: Upload,
  state: JournalState,
  { domain: { name, unique }, entries, send }: DomainToSend,
): Promise<JournalState> {
  const from = state.backfill[name] ?? 0;
  let current = state;
  let open = 0; // parts sent of an entry that goes on in the next batch
  await sendAll(cut(outgoing.of({ name, entries, from }), { bytes: batchBytes, items: partsPerBatch }), {
    // Which of two records with the same unique key comes first decides which of them is the conflict.
    width: unique.length > 0 ? 1 : 2,
    send: (batch) => sendHalving(batch, send),
    done: async (batch) => {
      const last = (batch.at(-1)?.entry ?? 1) - 1;
      const unfinished = batch.filter((part) => part.entry > last).length;
      const goesOn = unfinished === batch.length;
      const whole = goesOn ? 0 : open + batch.length - unfinished;
      open = goesOn ? open + unfinished : unfinished;
      current = {
        ...current,
        parts: current.parts + whole,
        backfill: { ...current.backfill, [name]: Math.max(from, last) },
      };
      await journal.write(current);
      onProgress({ step: "backfill", done: current.parts, total: survey.parts, unit: "parts", domain: name });
    },
  });
  const ended = {
    ...current,
    parts: current.parts + open,
    backfill: { ...current.backfill, [name]: entries.at(-1)?.no ?? from },
  };
  await journal.write(ended);
  return ended;
}
