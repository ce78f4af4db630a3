/** How the state of one domain follows from what its thunks and the live changes bring. Pure, without drafts. */
import { isAnyOf, type UnknownAction } from "@reduxjs/toolkit";
import type { BatchWrite, Item, Page, Written } from "../src/adapter/contract.ts";
import { adapterChanged, type DomainChange } from "./adapter-changed.ts";
import { type DomainState, emptyState, type ListState } from "./domain-state.ts";
import type { DomainThunks, Everything } from "./domain-thunks.ts";
import { type ListQuery, listKey } from "./list-key.ts";
import { putItems, removeItems } from "./put-items.ts";
import { pageSize } from "./read-rows.ts";
import { failed, idle, loading, type RequestState, ready } from "./request-state.ts";
import { saveBatch } from "./save-batch.ts";
import { sliceErrorOf } from "./slice-error.ts";

export interface Forget {
  readonly match: (action: UnknownAction) => action is UnknownAction & { readonly payload: ListQuery };
}
export interface Dismiss {
  readonly match: (action: UnknownAction) => action is UnknownAction & { readonly payload: string };
}

export function domainReducer(
  name: string,
  thunks: DomainThunks,
  { forget, dismiss }: { readonly forget: Forget; readonly dismiss: Dismiss },
) {
  const { load, loadMore, loadAll, loadOne, create, update, remove } = thunks;
  const written = isAnyOf(create.fulfilled, update.fulfilled, remove.fulfilled);

  return function reduce(state: DomainState = emptyState, action: UnknownAction): DomainState {
    if (adapterChanged.match(action)) {
      const change = action.payload.domains[name];
      return change ? withChange(state, change) : state;
    }
    if (load.pending.match(action) || loadMore.pending.match(action)) {
      const { arg, requestId } = action.meta;
      const before = loadMore.pending.match(action) ? (state.lists[listKey(arg)]?.ids.length ?? 0) : 0;
      return withList(state, arg, { request: loading, requestId, wanted: before + pageSize(arg) });
    }
    if (load.fulfilled.match(action)) return withPage(state, action.meta, action.payload, []);
    if (loadMore.fulfilled.match(action)) {
      const before = state.lists[listKey(action.meta.arg)]?.ids ?? [];
      return withPage(state, action.meta, action.payload, before);
    }
    if (load.rejected.match(action) || loadMore.rejected.match(action)) {
      const { arg, requestId } = action.meta;
      const list = state.lists[listKey(arg)];
      if (list?.requestId !== requestId) return state;
      return withList(state, arg, { request: ended(action, list.source !== null), requestId: null });
    }
    if (loadAll.pending.match(action)) return { ...state, all: loading };
    if (loadAll.fulfilled.match(action)) return withEverything(state, action.payload);
    if (loadAll.rejected.match(action)) return { ...state, all: ended(action, state.complete), touched: {} };
    if (loadOne.pending.match(action)) return { ...state, ones: { ...state.ones, [action.meta.arg]: loading } };
    if (loadOne.fulfilled.match(action)) {
      const { arg } = action.meta;
      const found = action.payload;
      const next = found ? { ...putItems(state, [found]), source: found.source } : removeItems(state, [arg]);
      return { ...next, ones: { ...state.ones, [arg]: ready } };
    }
    if (loadOne.rejected.match(action)) {
      const { arg } = action.meta;
      return { ...state, ones: { ...state.ones, [arg]: ended(action, Object.hasOwn(state.entities, arg)) } };
    }
    if (create.pending.match(action) || update.pending.match(action) || remove.pending.match(action))
      return { ...state, writes: { ...state.writes, [keyOf(action.meta)]: loading } };
    if (written(action)) return withWritten(state, keyOf(action.meta), action.payload);
    if (saveBatch.fulfilled.match(action)) return withBatch(name, state, action.meta.arg, action.payload);
    if (create.rejected.match(action) || update.rejected.match(action) || remove.rejected.match(action))
      return { ...state, writes: { ...state.writes, [keyOf(action.meta)]: ended(action, false) } };
    if (forget.match(action)) {
      const { [listKey(action.payload)]: _, ...lists } = state.lists;
      return { ...state, lists };
    }
    if (dismiss.match(action)) return { ...state, writes: without(state.writes, action.payload) };
    return state;
  };
}

const noList = (query: ListQuery): ListState => ({
  query,
  ids: [],
  wanted: 0,
  next: null,
  source: null,
  request: idle,
  requestId: null,
});

function withList(state: DomainState, query: ListQuery, changes: Partial<ListState>): DomainState {
  const key = listKey(query);
  return { ...state, lists: { ...state.lists, [key]: { ...(state.lists[key] ?? noList(query)), ...changes } } };
}

interface ListMeta {
  readonly arg: ListQuery;
  readonly requestId: string;
}

function withPage(state: DomainState, { arg, requestId }: ListMeta, page: Page, before: readonly string[]) {
  // Forgotten since, or asked again.
  if (state.lists[listKey(arg)]?.requestId !== requestId) return state;
  const { items, next, source, pending } = page;
  // A record that moved between two pages stands where it stands now, once (F27).
  const rows = [...new Set([...before, ...items.map(({ record }) => record.id)])];
  const was = state.lists[listKey(arg)]?.ids ?? [];
  const ids = isSameList(was, rows) ? was : rows;
  const held = { ...putItems(state, items), source, pending };
  return withList(held, arg, { ids, next, source, request: ready, requestId: null });
}

function withEverything(state: DomainState, { items, source, pending }: Everything): DomainState {
  const isCurrent = (id: string): boolean => !Object.hasOwn(state.touched, id);
  const read = new Set(items.map(({ record }) => record.id as string));
  const gone = state.ids.filter((id) => !read.has(id) && isCurrent(id));
  const held = putItems(
    removeItems(state, gone),
    items.filter(({ record }) => isCurrent(record.id)),
  );
  return { ...held, source, pending, all: ready, complete: true, touched: {} };
}

/** Its own writes of a batch; each answer stands where its write stood. */
function withBatch(
  name: string,
  state: DomainState,
  writes: readonly BatchWrite[],
  answers: readonly Written[],
): DomainState {
  let next = state;
  for (const [at, write] of writes.entries()) {
    const answer = answers[at];
    if (answer && write.domain === name) next = withWritten(next, write.kind === "create" ? "" : write.id, answer);
  }
  return next;
}

function withWritten(state: DomainState, key: string, { item }: Written): DomainState {
  const next = item ? putItems(state, [item]) : removeItems(state, [key]);
  const touched = touch(state, [item?.record.id ?? key]);
  return { ...next, touched, changes: state.changes + 1, writes: without(state.writes, key) };
}

function withChange(state: DomainState, { items, removed, lists, source, pending, error }: DomainChange): DomainState {
  const next = putItems(removeItems(state, removed), items);
  const again: Record<string, ListState> = { ...next.lists };
  for (const [key, { ids, overtakes, ...list }] of Object.entries(lists)) {
    const held = again[key];
    // Forgotten since.
    if (!held) continue;
    const asked = held.requestId === overtakes ? { request: ready, requestId: null } : {};
    again[key] = { ...held, ...list, ids: isSameList(held.ids, ids) ? held.ids : ids, ...asked };
  }
  return {
    ...next,
    lists: again,
    source: source ?? state.source,
    pending: pending ?? state.pending,
    changes: state.changes + 1,
    touched: touch(state, [...removed, ...items.map(({ record }: Item) => record.id)]),
    liveError: error,
  };
}

/** What changed matters to the answer of a `loadAll` alone. */
const touch = ({ all, touched }: DomainState, ids: readonly string[]): DomainState["touched"] =>
  all.status === "loading"
    ? { ...touched, ...Object.fromEntries(ids.map((id): [string, true] => [id, true])) }
    : touched;

interface WriteMeta {
  readonly requestId: string;
  readonly arg: unknown;
}
function keyOf({ arg, requestId }: WriteMeta): string {
  if (typeof arg === "string") return arg;
  const id = typeof arg === "object" && arg !== null && "id" in arg ? arg.id : undefined;
  return typeof id === "string" ? id : requestId;
}

interface Rejected {
  readonly payload?: ReturnType<typeof sliceErrorOf>;
  readonly error: unknown;
  readonly meta: { readonly aborted: boolean };
}

/** A request that the caller gave up did not fail. */
function ended({ payload, error, meta }: Rejected, isHeld: boolean): RequestState {
  if (meta.aborted) return isHeld ? ready : idle;
  return failed(payload ?? sliceErrorOf(error));
}

function without<T>(map: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  if (!Object.hasOwn(map, key)) return map;
  const { [key]: _, ...rest } = map;
  return rest;
}

const isSameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((id, index) => id === b[index]);
