/** The thunks of one domain: every read and write goes through the adapter of the store. */
import { createAsyncThunk } from "@reduxjs/toolkit";
import type { DomainAdapter, Found, Item, Page, Source, Written } from "../src/adapter/contract.ts";
import type { DomainState } from "./domain-state.ts";
import { type ListQuery, listKey } from "./list-key.ts";
import { wholePage } from "./read-rows.ts";
import { adapterOf, type ThunkConfig } from "./slice-adapter.ts";
import { sliceErrorOf } from "./slice-error.ts";

/** How often a read is repeated that a change overtook; the live changes mend what is left. */
const overtaken = 3;

export interface Everything {
  readonly items: readonly Item[];
  readonly source: Source;
  readonly pending: number;
}
export interface Update {
  readonly id: string;
  readonly changes: Readonly<Record<string, unknown>>;
}

export function domainThunks(name: string) {
  type Root = Readonly<Record<string, DomainState>>;
  const stateIn = (root: unknown): DomainState | undefined => (root as Root)[name];
  const changesIn = (root: unknown): number => stateIn(root)?.changes ?? 0;

  interface Running {
    readonly extra: unknown;
    readonly signal: AbortSignal;
    readonly getState: () => unknown;
  }
  const thunk = <Result, Arg>(
    verb: string,
    run: (adapter: DomainAdapter, arg: Arg, running: Running) => Promise<Result>,
    condition?: (arg: Arg, state: DomainState | undefined) => boolean,
  ) =>
    createAsyncThunk<Result, Arg, ThunkConfig>(
      `${name}/${verb}`,
      async (arg, { extra, signal, getState, rejectWithValue }) => {
        try {
          return await run(adapterOf(extra).domain(name), arg, { extra, signal, getState });
        } catch (thrown) {
          return rejectWithValue(sliceErrorOf(thrown));
        }
      },
      condition ? { condition: (arg, { getState }) => condition(arg, stateIn(getState())) } : {},
    );

  /** Reads again while changes were shown that the answer may not have. */
  async function newest<T>({ getState, signal }: Running, read: () => Promise<T>): Promise<T> {
    for (let left = overtaken; ; left -= 1) {
      const before = changesIn(getState());
      const answer = await read();
      if (left <= 1 || signal.aborted || changesIn(getState()) === before) return answer;
    }
  }

  return {
    load: thunk<Page, ListQuery>("load", (adapter, query, { signal }) => adapter.list(query, { signal })),
    loadMore: thunk<Page, ListQuery>(
      "loadMore",
      (adapter, query, running) => {
        const cursor = stateIn(running.getState())?.lists[listKey(query)]?.next ?? undefined;
        return adapter.list({ ...query, cursor }, { signal: running.signal });
      },
      (query, state) => {
        const list = state?.lists[listKey(query)];
        return list !== undefined && list.next !== null && list.request.status !== "loading";
      },
    ),
    loadAll: thunk<Everything, void>(
      "loadAll",
      async (adapter, _, { signal }) => {
        const items: Item[] = [];
        let page = await adapter.list({ limit: wholePage }, { signal });
        let source = page.source;
        items.push(...page.items);
        while (page.next !== null) {
          page = await adapter.list({ limit: wholePage, cursor: page.next }, { signal });
          items.push(...page.items);
          if (page.source === "local") source = "local";
        }
        return { items, source, pending: page.pending };
      },
      (_, state) => state?.all.status !== "loading",
    ),
    loadOne: thunk<Found | null, string>("loadOne", (adapter, id, running) =>
      newest(running, () => adapter.get(id, { signal: running.signal })),
    ),
    create: thunk<Written, Readonly<Record<string, unknown>>>("create", (adapter, draft) => adapter.create(draft)),
    update: thunk<Written, Update>("update", (adapter, { id, changes }) => adapter.update(id, changes)),
    remove: thunk<Written, string>("remove", (adapter, id) => adapter.remove(id)),
  };
}

export type DomainThunks = ReturnType<typeof domainThunks>;
