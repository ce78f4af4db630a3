/** What the package needs of its surroundings, passed in, so that a run can be replayed from its seed. */

export interface Clock {
  /** Milliseconds since 1970 by this device's clock, which may be wrong and may jump. */
  now(): number;
}

export interface Timers {
  /** Resolves after `ms` milliseconds, or at once when the signal aborts; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets the page draw and answer before the next slice of long work. */
  breathe(): Promise<void>;
}

export interface Entropy {
  /** A random UUID (version 4). */
  uuid(): string;
  /** A number from 0 up to, not including, 1; for jitter. */
  fraction(): number;
}

export interface Locks {
  /**
   * Waits until this tab alone holds `name`, then runs; the lock is held until `run` ends. A tab that dies lets go.
   * Returns without running when the signal aborts first. `run`'s signal aborts when the lock was taken away.
   */
  hold(name: string, signal: AbortSignal, run: (lost: AbortSignal) => Promise<void>): Promise<void>;
}

/** Tells the other tabs of this browser; never this one. A message may be late or never come. */
export interface Channel {
  post(message: unknown): void;
  /** @returns ends the subscription */
  subscribe(listener: (message: unknown) => void): () => void;
  close(): void;
}

export interface Connectivity {
  /** What the browser believes; a hint that may lie. */
  online(): boolean;
  /** Called when it changes, and when the page comes back to the front. @returns ends the subscription */
  subscribe(listener: () => void): () => void;
}

export interface Platform {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly locks: Locks;
  channel(name: string): Channel;
  readonly connectivity: Connectivity;
}
