/** Live changes: what the adapter tells reaches the store in one dispatch a tick, however much changed. */
import type { UnknownAction } from "@reduxjs/toolkit";
import type { AdapterStatus, Mismatch } from "../src/adapter/contract.ts";
import type { Domain } from "../src/domain/define-domain.ts";
import { systemTimers } from "../src/platform/timers.ts";
import { adapterChanged, type DomainChange } from "./adapter-changed.ts";
import { type DomainState, emptyState } from "./domain-state.ts";
import { readChanges } from "./read-changes.ts";
import { schoolSlices } from "./school-slices.ts";
import type { SliceAdapter } from "./slice-adapter.ts";
import { sliceErrorOf } from "./slice-error.ts";

export interface ConnectedStore {
  dispatch(action: UnknownAction): unknown;
  getState(): unknown;
}
export interface ConnectOptions {
  /** Those to keep; the twelve of a school without it. With domains of your own: `[...schoolSlices, books]`. */
  readonly slices?: readonly { readonly domain: Domain }[];
  /** Resolves when the page has had its turn; that of the browser without it. */
  readonly tick?: () => Promise<void>;
}

/**
 * Keeps what the slices show as the adapter has it.
 * - Everything that changed before a tick ends comes in one dispatch; what changes while it is read, in the next.
 * - A change that cannot be read is told as `liveError` and read again with the next change.
 * @returns ends it
 */
export function connectAdapter(
  store: ConnectedStore,
  adapter: SliceAdapter,
  { slices = schoolSlices, tick = systemTimers().breathe }: ConnectOptions = {},
): () => void {
  let waiting = noNews();
  let [isRunning, isClosed] = [false, false];

  async function run(): Promise<void> {
    try {
      while (!isClosed && isNews(waiting)) {
        await tick();
        const { ids, status, mismatches } = waiting;
        waiting = noNews();
        const read = await Promise.all([...ids].map(async ([name, of]) => [name, await readOf(name, of)] as const));
        if (!isClosed) store.dispatch(adapterChanged({ domains: Object.fromEntries(read), status, mismatches }));
      }
    } finally {
      // A listener of the store that throws is told of as its own failure, and the next news comes through all the same.
      isRunning = false;
    }
  }
  /** Ids that could not be read; they go along with the next news. */
  const retry = new Map<string, ReadonlySet<string>>();

  async function readOf(name: string, ids: Set<string>): Promise<DomainChange> {
    for (const id of retry.get(name) ?? []) ids.add(id);
    retry.delete(name);
    try {
      const root = store.getState() as Readonly<Record<string, DomainState>>;
      return await readChanges(adapter.domain(name), root[name] ?? emptyState, ids);
    } catch (thrown) {
      retry.set(name, ids);
      return { items: [], removed: [], lists: {}, source: null, pending: null, error: sliceErrorOf(thrown) };
    }
  }

  function wake(): void {
    if (isRunning || isClosed) return;
    isRunning = true;
    void run();
  }

  const ends = [
    adapter.onStatus((status) => {
      waiting.status = status;
      for (const name of retry.keys()) idsOf(waiting, name);
      wake();
    }),
    adapter.onMismatch((mismatch) => {
      waiting.mismatches.push(mismatch);
      wake();
    }),
    ...slices.map(({ domain: { name } }) =>
      adapter.domain(name).subscribe(({ ids }) => {
        const all = idsOf(waiting, name);
        for (const id of ids) all.add(id);
        wake();
      }),
    ),
  ];
  store.dispatch(adapterChanged({ domains: {}, status: adapter.status(), mismatches: [] }));
  return () => {
    isClosed = true;
    for (const end of ends) end();
  };
}

interface News {
  readonly ids: Map<string, Set<string>>;
  readonly mismatches: Mismatch[];
  status: AdapterStatus | null;
}
const noNews = (): News => ({ ids: new Map(), mismatches: [], status: null });
const isNews = ({ ids, mismatches, status }: News): boolean => ids.size > 0 || mismatches.length > 0 || status !== null;

function idsOf({ ids }: News, name: string): Set<string> {
  const set = ids.get(name) ?? new Set();
  ids.set(name, set);
  return set;
}
