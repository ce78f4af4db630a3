/** The record store of one tab, over what it shares with the other tabs on disk. */
import { AdapterError } from "../domain/errors.ts";
import type { RecordId } from "../domain/ids.ts";
import { loop } from "../platform/loop.ts";
import { catchUp, follow } from "./catch-up.ts";
import type { Quarantine } from "./quarantine.ts";
import type {
  Committed,
  OutboxStatus,
  Parked,
  Quarantined,
  RecordStore,
  RecordView,
  StoreChange,
  SyncPosition,
  SyncSide,
  Write,
} from "./record-store.ts";
import { Leader, type LeaderOptions } from "./sync-side.ts";
import type { Tab, TabMessage } from "./tab.ts";
import { WalWriter } from "./wal-writer.ts";

/** Milliseconds. */
const lookEvery = 15_000;

export class TabStore implements RecordStore {
  readonly clientId: string;
  readonly warnings: readonly string[];
  readonly #tab: Tab;
  readonly #quarantine: Quarantine;
  readonly #leader: Leader;
  readonly #writer: WalWriter;
  readonly #listeners = new Set<(change: StoreChange) => void>();
  readonly #stop: () => void;
  readonly #ended: AbortController;

  constructor(tab: Tab, quarantine: Quarantine, warnings: readonly string[], options: LeaderOptions) {
    this.#tab = tab;
    this.#quarantine = quarantine;
    this.#writer = new WalWriter(tab);
    this.clientId = tab.clientId;
    this.warnings = warnings;
    this.#leader = new Leader(tab, options);
    tab.emit = () => this.#emit();
    tab.channel.subscribe((message) => {
      if (!isTabMessage(message)) return;
      // One that is closing lets what runs end, and begins nothing more.
      if (this.#ended.signal.aborted) return;
      this.#look(() => (message.kind === "lost" ? this.#leader.doubt(message.steps) : follow(tab, message)));
    });
    const unfollow = tab.platform.connectivity.subscribe(() => this.#look(() => catchUp(tab)));
    this.#ended = new AbortController();
    this.#stop = () => {
      unfollow();
      this.#ended.abort();
    };
  }

  /** Looks at the disk now and then, because a message of another tab may never come. */
  start(): void {
    const { platform, storage } = this.#tab;
    if (!storage.shared) return;
    const { timers, entropy } = platform;
    const { signal } = this.#ended;
    const run = async (): Promise<void> => {
      await this.#tab.serial(() => catchUp(this.#tab));
      await this.#leader.tend(true);
    };
    // Damage that was met when the store was opened, and what a tab of this profile wrote long ago.
    this.#look(async () => undefined, true);
    void timers
      .sleep(lookEvery, signal)
      .then(() => loop({ timers, entropy, every: lookEvery, run, failed: () => undefined, signal }));
  }

  /** What cannot be followed now is caught up with the next time. */
  #look(work: () => Promise<void>, again = false): void {
    this.#tab
      .serial(work)
      .then(() => this.#leader.tend(again))
      .catch(() => undefined);
  }

  get(domain: string, id: string): RecordView | null {
    return this.#tab.model.overlay.get(this.#name(domain), id);
  }

  all(domain: string): Iterable<RecordView> {
    return this.#tab.model.overlay.all(this.#name(domain));
  }

  count(domain: string): number {
    return this.#tab.model.overlay.count(this.#name(domain));
  }

  #name(domain: string): string {
    return this.#tab.domains.get(domain).name;
  }

  commit(writes: readonly Write[], { group = false }: { readonly group?: boolean } = {}): Promise<Committed> {
    return this.#writer.commit(writes, group);
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #emit(): void {
    const { keys, results, status } = this.#tab.model.takeChanges();
    const changes: StoreChange[] = [];
    if (keys.length > 0) changes.push({ kind: "records", keys });
    if (results.length > 0) changes.push({ kind: "results", results });
    if (status) changes.push({ kind: "status" });
    for (const change of changes) for (const listener of this.#listeners) call(listener, change);
  }

  get sync(): SyncSide {
    return this.#leader;
  }

  get position(): SyncPosition {
    return this.#tab.model.position;
  }

  get readOnly(): string | null {
    return this.#tab.readOnly;
  }

  outbox(): OutboxStatus {
    return this.#tab.model.logs.outbox();
  }

  parked(): readonly Parked[] {
    return [...this.#tab.model.parked.values()];
  }

  async retryParked(client: string, id: number, fields: Readonly<Record<string, unknown>> = {}): Promise<Committed> {
    const { mutation } = this.#parked(client, id);
    const { domain, kind, app } = mutation;
    const recordId = mutation.recordId as RecordId;
    const merged = { ...mutation.fields, ...fields };
    const { externalId = null, extra = {} } = merged as {
      externalId?: string | null;
      extra?: Readonly<Record<string, never>>;
    };
    const write: Write =
      kind === "create"
        ? { kind, domain, app, record: { ...merged, externalId, extra, id: recordId } }
        : kind === "update"
          ? { kind, domain, app, id: recordId, fields: merged }
          : { kind, domain, app, id: recordId };
    return this.#writer.commit([write], false, [[client, id]]);
  }

  async discardParked(client: string, id: number): Promise<Parked> {
    const parked = this.#parked(client, id);
    await this.#writer.commit([], false, [[client, id]]);
    return parked;
  }

  /** @throws NOT_FOUND */
  #parked(client: string, id: number): Parked {
    const parked = this.#tab.model.parked.get(`${client}/${id}`);
    if (parked) return parked;
    throw new AdapterError("NOT_FOUND", "There is no such parked mutation.", { place: `${client}/${id}` });
  }

  quarantined(): Promise<readonly Quarantined[]> {
    return this.#quarantine.list();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#writer.close();
    await this.#tab.serial(async () => undefined);
    this.#tab.channel.close();
    await this.#tab.storage.close();
  }
}

/** A listener that throws is reported as an unhandled rejection; the store goes on. */
function call(listener: (change: StoreChange) => void, change: StoreChange): void {
  try {
    listener(change);
  } catch (error) {
    void Promise.reject(error);
  }
}

const kinds: ReadonlySet<unknown> = new Set<TabMessage["kind"]>(["lost", "wal", "sync", "generation"]);

const isTabMessage = (message: unknown): message is TabMessage =>
  typeof message === "object" && message !== null && "kind" in message && kinds.has(message.kind);
