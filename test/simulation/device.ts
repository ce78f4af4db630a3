/** A device of a simulated school: one profile on one disk, with tabs that come and go. */
import { type AdapterError, isAdapterError } from "../../src/domain/errors.ts";
import { type Random, seededRandom } from "../../src/domain/random.ts";
import { openRecordStore } from "../../src/local/open-record-store.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import type { Limits } from "../../src/local/tab.ts";
import { createSyncEngine, type SyncEngine } from "../../src/sync/engine.ts";
import { Account } from "./account.ts";
import { Browser } from "./browser.ts";
import { Disk } from "./disk.ts";
import type { Rotten } from "./disk-laws.ts";
import { domainNames, domains } from "./domains.ts";
import { type Heard, listen, standingOf } from "./heard.ts";
import type { TabState } from "./history.ts";
import { Holds } from "./holds.ts";
import { openedBadly } from "./laws-of-opening.ts";
import { cameBack, heldOn, saidTwice } from "./let-go.ts";
import { Life } from "./life.ts";
import { type Handle, Link } from "./link.ts";
import type { VirtualTime } from "./time.ts";
import type { Trace } from "./trace.ts";

export interface Tab {
  readonly name: string;
  readonly life: Life;
  /** `null` while it opens, or when that failed. */
  store: RecordStore | null;
  /** What a listener knows who only ever looks at what it was told of. */
  readonly heard: Heard;
  /** What its engine was seen doing. */
  readonly account: Account;
  /** Calls that have not been answered. */
  readonly open: Set<string>;
  /** The store has let its disk go. */
  letGo: boolean;
  /** On how many connections its engine hears pokes. */
  hears: number;
  /** When it began to open, in true time. */
  readonly openedAt: number;
  /** It opened when there was little room, and takes little for as long as it is open. */
  readonly narrow: boolean;
  engine: SyncEngine | null;
  failed: AdapterError | null;
}

export interface DeviceOptions {
  readonly index: number;
  readonly seed: number;
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly durability: "strict" | "relaxed";
  readonly foldAfter: number;
  readonly handle: Handle;
  readonly pokes: Pokes;
  /** Each event that met a state of the sync machine. */
  readonly cell: (state: string, event: string) => void;
  /** A failure that is none of ours: nobody foresaw it. */
  readonly surprise: (error: unknown, where: string) => void;
  readonly breach: (law: string, what: string) => void;
}

/** How a server's commits are told to the devices: late, doubled, lost, or before the commit can be seen. */
export class Pokes {
  readonly #listeners = new Set<(seq: number) => void>();
  readonly #time: VirtualTime;
  readonly #random: Random;
  loss = 0;
  doubled = 0;
  early = false;

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  tell(seq: number): void {
    for (const listener of this.#listeners) {
      if (this.#random.below(100) < this.loss) continue;
      const times = this.#random.below(100) < this.doubled ? 2 : 1;
      const named = seq + (this.early ? this.#random.below(2) : 0);
      for (let i = 0; i < times; i++) {
        this.#time.after(1 + this.#random.below(60), () => {
          if (this.#listeners.has(listener)) listener(named);
        });
      }
    }
  }

  listen(listener: (seq: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export class Device {
  readonly index: number;
  readonly browser: Browser;
  readonly disk: Disk;
  readonly link: Link;
  tabs: Tab[] = [];
  image: { readonly values: Map<string, string>; readonly at: number } | null = null;
  /** Values that rotted: as they were, and as they are. */
  readonly damaged: { readonly key: string; readonly before: string; readonly after: string }[] = [];
  /** When the last of them did, in true time. */
  damagedAt = Number.NEGATIVE_INFINITY;
  /** Those of them that have to be set aside, as long as the disk is the same. */
  rotten: Rotten[] = [];
  readonly discarded = new Set<string>();
  readonly holds: Holds;
  /** Records that showed an older version of the server's than they had. */
  readonly wentBack: string[] = [];
  /** Something happened here that only opening again may mend. */
  hurt = false;
  /** Its clock was wrong at some time. */
  clockMoved = false;
  /** By more than answered mutations are kept for. */
  clockJumped = false;
  /** Hears each event that meets a state of the sync machine, just before it is followed. */
  onEvent: ((tab: Tab, met: string) => void) | null = null;
  readonly #options: DeviceOptions;
  #opened = 0;

  constructor(options: DeviceOptions) {
    const { index, seed, time, trace, durability, handle } = options;
    const random = (salt: number): Random => seededRandom(seed * 31 + index * 7 + salt * 1_000_003);
    const name = `d${index}`;
    this.index = index;
    this.#options = options;
    this.holds = new Holds(time);
    this.browser = new Browser(time, random(1), (life) => this.#toldLost(life));
    this.disk = new Disk({ time, random: random(2), durability, trace, name });
    this.link = new Link({ time, random: random(3), trace, name, handle });
  }

  /** The tabs that run and have a store. */
  get working(): (Tab & { readonly store: RecordStore; readonly engine: SyncEngine })[] {
    return this.tabs.filter(
      (tab): tab is Tab & { store: RecordStore; engine: SyncEngine } =>
        tab.store !== null && tab.engine !== null && !tab.life.dead && !tab.life.frozen,
    );
  }

  open(limits: Partial<Limits> = {}, promoteUnconfirmed = true): void {
    this.#opened += 1;
    const { index, seed, trace, foldAfter, time } = this.#options;
    const name = `d${index}.${this.#opened}`;
    const life = new Life();
    const random = seededRandom(seed * 131 + index * 17 + this.#opened * 7_919);
    const platform = this.browser.platform(life, random);
    const heard: Heard = { records: new Map(), asTheyWere: new Set(), standing: "", results: new Set(), status: null };
    const tab: Tab = {
      name,
      life,
      store: null,
      engine: null,
      failed: null,
      heard,
      account: new Account(
        () => this.browser.now(),
        (law, what) => this.#options.breach(law, `${name}: ${what}`),
      ),
      open: new Set(),
      letGo: false,
      hears: 0,
      openedAt: time.now(),
      narrow: this.disk.quota < 1e9,
    };
    this.tabs.push(tab);
    trace.add(`${name} opens`);
    const storage = this.disk.storage(life, () => {
      tab.letGo = true;
    });
    openRecordStore({
      storage,
      domains,
      platform,
      name: `school/${index}`,
      maxEntriesBeforeCompaction: foldAfter,
      limits,
      promoteUnconfirmed,
    }).then(
      (store) => {
        if (life.dead) return;
        trace.add(`${name} is open`);
        for (const { law, what } of openedBadly(this, tab, store)) this.#options.breach(law, what);
        tab.store = store;
        listen(store, heard, (what) => this.wentBack.push(`${name}: ${what}`));
        tab.engine = this.#engineFor(tab, store, platform);
        const { engine } = tab;
        engine.subscribe((status) => {
          const holding = { name, out: this.link.out(life), hears: tab.hears };
          for (const { law, what } of [...heldOn(holding, status), ...saidTwice(name, heard.status, status)])
            this.#options.breach(law, what);
          heard.status = status;
          this.holds.changed(name, status);
          if (status.error?.code !== "INTERNAL") return;
          // Once it leads after all, it is late to tell that it could not.
          if (this.browser.lockless.has(life)) {
            if (!status.leading) this.browser.lockless.set(life, "told");
          } else this.#options.surprise(status.error.message, `${name} synchronises`);
        });
        // An app may do a few things before it starts the engine.
        time.after(random.below(4) * random.below(6), () =>
          life.deliver(() => {
            engine.start();
            // Once is enough.
            engine.start();
          }),
        );
      },
      (error) => {
        if (life.dead) return;
        this.#expect(error, `${name} open`);
        if (isAdapterError(error)) {
          trace.add(`${name} did not open: ${error.code} ${error.message}`);
          tab.failed = error;
        }
      },
    );
  }

  #engineFor(tab: Tab, store: RecordStore, platform: ReturnType<Browser["platform"]>): SyncEngine {
    const { pokes, cell, trace } = this.#options;
    return createSyncEngine({
      store,
      platform,
      name: `school/${this.index}`,
      domains,
      transport: this.link.transport(tab.life, (what) => this.holds.asks(tab.name, what)),
      live: {
        run: (onHint, signal) =>
          new Promise((resolve) => {
            const end = pokes.listen((seq) => tab.life.deliver(() => onHint(seq)));
            tab.hears += 1;
            signal.addEventListener("abort", () => {
              tab.hears -= 1;
              end();
              resolve();
            });
            tab.life.onDeath(end);
          }),
      },
      trace: (state, event) => {
        cell(state.kind, event.kind);
        this.onEvent?.(tab, `${state.kind} + ${event.kind}`);
        for (const { law, what } of cameBack(tab.name, state, event)) this.#options.breach(law, what);
        trace.add(`${tab.name} ${state.kind} + ${event.kind}`);
        if (tab.engine) tab.account.see(state, event, store, tab.engine);
      },
    });
  }

  /** F12: who is told that the lock is another one's does not go on saying that it leads. */
  #toldLost(life: Life): void {
    const tab = this.working.find((one) => one.life === life);
    if (tab?.engine.status().leading)
      this.#options.breach("F12", `${tab.name} was told that it lost the lock, and says that it leads.`);
  }

  /** An operation that a schedule asked for may fail with an error of ours, and with no other. */
  #expect(error: unknown, where: string): void {
    if (!isAdapterError(error)) this.#options.surprise(error, where);
  }

  /** Runs a call of a tab; its failure by a typed error is an answer as well. */
  call<T>(
    tab: Tab,
    where: string,
    run: () => Promise<T>,
    done: (answer: T) => void,
    failed?: (error: AdapterError) => void,
  ): void {
    const name = `${where} at ${this.#options.time.now()}`;
    tab.open.add(name);
    let answer: Promise<T>;
    try {
      answer = run();
    } catch (error) {
      this.#options.surprise(error, `${tab.name} ${where} threw instead of rejecting`);
      return;
    }
    answer.then(
      (value) => {
        tab.open.delete(name);
        if (!tab.life.dead) done(value);
      },
      (error) => {
        tab.open.delete(name);
        if (tab.life.dead) return;
        this.#expect(error, `${tab.name} ${where}`);
        if (isAdapterError(error)) failed?.(error);
      },
    );
  }

  hold(tab: Tab & { readonly engine: SyncEngine }): void {
    tab.engine.hold("user");
    this.holds.hold(tab.name, tab.engine.status());
  }

  release({ engine }: Tab & { readonly engine: SyncEngine }): void {
    this.holds.release();
    engine.release("user");
  }

  kill(tab: Tab): void {
    tab.life.kill();
    this.tabs = this.tabs.filter((other) => other !== tab);
  }

  killAll(): void {
    // `kill` makes a new list.
    for (const tab of this.tabs) this.kill(tab);
  }

  /** What a tab shows. */
  stateOf(tab: Tab & { readonly store: RecordStore }): TabState {
    // Before anybody has asked for one of them.
    const counted = domainNames.reduce((sum, name) => sum + tab.store.count(name), 0);
    const records = new Map<string, TabState["records"] extends ReadonlyMap<string, infer V> ? V : never>();
    for (const name of domainNames) {
      for (const { record, serverVersion, state } of tab.store.all(name)) {
        records.set(`${name}/${record.id}`, { record, serverVersion, state });
      }
    }
    return {
      name: tab.name,
      device: this.index,
      records,
      counted,
      heard: tab.heard,
      readAgain: (this.disk.readings.get(tab.life) ?? 0) > 1,
      unanswered: [...tab.open],
      waiting: tab.store.outbox().mutations,
      bytes: tab.store.outbox().bytes,
      standing: standingOf(tab.store),
      parked: tab.store.parked(),
      cursor: tab.store.position.cursor,
    };
  }
}
