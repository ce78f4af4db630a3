/** What the mirror remembers on disk: which text it last left under each key, and what it was about to write. */
import { AdapterError } from "../../domain/errors.ts";
import type { Storage, StorageCommit } from "../../local/storage.ts";
import type { Entropy } from "../../platform/platform.ts";
import { countOf } from "./elements.ts";
import { mirrorStateKey } from "./is-mirrored.ts";
import { type Past, type StepBack, stepBack } from "./past.ts";

const leadKey = "mirror/lead";
const textKey = (version: number): string => `mirror/text/${String(version).padStart(10, "0")}`;

/** How many steps back are kept of a key. */
const mostBack = 1_000;

/** Each number names a text, or a step back. */
interface KeyState {
  /** What stood under the key when the mirror last looked; `null`: there was no such key. */
  readonly last: number | null;
  /** What is being written: after a crash, either of the two stands there. */
  readonly next: number | null;
  /** The steps back from what stood last, the newest first. */
  readonly back: readonly number[];
}

const nothing: KeyState = { last: null, next: null, back: [] };

interface State {
  readonly place: string;
  readonly version: number;
  readonly keys: Readonly<Record<string, KeyState>>;
}

const read = async (storage: Storage): Promise<State | null> => {
  const text = (await storage.read([mirrorStateKey])).get(mirrorStateKey);
  return text === undefined ? null : (JSON.parse(text) as State);
};

/** @throws FENCED when another tab took over, and what `Storage.commit` throws */
export interface MirrorState {
  /** What the mirror left there, by key. */
  readonly last: ReadonlyMap<string, string>;
  /** What it was about to write, by key. */
  readonly next: ReadonlyMap<string, string>;
  /** Everything that it knows to have stood under a key. */
  past(key: string): Promise<Past>;
  /** About to write these. */
  note(values: ReadonlyMap<string, string>): Promise<void>;
  /** These stand there now, by the mirror's writing or another's; `null`: the key is gone. What was noted for others is withdrawn. */
  found(values: ReadonlyMap<string, string | null>): Promise<void>;
}

/** Takes over from whichever tab mirrored before. @param begin what stood there when the place was archived */
export async function openMirrorState(
  storage: Storage,
  entropy: Entropy,
  { place, begin }: { readonly place: string; readonly begin: () => Promise<ReadonlyMap<string, string>> },
): Promise<MirrorState> {
  const token = entropy.uuid();
  await storage.commit({ puts: [[leadKey, token]] });
  const expect = { key: leadKey, value: token };
  const before = await read(storage);
  // Without a prototype: a key may have any name.
  const named = (keys: State["keys"]): Record<string, KeyState> => Object.assign(Object.create(null), keys);
  let state: State = { place, version: before?.version ?? 0, keys: named(before?.keys ?? {}) };
  const last = new Map<string, string>();
  const next = new Map<string, string>();
  const versions = Object.values(state.keys).flatMap(({ last: a, next: b }) => [a, b]);
  const texts = await storage.read(versions.filter((version) => version !== null).map(textKey));
  for (const [key, { last: a, next: b }] of Object.entries(state.keys)) {
    if (a !== null) last.set(key, textOf(texts, a));
    if (b !== null) next.set(key, textOf(texts, b));
  }

  /** A key's new state with the texts that come and go, in one step with the others'. */
  async function write(changes: ReadonlyMap<string, (now: KeyState, add: (text: string) => number) => KeyState>) {
    const puts: [string, string][] = [];
    const deletes: string[] = [];
    let { version } = state;
    const add = (text: string): number => {
      version += 1;
      puts.push([textKey(version), text]);
      return version;
    };
    const keys = named(state.keys);
    for (const [key, change] of changes) {
      const now = keys[key] ?? nothing;
      const then = change(now, add);
      const kept = new Set([then.last, then.next, ...then.back]);
      for (const old of [now.last, now.next, ...now.back])
        if (old !== null && !kept.has(old)) deletes.push(textKey(old));
      keys[key] = then;
    }
    const changed: State = { ...state, version, keys };
    const commit: StorageCommit = { puts: [...puts, [mirrorStateKey, JSON.stringify(changed)]], deletes, expect };
    await storage.commit(commit);
    state = changed;
  }

  const it: MirrorState = {
    last,
    next,
    async past(key) {
      const { back } = state.keys[key] ?? nothing;
      const found = await storage.read(back.map(textKey));
      const steps = back.map((version) => JSON.parse(textOf(found, version)) as StepBack);
      return { last: last.get(key) ?? null, next: next.get(key) ?? null, back: steps };
    },
    async note(values) {
      await write(
        new Map([...values].map(([key, text]) => [key, (now, add) => ({ ...now, next: add(text) })] as const)),
      );
      for (const [key, text] of values) next.set(key, text);
    },
    async found(values) {
      const keys = new Set([...values.keys(), ...next.keys()]);
      await write(
        new Map(
          [...keys].map((key) => [key, (now, add) => foundUnder(now, { key, values, last, next, add })] as const),
        ),
      );
      for (const [key, text] of values) {
        if (text === null) last.delete(key);
        else last.set(key, text);
      }
      next.clear();
    },
  };
  if (before === null) await it.found(await begin());
  return it;
}

function textOf(texts: ReadonlyMap<string, string>, version: number): string {
  const text = texts.get(textKey(version));
  if (text !== undefined) return text;
  throw new AdapterError("STORE_CORRUPT", "What the mirror last wrote is gone.", { place: textKey(version) });
}

interface Finding {
  readonly key: string;
  readonly values: ReadonlyMap<string, string | null>;
  readonly last: ReadonlyMap<string, string>;
  readonly next: ReadonlyMap<string, string>;
  readonly add: (text: string) => number;
}

function foundUnder(now: KeyState, { key, values, last, next, add }: Finding): KeyState {
  const text = values.get(key);
  // Not among what was found: what was noted for it was not written.
  if (text === undefined || text === (last.get(key) ?? null)) return { ...now, next: null };
  const version = text === null ? null : text === next.get(key) ? now.next : add(text);
  const before = last.get(key) ?? null;
  // A token, a theme: of a value that is no list no page holds an older one.
  if (before === null || countOf(before) === null) return { last: version, next: null, back: [] };
  const step = add(JSON.stringify(stepBack(text ?? "null", before)));
  return { last: version, next: null, back: [step, ...now.back].slice(0, mostBack) };
}
