/** A tab of this page that can die: its disk and its surroundings are the real ones until then. */
import { openStorage } from "../../src/local/localforage-storage.ts";
import type { Storage } from "../../src/local/storage.ts";
import { browserPlatform } from "../../src/platform/browser-platform.ts";
import { browserDisk } from "../../src/platform/disk.ts";
import { browserHints } from "../../src/platform/hints.ts";
import type { Platform } from "../../src/platform/platform.ts";

export interface MortalTab {
  readonly platform: Platform;
  readonly storage: Storage;
  readonly dead: boolean;
  /** What the browser believes. */
  setOnline(online: boolean): void;
  /** From now on nothing of it reaches the disk, and its locks are free. */
  kill(): void;
}

const never = new Promise<never>(() => {});

export async function mortalTab(name: string): Promise<MortalTab> {
  const real = browserPlatform();
  const death = new AbortController();
  const { signal } = death;
  const died = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  const listeners = new Set<() => void>();
  let online = true;
  const disk = await openStorage({ name, disk: browserDisk(), timers: real.timers, hints: browserHints() });
  const alive = <T>(work: () => Promise<T>): Promise<T> => (signal.aborted ? never : work());
  const storage: Storage = {
    durability: disk.durability,
    shared: disk.shared,
    read: (keys) => alive(() => disk.read(keys)),
    scan: (prefix) => alive(() => disk.scan(prefix)),
    keys: (prefix) => alive(() => disk.keys(prefix)),
    commit: (change) => alive(() => disk.commit(change)),
    estimate: () => alive(() => disk.estimate()),
    close: () => disk.close(),
  };
  const platform: Platform = {
    ...real,
    locks: {
      hold: (lock, wish, run) =>
        real.locks.hold(lock, AbortSignal.any([wish, signal]), (lost) => Promise.race([run(lost), died])),
    },
    connectivity: {
      online: () => online,
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
  return {
    platform,
    storage,
    get dead() {
      return signal.aborted;
    },
    setOnline(now) {
      online = now;
      for (const listener of listeners) listener();
    },
    kill() {
      death.abort();
      void disk.close();
    },
  };
}
