/** A browser in this process: tabs that share a disk, locks and channels, on a clock that only the test moves. */
import { seededRandom } from "../../src/domain/random.ts";
import { type MemoryDisk, memoryDisk } from "../../src/local/memory-storage.ts";
import type { Storage } from "../../src/local/storage.ts";
import type { Channel, Platform } from "../../src/platform/platform.ts";

export interface BrowserTab {
  readonly platform: Platform;
  readonly storage: Storage;
  /** True after `kill`: nothing of this tab may reach the network any more. */
  readonly dead: boolean;
  /** The tab dies as by SIGKILL: nothing of it reaches the disk, the locks or the other tabs any more. */
  kill(): void;
}

export interface Browser {
  readonly disk: MemoryDisk;
  open(): BrowserTab;
  /** Milliseconds since 1970 by this device's clock; may be set to anything. */
  clock: number;
  /**
   * Timers run by a span of their own, whatever the clock says; those that are due are woken in their order, each after
   * what the one before it began has come to rest.
   */
  advance(ms: number): Promise<void>;
  /** Fires what a browser fires when it believes to be online again. */
  cameOnline(): void;
  /** What the browser believes. */
  online: boolean;
  /** The lock of this name is taken from whoever holds it, as `steal` does. */
  stealLock(): void;
  /** What is outside of the browser is still at work: time stands still meanwhile. */
  busy: () => boolean;
  /** What tabs say to each other on channels whose name begins like this is lost; `""`: everything, `null`: nothing. */
  deafTo: string | null;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}
interface Waiting {
  readonly run: () => void;
  readonly tab: object;
}
interface Holder {
  readonly lose: () => void;
  readonly end: () => void;
  readonly tab: object;
}

export const browser = (seed = 1, start = Date.parse("2024-09-01T08:00:00.000Z")): Browser => {
  const random = seededRandom(seed);
  const disk = memoryDisk();
  const sleepers = new Set<Sleeper>();
  const channels = new Map<string, Set<{ readonly tab: object; readonly hear: (message: unknown) => void }>>();
  const locks = new Map<string, { holder: Holder | null; queue: Waiting[] }>();
  const onlineListeners = new Set<() => void>();
  let elapsed = 0;
  let order = 0;

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper: Sleeper = { at: elapsed + ms, order: order++, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", () => sleepers.delete(sleeper) && resolve(), { once: true });
    });

  const uuid = (): string => {
    const hex = Array.from({ length: 32 }, () => random.below(16).toString(16));
    hex[12] = "4";
    hex[16] = "89ab"[random.below(4)] ?? "8";
    return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  const lockOf = (name: string) => {
    const lock = locks.get(name) ?? { holder: null, queue: [] };
    locks.set(name, lock);
    return lock;
  };
  const grantNext = (name: string): void => {
    const lock = lockOf(name);
    if (!lock.holder) lock.queue.shift()?.run();
  };

  function hold(
    tab: object,
    name: string,
    signal: AbortSignal,
    run: (lost: AbortSignal) => Promise<void>,
  ): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const lock = lockOf(name);
      const waiting: Waiting = {
        tab,
        run() {
          const lost = new AbortController();
          const holder: Holder = {
            tab,
            lose: () => lost.abort(),
            end() {
              if (lock.holder === holder) lock.holder = null;
              resolve();
              grantNext(name);
            },
          };
          lock.holder = holder;
          void run(lost.signal).finally(holder.end);
        },
      };
      lock.queue.push(waiting);
      signal.addEventListener("abort", () => {
        if (!lock.queue.includes(waiting)) return;
        lock.queue = lock.queue.filter((other) => other !== waiting);
        resolve();
      });
      queueMicrotask(() => grantNext(name));
    });
  }

  const rest = async (): Promise<void> => {
    for (let quiet = 0; quiet < 5; quiet++) {
      await breath();
      if (it.busy()) quiet = 0;
    }
  };

  const it: Browser = {
    disk,
    clock: start,
    online: true,
    deafTo: null,
    busy: () => false,
    open() {
      const tab = {};
      const storage = disk.open();
      let dead = false;
      const channel = (name: string): Channel => {
        const all = channels.get(name) ?? new Set();
        channels.set(name, all);
        const own = new Set<{ readonly tab: object; readonly hear: (message: unknown) => void }>();
        return {
          post(message) {
            if (dead || (it.deafTo !== null && name.startsWith(it.deafTo))) return;
            const copy = structuredClone(message);
            for (const other of all) if (other.tab !== tab) queueMicrotask(() => all.has(other) && other.hear(copy));
          },
          subscribe(hear) {
            const entry = { tab, hear };
            all.add(entry);
            own.add(entry);
            return () => void all.delete(entry);
          },
          close() {
            for (const entry of own) all.delete(entry);
          },
        };
      };
      const platform: Platform = {
        clock: { now: () => it.clock },
        timers: { sleep, breathe: () => Promise.resolve() },
        entropy: { uuid, fraction: () => random.next() / 2 ** 32 },
        // What a dead tab asks for it never gets.
        locks: { hold: (name, signal, run) => (dead ? new Promise(() => {}) : hold(tab, name, signal, run)) },
        channel,
        connectivity: {
          online: () => it.online,
          subscribe(listener) {
            onlineListeners.add(listener);
            return () => void onlineListeners.delete(listener);
          },
        },
      };
      return {
        platform,
        storage,
        get dead() {
          return dead;
        },
        kill() {
          dead = true;
          void storage.close();
          for (const all of channels.values()) for (const entry of all) if (entry.tab === tab) all.delete(entry);
          for (const [name, lock] of locks) {
            lock.queue = lock.queue.filter((other) => other.tab !== tab);
            if (lock.holder?.tab === tab) {
              lock.holder = null;
              grantNext(name);
            }
          }
        },
      };
    },
    async advance(ms) {
      const until = elapsed + ms;
      for (;;) {
        const [next] = [...sleepers].sort((a, b) => a.at - b.at || a.order - b.order);
        if (!next || next.at > until) break;
        it.clock += next.at - elapsed;
        elapsed = next.at;
        sleepers.delete(next);
        next.wake();
        await rest();
      }
      it.clock += until - elapsed;
      elapsed = until;
      await rest();
    },
    cameOnline() {
      for (const listener of onlineListeners) listener();
    },
    stealLock() {
      for (const { holder } of locks.values()) holder?.lose();
    },
  };
  return it;
};

/** Lets everything that is on its way in this process arrive. */
export const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
