/** Statements whose loss changes nothing that anybody could see, or that a run cannot come to: each with its reason. */
import type { Variant } from "./variants.ts";

const ascii = "whatever is stored here is ASCII; test/local/codec.test.ts (F3) misses it";

/** By file, the statement's text and why it is not hunted. */
const harmless: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "src/local/wal-writer.ts": {
    'if (this.#tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", this.#tab.readOnly);':
      "the simulator's domains have one schema version; test/local/schema.test.ts (B2, F15) misses it",
    "await Promise.resolve();":
      "what is committed in one turn then takes two entries instead of one: more operations of the disk, nothing else",
    "if (slice < sliceMutations) continue;": "a long entry then lets the page draw more often",
    "if (!request) break;": "the queue is not shorter than it was a line before: this tells the compiler so",
    "this.#unsure = null;": "the next entry then looks once more whether the one before it landed",
  },
  "src/local/base.ts": {
    "changed.push(record.id);":
      "a mutation that deletes it lies over the record already: there is nothing to show, and `lay` told the listeners",
  },
  "src/local/apply-sync.ts": {
    "answers.delete(item.mutation.id);": "an answer that was given is passed over by its id as well",
    "if (!place) continue;":
      "`locate` knows every name that was sent: no log gets a new name while a request is out, and steps are replayed in their order",
  },
  "src/local/sync-side.ts": {
    'if (tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", tab.readOnly);':
      "the simulator's domains have one schema version; test/local/schema.test.ts (B2, F15) misses both",
    "if (mutation.id === null || mutation.id > answeredUntil(log)) continue;":
      "one is answered behind another that waits only when a step rotted: the cursor is then refused, whatever else is asked",
    "this.#unsure = false;":
      "once a commit was lost, each later step of this tab first looks at the disk: more reads, nothing else",
    "if (!strayed(tab)) return;":
      "who leads looks for strays once more and finds none; who follows says how far its log goes, which those who read it know",
    "this.#tab.stale = false;": "the next step then reads everything again, once, and finds it as it was",
    'if (this.#token === null) throw new AdapterError("FENCED", "This tab does not lead.");':
      "the disk refuses a step without a token as well: another one stands there",
    'if (!fetched) throw new AdapterError("STORE_CORRUPT", "A page of the snapshot is damaged; it is loaded again.");':
      "the pages were read a moment before, and finishSnapshot refused them there",
  },
  "src/sync/exchange.ts": {
    "if (i > 0 && i % slice === 0) await breathe();":
      "no answer here is so long; test/sync/exchange.test.ts (a long answer lets the page draw) misses it",
  },
  "src/local/catch-up.ts": {
    "if (before === null) tab.model.statusChanged();":
      "the simulator's domains have one schema version; test/adapter/builds.test.ts (F15) misses it",
  },
  "src/local/kept.ts": {
    "mutations = [];":
      "a part then holds those before it as well, under the key of the first: more text, the same answers",
  },
  "src/local/compact.ts": {
    "if (from === null || tab.readOnly !== null) return;":
      "`reload` names the generation that it read, and who migrates the schema takes the lead: the disk refuses every commit of it",
    "if (signal.aborted) return;": "a compaction that is given up so late is finished",
    'if (hasCode("STORAGE_FULL")(error)) return false;':
      "the engine goes on without a compaction that the disk has no room for, told by the one or by the other",
  },
  "src/sync/askers.ts": {
    "waiting = waiting.filter((other) => other !== entry);":
      "who was answered is answered again with every later report, and does not hear it: memory, and nothing else",
  },
  "src/sync/refusals.ts": {
    "if (expected === null || behind === null) return null;":
      "a gap is told by our server alone, which names what it expects, and which expects nothing behind all that was sent",
  },
  "src/sync/engine.ts": {
    "await before;": "the store does one step after another by itself",
    "unsubscribes = [];": "who closes twice is then unsubscribed twice, which does nothing",
  },
  "src/local/model.ts": {
    "if ([...this.logs.all()].every(({ early }) => early.size === 0)) this.#taken.clear();":
      "what was taken in an earlier step ends no conflict of a later one: memory, and nothing else",
  },
  "src/local/open-record-store.ts": {
    'if (!hasCode("FENCED")(error) || tries === mostTries) throw error;':
      "the simulator's domains have one schema version; test/local/schema.test.ts has several",
    "loaded = await migrateSchema(loading, loaded);": "the same; test/local/schema.test.ts then never ends",
  },
  "src/local/checksum.ts": {
    "a = mixed(a, text.charCodeAt(i) ^ (text.charCodeAt(i + 1) << 16));": ascii,
    "b = mixed(b, text.charCodeAt(i + 2) ^ (text.charCodeAt(i + 3) << 16));": ascii,
    "c = mixed(c, text.charCodeAt(i + 4) ^ (text.charCodeAt(i + 5) << 16));": ascii,
    "d = mixed(d, text.charCodeAt(i + 6) ^ (text.charCodeAt(i + 7) << 16));": ascii,
    "for (; i < end; i++) a = mixed(a, text.charCodeAt(i));": ascii,
  },
  "src/local/log.ts": {
    "if (a.log === b.log) return a.entry - b.entry || a.index - b.index;":
      "the stamps of one log ascend as its entries do: this is told sooner, and nothing else",
  },
  "src/local/load-generation.ts": {
    "await platform.timers.breathe();":
      "the page draws less often while it opens: the bench (T15) sees that, no record does",
  },
  "src/local/fetch-step.ts": {
    "await timers.breathe();": "the page draws less often while a snapshot is read; no record sees that",
  },
  "src/local/tab-store.ts": {
    "if (!storage.shared) return;":
      "every disk here is shared; one that is not would be looked at every quarter of a minute for nothing",
  },
};

/** `null`: it is hunted. */
export function whyHarmless({ name }: Variant): string | null {
  const [place = "", ...rest] = name.split(" ");
  return harmless[place.split(":")[0] ?? ""]?.[rest.join(" ")] ?? null;
}
