/** Keeps the old layout current while one tab of this browser leads; it is outside of every write's acknowledgement. */
import type { DomainSet } from "../../domain/define-domain.ts";
import { hasCode } from "../../domain/errors.ts";
import type { Namespace } from "../../domain/ids.ts";
import type { RecordStore } from "../../local/record-store.ts";
import type { Storage } from "../../local/storage.ts";
import type { Bell } from "../../platform/bell.ts";
import type { OldStorage } from "../../platform/old-storage.ts";
import type { Platform } from "../../platform/platform.ts";
import type { SaveFile } from "../../platform/save-file.ts";
import { type MirrorStatus, newMirror } from "../legacy-status.ts";
import { codeOf, createRounds, type MirrorRounds } from "./mirror-round.ts";
import { openMirrorState } from "./mirror-state.ts";

export interface MirrorOptions {
  readonly store: RecordStore;
  readonly storage: Storage;
  readonly domains: DomainSet;
  readonly platform: Platform;
  /** Of the store: its tabs share a lock by this name. */
  readonly name: string;
  /** Of the sources: which one it is. */
  readonly place: string;
  readonly namespace: Namespace;
  /** What stood there when it was archived. */
  readonly begin: () => Promise<ReadonlyMap<string, string>>;
  readonly old: OldStorage;
  readonly saveFile: SaveFile;
  readonly afterMs: number;
  /** Rung by every change there. */
  readonly bell: Bell;
  readonly signal: AbortSignal;
  readonly told: (status: MirrorStatus) => void;
}

/** Milliseconds, when nothing tells of a change. */
const lookEvery = 60_000;
/** A large school takes long to compare: it rests that many times as long, so that nobody sees it work. */
const restPerWork = 20;

/** Resolves when the signal aborts; what fails is tried again. */
export async function keepMirror(options: MirrorOptions): Promise<void> {
  const { store, platform, name, signal, bell, afterMs, told } = options;
  await platform.locks.hold(`hda/${name}/mirror`, signal, async (lost) => {
    const term = AbortSignal.any([signal, lost]);
    let rounds: MirrorRounds | null = null;
    let writes = 0;
    let { stage } = store.position;
    const end = store.subscribe(({ kind }) => {
      if (kind === "results" || (kind === "status" && store.position.stage === stage)) return;
      stage = store.position.stage;
      writes += 1;
      bell.ring();
    });
    let status = newMirror;
    while (!term.aborted) {
      const begun = platform.clock.now();
      let again = false;
      try {
        const hindrance = await hindranceOf(options);
        if (hindrance) status = { ...status, ...hindrance };
        else {
          rounds ??= await open(options, () => writes);
          ({ status, again } = await rounds.round());
        }
      } catch (error) {
        // What was read may be half done: it is all read again. A tab without locks took over: it is taken back later.
        rounds = null;
        status = { ...status, state: "paused", why: codeOf(error) };
        if (hasCode("FENCED")(error)) await platform.timers.sleep(lookEvery, term);
      }
      const begunToRest = platform.clock.now();
      if (!term.aborted) told(status);
      if (!again) await bell.wait(lookEvery, term);
      await platform.timers.sleep(Math.max(afterMs, (begunToRest - begun) * restPerWork), term);
    }
    // The previous version may be what is opened next: what was written last is there by then.
    const isAble = status.state === "current" || status.state === "behind";
    if (signal.aborted && !lost.aborted && isAble) await rounds?.round().catch(() => undefined);
    end();
    told(newMirror);
  });
}

const open = async (options: MirrorOptions, writes: () => number): Promise<MirrorRounds> => {
  const { storage, platform, place, begin } = options;
  const state = await openMirrorState(storage, platform.entropy, { place, begin });
  return createRounds({ ...options, clock: platform.clock, breathe: platform.timers.breathe, state, writes });
};

async function hindranceOf({ store, old, name }: MirrorOptions): Promise<Pick<MirrorStatus, "state" | "why"> | null> {
  if (store.position.stage === "complete") return { state: "stopped", why: null };
  // A record that cannot be read here would be taken for one that was deleted.
  if ((await store.quarantined()).length > 0) return { state: "paused", why: "STORE_CORRUPT" };
  try {
    // The old app knew no users: of two stores each would take the other's writing for the old app's.
    if ((old.owner() ?? name) !== name) return { state: "paused", why: "MIRRORED_BY_ANOTHER_USER" };
    if (old.owner() === null) old.own(name);
  } catch {
    return { state: "paused", why: "STORAGE_UNAVAILABLE" };
  }
  return null;
}
