/** One look at the old layout: what another wrote is taken over, and what was written here is written there. */
import type { AnyRecord } from "../../domain/define-domain.ts";
import { isAdapterError } from "../../domain/errors.ts";
import { exportOrigin, originText } from "../../migration/export/origin.ts";
import type { OldStorage } from "../../platform/old-storage.ts";
import type { SaveFile } from "../../platform/save-file.ts";
import { type MirrorStatus, newMirror } from "../legacy-status.ts";
import { countOf } from "./elements.ts";
import { heldBack } from "./held-back.ts";
import { listLosses, type MirrorLoss } from "./mirror-losses.ts";
import type { Layout } from "./read-layout.ts";
import { foreignKeys, type TakeOverOptions, takeOver } from "./take-over.ts";

export interface RoundOptions extends TakeOverOptions {
  readonly old: OldStorage;
  readonly saveFile: SaveFile;
  /** A number that grows with everything that is written here. */
  readonly writes: () => number;
}

export interface MirrorRounds {
  /**
   * - Nothing is written where nothing changed, and never under a key that cannot be read.
   * - What is about to be written is noted before; a value that another changed meanwhile is not written over.
   * @returns how it went, and whether another wrote meanwhile and it must look again
   */
  round(): Promise<{ readonly status: MirrorStatus; readonly again: boolean }>;
}

export function createRounds(options: RoundOptions): MirrorRounds {
  const { old, state, store, storage, domains, clock } = options;
  let layout: Layout | null = null;
  let status = newMirror;
  /** Up to which write here everything stands there. */
  let done = -1;

  async function look(now: ReadonlyMap<string, string>): Promise<Layout> {
    if (layout !== null && foreignKeys(now, state).length === 0 && state.next.size === 0) return layout;
    const taken = await takeOver(now, options);
    const { untouched, kept } = taken;
    const stale = [...new Set([...status.stale, ...taken.stale])];
    status = { ...status, untouched, kept, stale, takenOver: status.takenOver + taken.count };
    return taken.layout;
  }

  /** The old layout as it should be, in the texts that differ from what stands there. */
  function wanted(from: Layout, now: ReadonlyMap<string, string>, losses: readonly MirrorLoss[]) {
    // What this store refused of the old app's writing was never here: it is not gone.
    const refused = new Set(
      losses
        .filter(({ by, domain, recordId }) => by === "old app" && store.get(domain, recordId) === null)
        .map(({ domain, recordId }) => `${domain}/${recordId}`),
    );
    const left = new Set(
      refused.size === 0
        ? []
        : from.list.flatMap(({ entry, parts }) =>
            parts
              .filter(({ domain, record }) => record !== null && refused.has(`${domain}/${record.id}`))
              .map(({ no }) => `${entry.no}/${no}`),
          ),
    );
    const isHeld = heldBack(from, options);
    const recordsOf = (name: string): AnyRecord[] => {
      const all = Array.from(store.all(name), ({ record }) => record);
      return isHeld ? all.filter((record) => !isHeld(name, record)) : all;
    };
    const { values, unplaced } = exportOrigin({
      domains,
      source: from.source,
      transformed: from.list,
      current: Object.fromEntries(domains.all.map(({ name }) => [name, recordsOf(name)])),
      isImported: (entry, part) => !left.has(`${entry}/${part}`),
    });
    const before = new Map(from.source.values.map(({ key, raw }) => [key, raw]));
    const kept = new Set<string>();
    const changed = values.filter(({ key, raw }) => {
      const is = now.get(key);
      if (raw === is || status.untouched.includes(key)) return false;
      const had = from.entries.get(key) ?? 0;
      // What the old app removed that holds no records is its own business.
      if (had === 0 && raw === before.get(key)) return false;
      const isEmptied = had > 1 && countOf(raw) === 0;
      if (isEmptied) kept.add(key);
      return !isEmptied;
    });
    return { values, changed, kept, unplaced: new Set(unplaced.map(({ domain, id }) => `${domain}/${id}`)).size };
  }

  /** @returns the keys that stand there now, those that did not fit, and those that another wrote meanwhile */
  async function write(changed: readonly { key: string; raw: string }[], now: ReadonlyMap<string, string>) {
    const grows = ({ key, raw }: { key: string; raw: string }): number => raw.length - (now.get(key)?.length ?? 0);
    // What shrinks makes room for what grows.
    const ordered = [...changed].sort((a, b) => grows(a) - grows(b));
    const [written, unfit, foreign] = [new Map<string, string>(), [] as string[], [] as string[]];
    if (ordered.length === 0) return { unfit, foreign };
    await state.note(new Map(ordered.map(({ key, raw }) => [key, raw])));
    for (const { key, raw } of ordered) {
      if (old.get(key) !== (now.get(key) ?? null)) {
        foreign.push(key);
        continue;
      }
      try {
        old.set(key, raw);
        written.set(key, raw);
      } catch {
        // Full, or shut off: what stood there stands.
        unfit.push(key);
      }
    }
    await state.found(written);
    return { unfit, foreign };
  }

  async function saved(values: ReturnType<typeof wanted>["values"]): Promise<string | null> {
    if (status.savedAs !== null) return status.savedAs;
    const name = `old-app-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-")}.json`;
    try {
      await options.saveFile(name, originText({ container: "dump", values }));
      return name;
    } catch {
      return null;
    }
  }

  return {
    async round() {
      const now = old.read();
      const writes = options.writes();
      const before = layout;
      layout = await look(now);
      const losses = await listLosses(storage);
      const lookedAt = new Date(clock.now()).toISOString();
      if (layout === before && done === writes && losses.length === status.losses) {
        status = { ...status, lookedAt };
        return { status, again: false };
      }
      await options.breathe();
      const { values, changed, kept, unplaced } = wanted(layout, now, losses);
      await options.breathe();
      const { unfit, foreign } = await write(changed, now);
      if (unfit.length + foreign.length === 0) done = writes;
      const savedAs = unfit.length > 0 ? await saved(values) : null;
      const all = [...new Set([...status.kept, ...kept])];
      const isBehind = unfit.length + status.untouched.length + kept.size > 0;
      const at = { lookedAt, why: null };
      status = {
        ...status,
        ...at,
        state: isBehind ? "behind" : "current",
        unfit,
        savedAs,
        kept: all,
        unplaced,
        losses: losses.length,
      };
      return { status, again: foreign.length > 0 };
    },
  };
}

export const codeOf = (error: unknown): string => (isAdapterError(error) ? error.code : "INTERNAL");
