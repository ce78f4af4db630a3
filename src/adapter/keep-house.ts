/** Where there is no server, and so no engine: one tab of the browser folds the log in, or it would grow for ever. */
import { hasCode } from "../domain/errors.ts";
import type { Stage } from "../domain/stages.ts";
import type { RecordStore } from "../local/record-store.ts";
import { loop } from "../platform/loop.ts";
import type { Platform } from "../platform/platform.ts";

export interface HouseOptions {
  readonly store: RecordStore;
  readonly platform: Platform;
  /** Of the store: its tabs share a lock by this name. */
  readonly name: string;
  readonly stage: Stage;
  readonly signal: AbortSignal;
}

/** Milliseconds. */
const every = 15_000;

/** Resolves when the signal aborts; what fails is tried again the next time. */
export async function keepHouse({ store, platform, name, stage, signal }: HouseOptions): Promise<void> {
  const { timers, entropy, locks } = platform;
  await locks.hold(`hda/${name}`, signal, async (lost) => {
    let leads = false;
    const term = AbortSignal.any([signal, lost]);
    const run = async (): Promise<void> => {
      if (!leads) {
        await store.sync.lead();
        leads = true;
      }
      try {
        const { epoch } = store.position;
        if (store.position.stage !== stage) await store.sync.setPosition({ stage, stages: {}, epoch });
        if (store.sync.compactionDue()) await store.sync.compact(term);
      } catch (error) {
        if (hasCode("FENCED")(error)) leads = false;
        throw error;
      }
    };
    await loop({ timers, entropy, every, run, failed: () => undefined, signal: term });
  });
}
