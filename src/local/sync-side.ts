/** What the leading tab does: each step is one commit under its token, replayed by every tab. */
import { AdapterError, hasCode } from "../domain/errors.ts";
import { applySync } from "./apply-sync.ts";
import { catchUp, follow, hasRottenStep, probeLogs, reload } from "./catch-up.ts";
import { decode, encode } from "./codec.ts";
import { compact, foldableCount } from "./compact.ts";
import { fetchStep } from "./fetch-step.ts";
import { leaderKey, syncKey } from "./keys.ts";
import { fence, takeLead } from "./lead.ts";
import { answeredUntil, isWaiting, segmentsOf, wireName } from "./log.ts";
import { promote } from "./promote.ts";
import type { OutboxBatch, ReplyStep, StoreMark, SyncPosition, SyncSide } from "./record-store.ts";
import { SnapshotStage } from "./snapshot-stage.ts";
import type { SyncEntry, WalEntry } from "./stored.ts";
import { post, type Tab } from "./tab.ts";

export interface LeaderOptions {
  /** Leaving `off` makes creates of the records that the server has never confirmed. */
  readonly promoteUnconfirmed: boolean;
  /** Entries and steps since the last folding from which on `compactionDue` says so. */
  readonly compactAfter: number;
}

export class Leader implements SyncSide {
  readonly #tab: Tab;
  readonly #options: LeaderOptions;
  readonly #stage: SnapshotStage;
  #token: string | null = null;
  /** What became of the last commit is not known. */
  #unsure = false;
  /** How far this tab's log went when the leader was told of it last. */
  #told: number | null = null;

  constructor(tab: Tab, options: LeaderOptions) {
    this.#tab = tab;
    this.#options = options;
    this.#stage = new SnapshotStage(tab);
  }

  lead(): Promise<void> {
    return this.#tab.serial(async () => {
      const tab = this.#tab;
      if (tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", tab.readOnly);
      this.#token = await takeLead(tab);
      await catchUp(tab);
      if (tab.readOnly !== null) throw new AdapterError("SCHEMA_NEWER", tab.readOnly);
      // What only this tab remembers the others would wait for in vain.
      if (await hasRottenStep(tab)) await reload(tab);
    });
  }

  async #mend(): Promise<void> {
    if (this.#unsure || this.#tab.stale) await catchUp(this.#tab);
    this.#unsure = false;
  }

  batch(limits: { readonly maxBytes: number; readonly maxMutations: number }): OutboxBatch | null {
    // What lies behind a stray may refer to it: the answer to nothing lets it be adopted first.
    return this.#tab.model.strayed() ? null : this.#tab.model.logs.batch(limits);
  }

  applyReply(reply: ReplyStep): Promise<void> {
    return this.#asLeader(async () => {
      const { results, changes, cursor, seq, position } = reply;
      const at = this.#tab.platform.clock.now();
      const idle = results.length === 0 && changes.length === 0;
      const known = idle && cursor === this.#tab.model.position.cursor && !this.#moves(position);
      if (!known) await this.#place(position, { kind: "reply", at, results, changes, cursor, seq, position });
      if (idle) await catchUp(this.#tab);
      else await probeLogs(this.#tab);
      await this.#adoptStrays();
      this.#tab.emit();
    });
  }

  setPosition(position: Omit<SyncPosition, "cursor">): Promise<void> {
    return this.#asLeader(async () => {
      if (this.#moves(position)) await this.#place(position, { kind: "position", position });
    });
  }

  /**
   * Sees to what a tab wrote that had not heard of the stage, and to what this one could not read; where another tab leads,
   * it is told of it.
   * @param again told once more, though nothing new was written; without it two tabs would answer each other for ever
   */
  async tend(again: boolean): Promise<void> {
    const tab = this.#tab;
    const { holed, missedSteps } = tab.model;
    if (again && this.#token === null && (holed || missedSteps.size > 0))
      post(tab, { kind: "lost", steps: holed ? null : [...missedSteps] });
    if (!tab.model.strayed()) return;
    if (this.#token !== null) {
      await this.#asLeader(() => this.#adoptStrays());
      return;
    }
    const { entry } = tab.model.logs.open(tab.clientId);
    if (entry === this.#told && !again) return;
    this.#told = entry;
    post(tab, { kind: "wal", client: tab.clientId, entry });
  }

  /**
   * Another tab cannot read a step that this one holds in memory: read from the disk, it is missing here too, and mended.
   * @param steps `null`: its records lack something
   */
  async doubt(steps: readonly number[] | null): Promise<void> {
    const { holed, missedSteps } = this.#tab.model;
    const isKnown = steps?.every((step) => missedSteps.has(step)) ?? holed;
    if (isKnown || !(await this.#leads())) return;
    await reload(this.#tab);
  }

  /** Another tab may have taken the lead, which this one learns from the disk alone. */
  async #leads(): Promise<boolean> {
    if (this.#token === null) return false;
    if ((await this.#tab.storage.read([leaderKey])).get(leaderKey) !== this.#token) this.#token = null;
    return this.#token !== null;
  }

  #moves(position: Omit<SyncPosition, "cursor">): boolean {
    const { cursor: _, ...now } = this.#tab.model.position;
    return JSON.stringify(sorted(position)) !== JSON.stringify(sorted(now));
  }

  /** Takes a step that carries a position; domains that leave `off` with it have their mutations made before. */
  async #place(position: Omit<SyncPosition, "cursor">, step: SyncEntry): Promise<void> {
    const sending = this.#tab.domains.all
      .map(({ name }) => name)
      .filter((name) => (position.stages[name] ?? position.stage) !== "off");
    const isLeaving = sending.some((name) => this.#tab.model.isOff(name));
    if (isLeaving) {
      // What other tabs wrote in stage `off` goes with it, and so do strays of the other domains.
      await catchUp(this.#tab);
      await this.#promote(position, new Set(sending));
    }
    if (step.kind !== "position" || !isLeaving) await this.#step(step);
  }

  /** Late unnumbered mutations of tabs that had not heard of the stage. */
  async #adoptStrays(): Promise<void> {
    if (!this.#tab.model.strayed()) return;
    const { model, domains } = this.#tab;
    const { cursor: _, ...position } = model.position;
    await this.#promote(position, new Set(domains.all.map(({ name }) => name).filter((name) => !model.isOff(name))));
  }

  async #promote(position: Omit<SyncPosition, "cursor">, domains: ReadonlySet<string>): Promise<void> {
    // What is folded in memory for it is not on disk until the step is: should that fail, everything is read again.
    this.#tab.stale = true;
    this.#tab.model.promoting = true;
    // What was formed before this has not seen the mutations that are made here: it comes before them.
    await this.#tab.writing;
    const { promotion, puts } = await promote(this.#tab, position, domains, this.#options.promoteUnconfirmed);
    await this.#step({ kind: "position", position, promoted: promotion }, puts, () => {
      for (const [i, [, text]] of puts.entries()) {
        const entry = decode<WalEntry>(text);
        if (entry) this.#tab.model.ingest(promotion.client, i + 1, entry.value);
      }
    });
    this.#tab.stale = false;
    this.#tab.model.promoting = false;
    for (const [i] of puts.entries()) post(this.#tab, { kind: "wal", client: promotion.client, entry: i + 1 });
  }

  stageSnapshot(...[page, at]: Parameters<SyncSide["stageSnapshot"]>): Promise<void> {
    return this.#asLeader((token) => this.#stage.add(page, at, fence(token)));
  }

  stagedSnapshot(): ReturnType<SyncSide["stagedSnapshot"]> {
    return this.#tab.serial(() => this.#stage.at());
  }

  finishSnapshot(at: SyncPosition & { readonly seq: number }): Promise<void> {
    const { seq: _, ...position } = at;
    return this.#asLeader(async (token) => {
      const { snapshot, pages } = await this.#stage.finished();
      const { cursor: __, ...told } = position;
      const step = { kind: "snapshot", snapshot, pages, position } as const;
      if (!(await fetchStep(this.#tab.loading, step))) {
        await this.#stage.drop(fence(token));
        throw new AdapterError("RESYNC_REQUIRED", "A page of the snapshot is damaged.");
      }
      await this.#place(told, step);
    });
  }

  rehome(client: string, fromId: number): Promise<void> {
    return this.#asLeader(async () => {
      const place = this.#tab.model.logs.locate(client, fromId);
      // From the first one on that is there: what a torn entry held is not.
      const first = place?.log.items.find((item) => isWaiting(item) && (item.mutation.id ?? 0) >= place.id);
      const from = first?.mutation.id;
      // What already goes out under a later name keeps it.
      if (!place || !from || wireName(place.log, from).client !== client) return;
      await this.#step({ kind: "rehome", client: place.log.client, from, to: this.#tab.platform.entropy.uuid() });
    });
  }

  rewind(last: Readonly<Record<string, number>>): Promise<void> {
    return this.#asLeader(async () => {
      const answered: Record<string, number> = {};
      for (const log of this.#tab.model.logs.all()) {
        for (const { client, from, until } of segmentsOf(log)) {
          const known = last[client];
          // Not only up to the first one that waits: an answer behind it may be lost as well.
          const here = Math.min(log.answered, until) - from + 1;
          if (known === undefined || known >= here) continue;
          answered[log.client] = from - 1 + known;
          break;
        }
      }
      if (Object.keys(answered).length > 0) await this.#step({ kind: "rewind", answered });
    });
  }

  clients(): ReturnType<SyncSide["clients"]> {
    return this.#tab.model.logs.clients();
  }

  uncovered(): ReturnType<SyncSide["uncovered"]> {
    const last: Record<string, number> = {};
    for (const { log, mutation } of this.#tab.model.covering) {
      // Behind one that waits again it is looked at when that one is answered.
      if (mutation.id === null || mutation.id > answeredUntil(log)) continue;
      const { client, id } = wireName(log, mutation.id);
      last[client] = Math.max(last[client] ?? 0, id);
    }
    return last;
  }

  mark(): StoreMark {
    const { model, clientId: client } = this.#tab;
    return { client, entry: model.logs.get(client)?.entry ?? 0, step: model.syncEntry };
  }

  readUntil({ client, entry, step }: StoreMark): Promise<void> {
    const tab = this.#tab;
    const isSeen = tab.model.syncEntry >= step && (tab.model.logs.get(client)?.entry ?? 0) >= entry;
    if (isSeen) return Promise.resolve();
    const read = async (): Promise<void> => {
      await follow(tab, { kind: "sync", entry: step });
      await follow(tab, { kind: "wal", client, entry });
    };
    return tab.serial(read).catch(() => undefined);
  }

  compactionDue(): boolean {
    return foldableCount(this.#tab) >= this.#options.compactAfter;
  }

  compact(signal: AbortSignal): Promise<void> {
    return this.#asLeader(async (token) => {
      await catchUp(this.#tab);
      await compact(this.#tab, fence(token), signal);
    });
  }

  /** One step: durable first, then seen here, then told to the other tabs. */
  async #step(step: SyncEntry, puts: readonly (readonly [string, string])[] = [], also?: () => void): Promise<void> {
    const tab = this.#tab;
    const entry = tab.model.syncEntry + 1;
    const fetched = await fetchStep(tab.loading, step);
    if (!fetched) throw new AdapterError("STORE_CORRUPT", "A page of the snapshot is damaged; it is loaded again.");
    const token = this.#token ?? "";
    await tab.storage.commit({ puts: [...puts, [syncKey(entry), encode(step)]], expect: fence(token) });
    also?.();
    applySync(tab.model, entry, step, fetched);
    tab.emit();
    post(tab, { kind: "sync", entry });
  }

  /** @throws FENCED when this tab does not lead */
  #asLeader<T>(work: (token: string) => Promise<T>): Promise<T> {
    return this.#tab.serial(async () => {
      if (this.#token === null) throw new AdapterError("FENCED", "This tab does not lead.");
      await this.#mend();
      try {
        return await work(this.#token);
      } catch (error) {
        if (hasCode("FENCED")(error)) this.#token = null;
        if (hasCode("STORAGE_LOST")(error)) this.#unsure = true;
        throw error;
      }
    });
  }
}

const sorted = ({ stage, epoch, stages }: Omit<SyncPosition, "cursor">) => [
  stage,
  epoch,
  Object.entries(stages).sort(([a], [b]) => (a < b ? -1 : 1)),
];
