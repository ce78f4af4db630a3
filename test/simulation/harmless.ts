/** Statements whose loss changes nothing that anybody could see, or that a run cannot come to: each with its reason. */
import type { Variant } from "./variants.ts";

const ascii = "whatever is stored here is ASCII; test/local/codec.test.ts (F3) misses it";

const lateEntries = "the simulator's domains have one schema version; test/local/late-entries.test.ts (F15) misses it";
const turnedOnce =
  "sums that differ before it differ after it: another sum, as good; test/local/codec.test.ts (what an earlier build has written) misses it";
const keptMost = "no schedule has ten thousand answered mutations; test/local/kept.test.ts (F29) misses it";

/** By file, the statement's text and why it is not hunted. */
const harmless: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "src/local/wal-writer.ts": {
    'if (this.#closed) throw new AdapterError("STORE_CLOSED", "The store is closed.");':
      "the disk is closed by then, and says the same",
    "this.#closed = true;": "the same",
    "this.#tab.writing = written.catch(() => undefined);":
      "what was formed just before a promotion is then met by it as a conflict; test/local/promotion.test.ts (L3) misses it",
    "slice += entry.made.length - before;":
      "the page does not draw then while much is formed at once; test/local/write.test.ts (the page draws) misses it",
    "slice = 0;": "the page then draws after every further one; test/local/write.test.ts misses that as well",
    "await this.#tab.platform.timers.breathe();": "the same; test/local/write.test.ts misses it",
    "if (!this.#unsure) throw error;":
      "what was refused is not on the disk: who looks there all the same throws the same error a read later",
    "if (this.#tab.model.promoting) await this.#tab.serial(() => Promise.resolve());":
      "what is written meanwhile then gets no number (`goesOut`) and is adopted next; test/local/promotion.test.ts (L3) misses it",
    'if (this.#tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", this.#tab.readOnly);':
      "the simulator's domains have one schema version; test/local/schema.test.ts (B2, F15) misses it",
    "await Promise.resolve();":
      "what is committed in one turn then takes two entries instead of one: more operations of the disk, nothing else",
    "if (slice < sliceMutations) continue;": "a long entry then lets the page draw more often",
    "if (!request) break;": "the queue is not shorter than it was a line before: this tells the compiler so",
    "this.#unsure = null;": "the next entry then looks once more whether the one before it landed",
  },
  "src/local/base.ts": {
    "this.put(domain, before.record, null);":
      "two devices have to create the same, one of them in `off`, and the other to delete it again; test/local/folding-time.test.ts (created and deleted elsewhere) misses it",
    'if (kind === "update" && names.length === 0) return true;':
      "no schedule writes in `off` what is as it was, and is deleted elsewhere; test/local/folding-time.test.ts (written as it was) misses it",
    "this.#tombstones.get(domain)?.delete(id);":
      "what was deleted elsewhere does not come back while its domain is `off`; test/local/folding-time.test.ts (is back elsewhere) misses it",
    "for (const [, records] of this.#loaded.get(domain) ?? []) count += records.length;":
      "every tab is asked for its records here before it is asked how many; test/local/opened.test.ts (L5) misses it",
    "changed.push(entry.record.id);":
      "a mutation that was just made lies over it; what is shown differs where the record was deleted elsewhere: test/local/sync-side.test.ts (L4: is shown alike by all) misses it",
    "changed.push(record.id);":
      "a mutation that deletes it lies over the record already: there is nothing to show, and `lay` told the listeners",
    "if (before && before.serverVersion === change.version && sameJson(before.record, change.record)) continue;":
      "what a snapshot holds unchanged is told and written once more; test/local/listeners.test.ts (loads everything again) misses it",
    "this.chunks.free(domain, entry.chunk);":
      "the deletion that left its chunk half empty has marked that as changed: the count alone stays, and later foldings look through the records for nothing",
  },
  "src/local/apply-sync.ts": {
    "if (model.lastOff === null || last > model.lastOff) model.lastOff = last;":
      "two tabs have to write unaware of the stage within a millisecond of a promotion; test/local/promotion.test.ts (L3: though that was promoted before it) misses it",
    "model.orphans.push(...orphans.filter(({ mutation }) => !domains.includes(mutation.domain)));":
      "a create has to rot in `off`, another domain to leave it, and the tab to be opened again; test/local/damage.test.ts (when another domain left stage off) misses it",
    "model.missedSteps.add(entry);":
      "a step and the log that repeats it have to rot, and a snapshot to come between; test/local/damage.test.ts (rotted with the log that repeats it) misses it",
    "for (let missing = model.syncEntry + 1; missing < entry; missing++) loseStep(model, missing);":
      "no value disappears alone from a disk here, what rots stays under its key; test/local/damage.test.ts (L4: a step that is missing between others) misses it",
    "if (id <= log.answered) continue;":
      "an answer that is known comes again only after a step has rotted: who folds then has read everything again before, so what is noted for nothing does not come to the disk",
    "model.covering.delete(item);":
      "what waits again has no answer, and is passed over for that until it has one: then it is in the same set anyway, or is let go of with the next cursor",
    "if (until >= log.answered) continue;":
      "who rewinds names only logs that have more answers than it leaves them, and every tab has those from the steps before",
    "answers.delete(item.mutation.id);": "an answer that was given is passed over by its id as well",
    "if (!place) continue;":
      "`locate` knows every name that was sent: no log gets a new name while a request is out, and steps are replayed in their order",
  },
  "src/local/sync-side.ts": {
    "tab.emit();":
      "what follows the step tells the listeners of it as well, a moment later; test/local/listeners.test.ts misses it",
    "await this.#tab.writing;": "the same; test/local/promotion.test.ts (L3) misses it",
    'if (hasCode("FENCED")(error)) this.#token = null;':
      "the disk refuses each further step as well; test/local/sync-side.test.ts (F12, F13) misses it where there is nothing to store",
    "if (this.#token === null) return false;": "the disk holds another token, and says the same",
    "if ((await this.#tab.storage.read([leaderKey])).get(leaderKey) !== this.#token) this.#token = null;":
      "one that was deposed unawares must be asked by the leader; test/local/damage.test.ts (F12) misses it",
    'post(tab, { kind: "wal", client: tab.clientId, entry });':
      "the leading tab looks at the disk within a quarter of a minute; test/local/sync-side.test.ts (F15) misses it",
    'for (const [i] of puts.entries()) post(this.#tab, { kind: "wal", client: promotion.client, entry: i + 1 });':
      "who replays the step, which is told as well, first reads the log that it names",
    "if (isSeen) return Promise.resolve();":
      "what is known is then asked for behind what the store is doing, and there is nothing left to read",
    'if (tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", tab.readOnly);':
      "the simulator's domains have one schema version; test/local/schema.test.ts (B2, F15) misses both",
    "if (mutation.id === null || mutation.id > answeredUntil(log)) continue;":
      "one is answered behind another that waits only when a step rotted: the cursor is then refused, whatever else is asked",
    "this.#unsure = false;":
      "once a commit was lost, each later step of this tab first looks at the disk: more reads, nothing else",
    "if (!tab.model.strayed()) return;":
      "who leads looks for strays once more and finds none; who follows says how far its log goes, which those who read it know",
    "this.#tab.stale = false;": "the next step then reads everything again, once, and finds it as it was",
    'if (this.#token === null) throw new AdapterError("FENCED", "This tab does not lead.");':
      "the disk refuses a step without a token as well: another one stands there",
    'if (!fetched) throw new AdapterError("STORE_CORRUPT", "A page of the snapshot is damaged; it is loaded again.");':
      "the pages were read a moment before, and finishSnapshot refused them there",
  },
  "src/sync/exchange.ts": {
    'if (change.record.id !== change.id) throw refused(`${place}/${i}/record/id`, "it is another record\'s");':
      "no answer here mixes records up; test/sync/exchange.test.ts (B17) misses it",
    "if (!domains.has(change.domain)) continue;":
      "all here have the same domains; test/sync/exchange.test.ts misses it",
    "if (i > 0 && i % slice === 0) await breathe();":
      "no answer here is so long; test/sync/exchange.test.ts (a long answer lets the page draw) misses it",
  },
  "src/local/catch-up.ts": {
    "if (before.hlc !== null && (model.hlc === null || before.hlc > model.hlc)) model.hlc = before.hlc;":
      "the last entry has to rot, all to be read again, and the clock to be put back; test/local/reload.test.ts (F22) misses it",
    "await tab.loading.quarantine.flush();":
      "what was damaged is set aside with the next folding, before what it came from goes",
    "model.fold(Object.fromEntries(Object.entries(meta.logs).map(([client, { based }]) => [client, based])));":
      "what is folded there stays laid over the same record here, which differs where that is deleted elsewhere: test/local/sync-side.test.ts (L4: is shown alike by all) misses it",
    "tab.readOnly = newerThan(meta, tab.domains);":
      "the simulator's domains have one schema version; test/local/schema.test.ts (F15) misses it",
    "if (log.entry === 0) log.entry = first - 1;":
      "the log is then looked for from its first entry, which is gone, and everything is read again: more reads, nothing else",
    "if (before === null) tab.model.statusChanged();":
      "the simulator's domains have one schema version; test/adapter/builds.test.ts (F15) misses it",
  },
  "src/local/kept.ts": {
    "await source.platform.timers.breathe();": "the page draws less often while the log is folded; no record sees that",
    "parts.sort((a, b) => b.part.at - a.part.at || b.part.last - a.part.last);": keptMost,
    "count += part.last - part.first + 1;": keptMost,
  },
  "src/local/compact.ts": {
    "model.missedSteps.clear();":
      "who folded over a rotten step has to lose the lead and stay open; test/local/damage.test.ts (L11 F3: was folded away since) misses it",
    "model.missesEntries = false;": "everything is then read once more when another tab has folded: time",
    "if (from === null || tab.readOnly !== null) return;":
      "`reload` names the generation that it read, and who migrates the schema takes the lead: the disk refuses every commit of it",
    "if (signal.aborted) return;": "a compaction that is given up so late is finished",
    "if (!chunks) return;":
      "the signal is looked at once more a few lines on: what is answered is put where the next folding puts it again",
    "if (signal.aborted) return null;":
      "`compact` looks again when all chunks are written: no generation names any of them, and the next folding deletes them",
    "await platform.timers.breathe();": "the page draws less often while the log is folded; no record sees that",
    "if (half.size === 0) return;": "all records are then looked through for a chunk that none of them is in: time",
    'post(tab, { kind: "generation" });':
      "the others show the same without it; they find the new generation when they look at the disk, within a quarter of a minute, miss an entry that is folded away, or take the lead",
    'if (hasCode("STORAGE_FULL")(error)) return false;':
      "the engine goes on without a compaction that the disk has no room for, told by the one or by the other",
  },
  "src/sync/askers.ts": {
    "waiting = waiting.filter((other) => other !== entry);":
      "who was answered is answered again with every later report, and does not hear it: memory, and nothing else",
  },
  "src/sync/leadership.ts": {
    "if (letGo === end) letGo = null;":
      "what has ended then ends once more, or is deposed, which nobody hears who does not lead",
    "if (signal.aborted) return;":
      "`Locks.hold` runs nothing for a signal that has aborted, as its contract says; an engine that is closed tells of no failure, and stands no more",
    "end();": "`deposed` has the machine resign in every state that leads, and that ends the term",
  },
  "src/sync/refusals.ts": {
    'if (code === "CLIENT_OUTDATED") return "outdated";':
      "no schedule has an older program; test/sync/machine.test.ts (an outdated client) misses it",
    "if (cursor === null) return begin(round, around);":
      "before there is a cursor nothing is sent: `begin` loads a snapshot first; this tells the compiler so",
    "if (expected === null || behind === null) return null;":
      "a gap is told by our server alone, which names what it expects, and which expects nothing behind all that was sent",
  },
  "src/sync/engine.ts": {
    "if (leading) tabs.tell(board.status());":
      "who opens hears nothing of the lead before that has something new to say; test/sync/tabs.test.ts (is opened while all is quiet) misses it",
    "if (signal.aborted) return null;":
      "a step that was asked for before its tab was deposed or closed is done all the same: under its token, or refused",
    'if (change.kind === "status" && leading && store.readOnly !== null) dispatch({ kind: "deposed" });':
      "the simulator's domains have one schema version; test/adapter/builds.test.ts (F15) misses it",
    "await before;": "the store does one step after another by itself",
    "unsubscribes = [];": "who closes twice is then unsubscribed twice, which does nothing",
  },
  "src/local/model.ts": {
    "log.based = Math.max(log.based, until);":
      "a write that waits has to stand before one of `off` in one log, and another log be folded since; test/local/sync-side.test.ts (L3: what was folded in) misses it",
    "this.#untidy.clear();": "a log that is tidy is then looked through at every step, and stays as it is",
    "if ([...this.logs.all()].every(({ early }) => early.size === 0)) this.#taken.clear();":
      "what was taken in an earlier step ends no conflict of a later one: memory, and nothing else",
  },
  "src/local/open-record-store.ts": {
    "if (text !== undefined) return text;":
      "a new directory is then tried for, which the disk refuses because there is one, and that one is read; test/local/schema.test.ts misses it where the form is another",
    "if (tab.readOnly !== null) warn(tab.readOnly);":
      "the simulator's domains have one schema version; test/local/schema.test.ts (B2) misses it",
    'if (hasCode("STORE_CORRUPT", "STORAGE_UNREADABLE", "STORAGE_BLOCKED")(error)) throw error;':
      "no schedule damages the directory or blocks the disk; test/local/damage.test.ts (F3) misses it",
    "if (metaText !== text) tellNewer();":
      "a new generation is told by who wrote it, and the simulator's domains have one schema version; test/adapter/builds.test.ts (F15) misses it",
    'if (!storage.shared) warn("This storage serves a single tab: do not open the app twice.");':
      "every disk here is shared; test/local/write.test.ts (what weakens the promise is said) misses it",
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
    "if (read < piece.length || written > read) return false;": ascii,
    "hash = Math.imul(hash ^ (hash >>> 15), p2);": turnedOnce,
    "hash = Math.imul(hash ^ (hash >>> 13), p3);": turnedOnce,
  },
  "src/local/log.ts": {
    "if (a.log === b.log) return a.entry - b.entry || a.index - b.index;":
      "the stamps of one log ascend as its entries do: this is told sooner, and nothing else",
  },
  "src/local/load.ts": {
    "setAside(loading.quarantine, model.orphans);":
      "a create has to rot in `off`, another domain to leave it, and the tab to be opened again; test/local/damage.test.ts (when another domain left stage off) misses it",
    "model.missesEntries = true;":
      "an entry of `off` has to rot between the reading of one tab and of another, and be folded; test/local/damage.test.ts (could not read of a log) misses it",
    "slice += text.length;": "the page does not draw then while logs are read",
    "await platform.timers.breathe();": "the page does not draw then while logs are read",
    "text = now;":
      "five tries later the generation before is read, which is whole, and the new one is followed; test/local/damage.test.ts (overtaken) misses it",
    "warn(`An entry is missing in the log of ${client}; what it held is reported lost.`);":
      "no disk here loses an entry and keeps the next; test/local/damage.test.ts (an entry that is missing) misses it",
    "if (slice < sliceLength) continue;": "the page then draws more often while it opens; no record sees that",
    "slice = 0;": "the same, from the first slice on",
    "loading.tellNewer();": lateEntries,
    "await mendLate(attempt, model, late);": lateEntries,
    "rounds += 1;": lateEntries,
    "tries -= 1;": lateEntries,
    "if (isLate(decoded.value, meta)) late.push({ key, text, value: decoded.value });": lateEntries,
    "if (loading.domains.all.some(({ name }) => !(name in meta.schemaVersions))) loseRecords(model);":
      "the simulator's program knows the same domains from its beginning; test/local/sync-side.test.ts (L4) misses it",
  },
  "src/local/snapshot-stage.ts": {
    "if (staged?.cursor === cursor && staged.token === null) return;":
      "a place in the history has one snapshot: a page that is loaded twice says the same twice",
  },
  "src/local/quarantine.ts": {
    "if (this.#waiting.size === 0) return;": "it then asks the disk for nothing, and puts nothing",
    "for (const value of values) this.#waiting.delete(value.key);":
      "the next flush then looks once more whether it is there already, and what is listed is listed once: more reads",
  },
  "src/local/load-generation.ts": {
    "model.base.chunks.touch(domain, ref[0]);":
      "a chunk that rotted is then missed at every opening; test/local/damage.test.ts (F3: is missed once) misses it",
    "else damage(key, text);":
      "no schedule has the state rot; test/local/damage.test.ts (F3: the state beside the records) misses it",
    "model.snapshot = generation.snapshot;":
      "a place has to be loaded twice, and the store be opened in between, as one schedule in some hundred does; test/local/sync-side.test.ts (is not taken for one under way) misses it",
    "readAhead();":
      "the second of the two: the first asks for the same after the next chunks are parsed, later (without the first nothing is read, and every schedule misses that)",
    "await platform.timers.breathe();":
      "the page draws less often while it opens: the bench (T15) sees that, no record does",
  },
  "src/local/fetch-step.ts": {
    "if (stored.length !== pages) return null;":
      "no disk here loses one page and keeps the others; test/local/damage.test.ts (L4 F3) misses it",
    "await timers.breathe();": "the page draws less often while a snapshot is read; no record sees that",
  },
  "src/local/promote.ts": {
    'while (model.logs.get(name)) name = uuidV5(name, "again");':
      "both that tell of a promotion have to rot, and nothing be written since; test/local/promotion.test.ts (L1 F3) misses it",
    "name = uuidV5(name, JSON.stringify(slice, withSortedKeys));":
      "a profile has to go back, and another part of it be promoted then; test/local/promotion.test.ts (L2 F11) misses it",
    "await platform.timers.breathe();":
      "the page draws less often while mutations are made of what was left, and while their log is named; no record sees that",
  },
  "src/local/watched.ts": {
    "if (done.signal.aborted) return work;": "the race is over: an error is made that nobody hears of",
  },
  "src/local/overlay.ts": {
    "hidden = null;":
      "two devices have to create the same, one of them in `off`, and it to be deleted there twice; test/local/folding-time.test.ts (by a second deletion) misses it",
    'else if (kind !== "update") gone = null;':
      "two tabs of one device and another device would have to meet in one record; test/local/folding-time.test.ts (does not bring it back) misses it",
    "if (!laid || at < 0) return;":
      "who lifts a mutation has laid it, and lifts it once: this tells the compiler so, and is not come to",
    "if (laid.record !== undefined) return laid.record;":
      "it is put together of the same parts whenever somebody asks: time, and nothing else",
    "laid.record = record;": "the same",
    "if (laid.view !== undefined) return laid.view;":
      "an equal view is made whenever somebody asks: `itemOf` takes it apart, and nobody compares one with another",
  },
  "src/local/form-entry.ts": {
    "if (top.answer && top.answer.version !== null) return { version: top.answer.version };":
      "the mutation is named instead, of which the server knows the version; test/local/sync-side.test.ts (answered and not yet covered) misses it",
    "if (last?.id === null && last.base) return last.base;":
      "the version below both is the same, or this tab has seen the later one; folding takes the earlier of the two anyway",
  },
  "src/local/promoted-parts.ts": {
    "if (own.length === 0) return [...waiting.values()];":
      "where nothing names another of its domain, each is visited in its place: the same order, told sooner",
  },
  "src/local/tab-store.ts": {
    "if (this.#ended.signal.aborted) return;":
      "a message has to come in the milliseconds of a closing; test/local/reload.test.ts (F8: a tab that is closing) misses it",
    "if (!isTabMessage(message)) return;":
      "what nobody understands is then looked for behind what the store is doing, in vain",
    "this.#look(async () => undefined, true);":
      "what is said or adopted then is said or adopted with the first look at the disk, a quarter of a minute later",
    "void Promise.reject(error);":
      "no listener here throws; test/local/listeners.test.ts (L11: a listener that throws is reported) misses it",
    "if (!storage.shared) return;":
      "every disk here is shared; one that is not would be looked at every quarter of a minute for nothing",
  },
  "src/sync/machine.ts": {
    "if (stuck && around.waiting > 0) return backOff(round, unsettled, around);":
      "no store here refuses an answer for ever; test/sync/machine.test.ts (F20) misses it",
  },
};

/** `null`: it is hunted. */
export function whyHarmless({ name }: Variant): string | null {
  const [place = "", ...rest] = name.split(" ");
  return harmless[place.split(":")[0] ?? ""]?.[rest.join(" ")] ?? null;
}
