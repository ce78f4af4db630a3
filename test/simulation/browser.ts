/** What the tabs of one browser share: locks that can be taken away, channels that are late or lose, one clock. */
import type { Random } from "../../src/domain/random.ts";
import type { Channel, Locks, Platform } from "../../src/platform/platform.ts";
import { Lent } from "./given-back.ts";
import type { Life } from "./life.ts";
import { counted } from "./repeats.ts";
import type { VirtualTime } from "./time.ts";

interface Holder {
  readonly life: Life;
  readonly lost: AbortController;
  readonly grant: () => void;
  granted: boolean;
}

interface Listener {
  readonly name: string;
  readonly owner: object;
  readonly life: Life;
  readonly hear: (message: unknown) => void;
}

export class Browser {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #toldLost: (life: Life) => void;
  readonly #locks = new Map<string, Holder[]>();
  #listeners: Listener[] = [];
  readonly #wake = new Set<{ readonly life: Life; readonly hear: () => void }>();
  /** Timers that have not rung, channels, listeners. */
  readonly lent = new Lent();
  /** How many of a hundred messages between tabs never arrive. */
  channelLoss = 0;
  /** The latest that a message arrives; in milliseconds. */
  channelDelay = 5;
  /** Nothing arrives on the channels whose names begin like this. */
  deafTo: string | null = null;
  /** What tabs told each other over and over. */
  readonly repeated: string[] = [];
  /** So many of the next requests for a lock fail: of a page that the browser has put aside, or is about to show. */
  locksRefused = 0;
  /** Whose they were, and whether it was told. */
  readonly lockless = new Map<Life, "silent" | "told">();
  online = true;
  /** Milliseconds by which the clock is ahead. */
  skew = 0;
  #frozenAt: number | null = null;

  constructor(time: VirtualTime, random: Random, toldLost: (life: Life) => void) {
    this.#time = time;
    this.#random = random;
    this.#toldLost = toldLost;
  }

  now(): number {
    return Math.trunc((this.#frozenAt ?? this.#time.now()) + this.skew);
  }

  stopClock(stopped: boolean): void {
    this.#frozenAt = stopped ? this.#time.now() : null;
  }

  /** Whether a tab holds a lock, or stands for one. */
  holds(life: Life): boolean {
    return [...this.#locks.values()].some((queue) => queue.some((holder) => holder.life === life));
  }

  /** What a page with another build, or none of ours, may say on the channels of the tabs. */
  babble(): void {
    for (const { hear, life } of this.#listeners)
      for (const said of [null, 42, "wal", { kind: "of tomorrow" }, { event: {} }]) life.deliver(() => hear(said));
  }

  /** Tells every tab that the connection or the front changed. */
  stir(): void {
    for (const { life, hear } of this.#wake) life.deliver(hear);
  }

  /** As if another page asked for the locks with `steal`: who holds one loses it, and hears of it late or never (F12). @param told after so many milliseconds, instead of by chance */
  stealLocks(deaf = false, told: number | null = null): void {
    for (const [name, queue] of this.#locks) {
      const [holder] = queue;
      // One that is about to have it does not have it: it would never hear that it is gone.
      if (!holder?.granted) continue;
      queue.shift();
      const drawn = this.#random.pick([0, 0, this.#random.below(1500), Number.POSITIVE_INFINITY]);
      const late = deaf ? Number.POSITIVE_INFINITY : (told ?? drawn);
      const tell = (): void =>
        holder.life.deliver(() => {
          holder.lost.abort();
          // It may have been granted the same lock again meanwhile.
          if (this.#locks.get(name)?.[0]?.life !== holder.life) this.#toldLost(holder.life);
        });
      holder.life.deliver(() => {
        if (Number.isFinite(late)) this.#time.after(late, tell);
      });
      this.#grantNext(name);
    }
  }

  platform(life: Life, random: Random): Platform {
    const time = this.#time;
    return {
      clock: { now: () => this.now() },
      timers: {
        sleep: (ms, signal) =>
          new Promise((resolve) => {
            if (signal?.aborted) return resolve();
            const giveBack = this.lent.lend(life, `a timer of ${ms} ms`);
            const cancel = time.after(ms, () => {
              giveBack();
              signal?.removeEventListener("abort", onAbort);
              life.deliver(resolve);
            });
            const onAbort = (): void => {
              giveBack();
              cancel();
              resolve();
            };
            signal?.addEventListener("abort", onAbort, { once: true });
          }),
        breathe: () => new Promise((resolve) => time.after(0.05, () => life.deliver(resolve))),
      },
      entropy: { uuid: () => uuidFrom(random), fraction: () => random.next() / 2 ** 32 },
      locks: this.#locksOf(life),
      channel: (name) => this.#channel(life, name),
      connectivity: {
        online: () => this.online,
        subscribe: (listener) => {
          const entry = { life, hear: listener };
          const giveBack = this.lent.lend(life, "a listener to the connection");
          this.#wake.add(entry);
          life.onDeath(() => this.#wake.delete(entry));
          return () => {
            giveBack();
            this.#wake.delete(entry);
          };
        },
      },
    };
  }

  #locksOf(life: Life): Locks {
    return {
      hold: (name, signal, run) =>
        new Promise((resolve, reject) => {
          if (signal.aborted || life.dead) return resolve();
          if (this.locksRefused > 0) {
            this.locksRefused -= 1;
            this.lockless.set(life, "silent");
            reject(new Error(`The browser does not give ${name} to a page that is not active.`));
            return;
          }
          const queue = this.#locks.get(name) ?? [];
          this.#locks.set(name, queue);
          const leave = (): void => {
            const at = queue.indexOf(holder);
            if (at < 0) return;
            queue.splice(at, 1);
            if (at === 0) this.#grantNext(name);
          };
          const waitingEnds = (): void => {
            leave();
            resolve();
          };
          const holder: Holder = {
            life,
            lost: new AbortController(),
            granted: false,
            grant: () => {
              signal.removeEventListener("abort", waitingEnds);
              run(holder.lost.signal).then(
                () => {
                  leave();
                  resolve();
                },
                (error) => {
                  leave();
                  reject(error);
                },
              );
            },
          };
          signal.addEventListener("abort", waitingEnds, { once: true });
          life.onDeath(leave);
          queue.push(holder);
          if (queue.length === 1) this.#grantNext(name);
        }),
    };
  }

  #grantNext(name: string): void {
    const holder = this.#locks.get(name)?.[0];
    if (!holder) return;
    this.#time.after(1, () => {
      // Meanwhile it may have left, or lost the lock.
      if (this.#locks.get(name)?.[0] !== holder) return;
      holder.granted = true;
      holder.life.deliver(holder.grant);
    });
  }

  #channel(life: Life, name: string): Channel {
    const owner = {};
    const giveBack = this.lent.lend(life, `the channel ${name}`);
    /** When the last message arrives: one sender's messages keep their order. */
    let last = 0;
    const note = counted(this.#time.now, oftenSaid, (what) => this.repeated.push(what));
    return {
      post: (message) => {
        if (life.dead) return;
        // Only what names an entry: it is on disk once, and for good.
        if (name.startsWith("hda/") && Object(message).entry !== undefined) note(JSON.stringify(message));
        const copy: unknown = JSON.parse(JSON.stringify(message));
        for (const listener of this.#listeners) {
          if (listener.name !== name || listener.owner === owner) continue;
          if (this.#random.below(100) < this.channelLoss) continue;
          if (this.deafTo !== null && name.startsWith(this.deafTo)) continue;
          const delay = 0.2 + this.#random.below(this.channelDelay * 10) / 10;
          last = Math.max(last, this.#time.now() + delay);
          this.#time.after(last - this.#time.now(), () => {
            if (this.#listeners.includes(listener)) listener.life.deliver(() => listener.hear(copy));
          });
        }
      },
      subscribe: (hear) => {
        const listener: Listener = { name, owner, life, hear };
        this.#listeners.push(listener);
        const end = (): void => {
          this.#listeners = this.#listeners.filter((other) => other !== listener);
        };
        life.onDeath(end);
        return end;
      },
      close: () => {
        giveBack();
        this.#listeners = this.#listeners.filter((other) => other.owner !== owner);
      },
    };
  }
}

/** One that is written is told by who wrote it, may be told once more, and then as often as a tab looks at the disk. */
const oftenSaid = { most: 6, within: 10_000 };

/** A random UUID, version 4. */
export function uuidFrom(random: Random): string {
  const hex = [0, 0, 0, 0].map(() => random.next().toString(16).padStart(8, "0")).join("");
  const variant = "89ab"[random.below(4)] ?? "8";
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
