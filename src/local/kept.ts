/** Answered mutations outlive their entries for a while, for a server that comes back from an older backup. */
import { decode, encode } from "./codec.ts";
import type { Source } from "./fetch-step.ts";
import { keptKey, walKey } from "./keys.ts";
import type { Log } from "./log.ts";
import type { LogState, StoredMutation, WalEntry } from "./stored.ts";

/** Milliseconds. */
const keepFor = 7 * 24 * 3_600_000;
/** Of all logs together. */
const keepMost = 10_000;
/** A log that holds nothing any more is forgotten after this; milliseconds. */
const rememberFor = 30 * 24 * 3_600_000;

type Part = LogState["kept"][number];

export interface Keeping {
  readonly parts: readonly Part[];
  readonly puts: readonly (readonly [key: string, value: string])[];
}

/** How many entries are read at once. */
const entriesAtOnce = 64;
/** A part takes no more once it holds so many; it is written in a few milliseconds. */
const partMutations = 500;

/** The numbered mutations of the entries that are folded away now, to be kept in parts. */
export async function keep(source: Source, log: Log, until: number, now: number): Promise<Keeping> {
  const mutations: StoredMutation[] = [];
  for (let from = log.gone + 1; from <= until; from += entriesAtOnce) {
    const count = Math.min(entriesAtOnce, until - from + 1);
    const texts = await source.storage.read(Array.from({ length: count }, (_, i) => walKey(log.client, from + i)));
    for (const [key, text] of texts) {
      const entry = decode<WalEntry>(text);
      if (!entry) source.quarantine.add(key, text, "STORE_CORRUPT");
      for (const mutation of entry?.value.mutations ?? []) if (mutation.id !== null) mutations.push(mutation);
    }
    await source.platform.timers.breathe();
  }
  mutations.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  const parts: Part[] = [];
  const puts: [string, string][] = [];
  for (let from = 0; from < mutations.length; from += partMutations) {
    const part = mutations.slice(from, from + partMutations);
    const [first, last] = [part[0]?.id, part.at(-1)?.id];
    if (!first || !last) continue;
    parts.push({ first, last, at: now });
    puts.push([keptKey(log.client, first), encode({ mutations: part })]);
    await source.platform.timers.breathe();
  }
  return { parts, puts };
}

/** Lets the oldest parts go, but never what is not answered; and logs of which nothing is left. */
export function letGo(logs: Iterable<Log>, now: number): readonly string[] {
  const all = [...logs];
  const parts = all.flatMap((log) => log.kept.map((part) => ({ log, part })));
  parts.sort((a, b) => b.part.at - a.part.at || b.part.last - a.part.last);
  let count = 0;
  const dropped = new Set<Part>();
  for (const { log, part } of parts) {
    count += part.last - part.first + 1;
    if (part.last <= log.answered && (part.at < now - keepFor || count > keepMost)) dropped.add(part);
  }
  for (const log of all) log.kept = log.kept.filter((part) => !dropped.has(part));
  return all
    .filter((log) => log.items.length === 0 && log.kept.length === 0 && log.gone === log.entry)
    .filter(({ entry, answered, at }) => (entry === 0 ? answered === 0 : at > 0 && at < now - rememberFor))
    .map(({ client }) => client);
}
