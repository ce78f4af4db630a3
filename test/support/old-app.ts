/** A browser's localStorage in this process, and the previous version of the app on it. */
import type { OldStorage } from "../../src/platform/old-storage.ts";

export interface OldBrowser {
  readonly values: Map<string, string>;
  /** As our own page sees it. */
  place(): OldStorage;
  /** What `place().set` was called with, in order. */
  readonly writes: string[];
  /** Characters of keys and values; a write beyond it throws, as a browser does. */
  quota: number;
  /** Called before each write of ours. */
  beforeWrite: (key: string) => void;
  /** Another page of the old app: it has read everything once, and saves whole lists. */
  oldPage(): OldPage;
}

type Row = Record<string, unknown>;

export interface OldPage {
  readonly state: Record<string, Row[]>;
  /** Saves a list as the page holds it. */
  save(key: string): void;
  /** Writes a text as it is. */
  put(key: string, text: string | null): void;
}

export function oldBrowser(lists: Readonly<Record<string, unknown>>): OldBrowser {
  const values = new Map(
    Object.entries(lists).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  const notes = new Map<string, string>();
  const listeners = new Set<() => void>();
  const size = (): number => [...values].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const it: OldBrowser = {
    values,
    writes: [],
    quota: 5_000_000,
    beforeWrite: () => undefined,
    place: () => ({
      read: () => new Map(values),
      get: (key) => values.get(key) ?? null,
      set(key, value) {
        it.beforeWrite(key);
        if (size() - (values.get(key)?.length ?? -key.length) + value.length > it.quota)
          throw new DOMException("full", "QuotaExceededError");
        it.writes.push(key);
        values.set(key, value);
      },
      owner: () => notes.get("owner") ?? null,
      own: (name) => void notes.set("owner", name),
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    }),
    oldPage() {
      const state = Object.fromEntries([...values].flatMap(([key, text]) => readable(key, text)));
      const put = (key: string, text: string | null): void => {
        if (text === null) values.delete(key);
        else values.set(key, text);
        for (const listener of listeners) listener();
      };
      return { state, put, save: (key) => put(key, JSON.stringify(state[key] ?? [])) };
    },
  };
  return it;
}

function readable(key: string, text: string): [string, Row[]][] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? [[key, value as Row[]]] : [];
  } catch {
    return [];
  }
}
