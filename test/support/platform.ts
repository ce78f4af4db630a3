/** Surroundings that a test moves by hand: a clock, sleepers that wake when it moves, locks and channels in this process. */
import type { Channel, Platform } from "../../src/platform/platform.ts";
import { randomFrom } from "./random-from.ts";

export interface TestPlatform extends Platform {
  /** Moves the clock, and wakes those whose time has come, in their order. */
  advance(ms: number): Promise<void>;
  /** How many sleep now. */
  sleeping(): number;
  setOnline(online: boolean): void;
}

/** What the tabs of one browser share. */
export interface TestBrowser {
  /** A tab of this browser, with the browser's clock. */
  tab(): TestPlatform;
  advance(ms: number): Promise<void>;
  /** Messages between tabs are lost while this is true. */
  deaf: boolean;
}

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** One turn of the event loop, in Node as in a browser. */
function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Lets promises that are ready run to their end. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await turn();
}

/** Waits, turn by turn, until `check` no longer throws; the last failure is thrown. */
export async function eventually(check: () => void, turns = 500): Promise<void> {
  for (let i = 1; ; i++) {
    try {
      check();
      return;
    } catch (error) {
      if (i === turns) throw error;
      await turn();
    }
  }
}

export function testBrowser({ seed = 1, now = Date.parse("2026-01-05T08:00:00.000Z") } = {}): TestBrowser {
  const random = randomFrom(seed);
  const sleepers = new Set<Sleeper>();
  const channels = new Map<string, Set<(message: unknown) => void>>();
  const held = new Map<string, Promise<void>>();
  let time = now;
  const browser: TestBrowser = { deaf: false, tab, advance };

  async function advance(ms: number): Promise<void> {
    const until = time + ms;
    await settle(2);
    for (;;) {
      const [next] = [...sleepers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      time = Math.max(time, next.at);
      sleepers.delete(next);
      next.wake();
      await settle(2);
    }
    time = until;
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = { at: time + ms, wake: resolve };
      sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        sleepers.delete(sleeper);
        resolve();
      });
    });
  }

  function channel(name: string): Channel {
    const members = channels.get(name) ?? new Set();
    channels.set(name, members);
    const own = new Set<(message: unknown) => void>();
    return {
      post(message) {
        if (browser.deaf) return;
        const copy = structuredClone(message);
        for (const listener of members) if (!own.has(listener)) queueMicrotask(() => listener(copy));
      },
      subscribe(listener) {
        members.add(listener);
        own.add(listener);
        return () => {
          members.delete(listener);
          own.delete(listener);
        };
      },
      close() {
        for (const listener of own) members.delete(listener);
      },
    };
  }

  async function hold(name: string, signal: AbortSignal, run: (lost: AbortSignal) => Promise<void>): Promise<void> {
    while (held.has(name)) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await Promise.race([held.get(name), aborted]);
      if (signal.aborted) return;
    }
    if (signal.aborted) return;
    const running = run(new AbortController().signal);
    const over = running.then(
      () => undefined,
      () => undefined,
    );
    held.set(name, over);
    try {
      await running;
    } finally {
      held.delete(name);
    }
  }

  function tab(): TestPlatform {
    const listeners = new Set<() => void>();
    let online = true;
    return {
      clock: { now: () => time },
      timers: { sleep, breathe: () => Promise.resolve() },
      entropy: { uuid: random.uuid, fraction: random.fraction },
      locks: { hold },
      channel,
      connectivity: {
        online: () => online,
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      advance,
      sleeping: () => sleepers.size,
      setOnline(now) {
        online = now;
        for (const listener of listeners) listener();
      },
    };
  }
  return browser;
}
