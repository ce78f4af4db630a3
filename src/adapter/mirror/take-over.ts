/** Finds what the old app wrote under its keys, and takes it over as writes of this store. */
import { hasCode } from "../../domain/errors.ts";
import type { RecordStore, Write } from "../../local/record-store.ts";
import type { Storage } from "../../local/storage.ts";
import type { Clock } from "../../platform/platform.ts";
import { countOf } from "./elements.ts";
import { type ForeignChange, foreignChanges, type Loss } from "./foreign-changes.ts";
import { keepLosses } from "./mirror-losses.ts";
import type { MirrorState } from "./mirror-state.ts";
import { baseOf } from "./past.ts";
import { type Layout, type LayoutOptions, readLayout } from "./read-layout.ts";

export interface TakeOverOptions extends LayoutOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly state: MirrorState;
}

export interface TakenOver {
  /** What stands there, as it is believed. */
  readonly layout: Layout;
  readonly untouched: readonly string[];
  readonly kept: readonly string[];
  readonly stale: readonly string[];
  readonly count: number;
}

const perCommit = 200;

type Values = ReadonlyMap<string, string>;

/** Keys under which stands neither what the mirror left nor what it was about to write. */
export const foreignKeys = (now: Values, { last, next }: MirrorState): readonly string[] =>
  [...new Set([...now.keys(), ...last.keys()])].filter((key) => {
    const text = now.get(key);
    return text !== last.get(key) && (text === undefined || text !== next.get(key));
  });

/**
 * - What loses is on disk before what wins is written; done again after a crash it comes to the same.
 * - A value that cannot be read, is gone, or has lost all its elements at once deletes nothing.
 */
export async function takeOver(now: Values, options: TakeOverOptions): Promise<TakenOver> {
  const { state, store, domains, storage, clock } = options;
  const sides = await sidesOf(now, state);
  const read = async (values: Values): Promise<Layout> => readLayout(values, options);
  let after = await read(sides.after);
  // A value may be JSON and yet not be readable (a key that stands twice): what it was before is believed.
  const broken = [...after.corrupt].filter((key) => sides.before.get(key) !== sides.after.get(key));
  if (broken.length > 0)
    after = await read(new Map([...sides.after, ...broken.flatMap((key) => ofKey(sides.before, key))]));
  // What holds no records is the old app's own business, whatever becomes of it.
  const holdsRecords = (key: string): boolean => (after.entries.get(key) ?? 0) > 0;
  const untouched = [...new Set([...sides.unreadable.filter(holdsRecords), ...broken, ...after.corrupt])].sort();
  const kept = sides.kept.filter(holdsRecords);
  let count = 0;
  if (sides.isForeign) {
    const before = await read(sides.before);
    const ours = (domain: string, id: string) => store.get(domain, id)?.record ?? null;
    const changes = foreignChanges({ before, after, domains, ours });
    const at = new Date(clock.now()).toISOString();
    await keepLosses(
      storage,
      changes.flatMap(({ loss }) => loss ?? []),
      at,
    );
    count = await commit(store, changes, (loss) => keepLosses(storage, [loss], at));
  }
  const written = [...state.next].filter(([key, text]) => now.get(key) === text);
  const found = new Map<string, string | null>(written);
  // What is not believed stays foreign: it is looked at again until it can be read, or was written anew.
  const doubted = new Set([...untouched, ...kept]);
  for (const key of foreignKeys(now, state)) if (!doubted.has(key)) found.set(key, now.get(key) ?? null);
  if (found.size > 0 || state.next.size > 0) await state.found(found);
  return { layout: after, untouched, kept, stale: sides.stale, count };
}

const ofKey = (values: Values, key: string): [string, string][] => {
  const text = values.get(key);
  return text === undefined ? [] : [[key, text]];
};

interface BothSides {
  /** What the old app had read. */
  readonly before: Values;
  readonly after: Values;
  readonly isForeign: boolean;
  readonly unreadable: readonly string[];
  readonly kept: readonly string[];
  readonly stale: readonly string[];
}

async function sidesOf(now: Values, state: MirrorState): Promise<BothSides> {
  const [before, after] = [new Map(now), new Map(now)];
  const [unreadable, kept, stale]: [string[], string[], string[]] = [[], [], []];
  let isForeign = false;
  for (const key of foreignKeys(now, state)) {
    const text = now.get(key);
    const base = baseOf(text ?? "", await state.past(key));
    if (base === null) before.delete(key);
    else before.set(key, base);
    const isReadable = text !== undefined && countOf(text) !== null;
    const had = base === null ? 0 : (countOf(base) ?? 0);
    const isEmptied = text === undefined ? had > 0 : countOf(text) === 0 && had > 1;
    if (base !== null && (!isReadable || isEmptied)) {
      after.set(key, base);
      if (isEmptied) kept.push(key);
      else unreadable.push(key);
      continue;
    }
    // A token, a theme: text that never was a list holds no records on either side.
    if (!isReadable) continue;
    isForeign = true;
    if (base !== null && base !== (state.next.get(key) ?? state.last.get(key))) stale.push(key);
  }
  return { before, after, isForeign, unreadable, kept, stale };
}

/** What one write of a group is refused for must not keep the others out. @returns how many were written */
async function commit(
  store: RecordStore,
  changes: readonly ForeignChange[],
  lost: (loss: Loss) => Promise<void>,
): Promise<number> {
  const writes = changes.flatMap(({ write }) => (write ? { ...write, app: "old app" } : []));
  let count = writes.length;
  for (let from = 0; from < writes.length; from += perCommit) {
    const group = writes.slice(from, from + perCommit);
    try {
      await store.commit(group);
    } catch (error) {
      if (!isOfInput(error)) throw error;
      for (const write of group) {
        const loss = await alone(store, write);
        if (loss === null) continue;
        await lost(loss);
        count -= 1;
      }
    }
  }
  return count;
}

async function alone(store: RecordStore, write: Write): Promise<Loss | null> {
  try {
    await store.commit([write]);
    return null;
  } catch (error) {
    if (!isOfInput(error)) throw error;
    const recordId = write.kind === "create" ? write.record.id : write.id;
    const loser = write.kind === "create" ? write.record : write.kind === "update" ? write.fields : "deleted";
    return { domain: write.domain, recordId, kind: "UPDATE_UPDATE", loser, by: "old app" };
  }
}

/** The write itself is refused, and not the disk, the network or the whole store. */
const isOfInput = hasCode(
  "RECORD_INVALID",
  "TEXT_UNSUPPORTED",
  "PRECISION",
  "UNSERIALIZABLE",
  "DATE_INVALID",
  "ID_INVALID",
  "NOT_FOUND",
  "CREATE_CREATE",
  "LIMIT",
);
