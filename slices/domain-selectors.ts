/** The selectors of one domain; each gives the same reference while nothing that it shows has changed. */
import { createSelector } from "@reduxjs/toolkit";
import type { Source } from "../src/adapter/contract.ts";
import type { AnyRecord } from "../src/domain/define-domain.ts";
import { type DomainState, emptyState, type RecordMeta } from "./domain-state.ts";
import { type ListQuery, listKey } from "./list-key.ts";
import { idle, type RequestState } from "./request-state.ts";

/** A list as a component shows it. */
export interface ListView<R extends AnyRecord = AnyRecord> {
  readonly records: readonly R[];
  readonly request: RequestState;
  /** `loadMore` brings more. */
  readonly hasMore: boolean;
  /** `null`: never loaded. */
  readonly source: Source | null;
}

const noIds: readonly string[] = [];
const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, index) => one === b[index]);

export function domainSelectors(name: string) {
  type Root = Readonly<Record<string, DomainState>>;
  const stateOf = (root: Root): DomainState => root[name] ?? emptyState;
  const listOf = (root: Root, query: ListQuery) => stateOf(root).lists[listKey(query)];

  const selectAll = createSelector(
    [(root: Root) => stateOf(root).ids, (root: Root) => stateOf(root).entities],
    (ids, entities): readonly AnyRecord[] => ids.flatMap((id) => entities[id] ?? []),
  );
  // By the list's ids: a record outside the list may change, and the list is the same.
  const lastOf = new WeakMap<readonly string[], readonly AnyRecord[]>();
  const recordsOf = (ids: readonly string[], entities: DomainState["entities"]): readonly AnyRecord[] => {
    const records = ids.flatMap((id) => entities[id] ?? []);
    const last = lastOf.get(ids);
    if (last && isSame(last, records)) return last;
    lastOf.set(ids, records);
    return records;
  };
  /** By the text of the query, which a component makes anew at every render. */
  const pageByKey = createSelector(
    [
      (root: Root, key: string) => recordsOf(stateOf(root).lists[key]?.ids ?? noIds, stateOf(root).entities),
      (root: Root, key: string) => stateOf(root).lists[key]?.request ?? idle,
      (root: Root, key: string) => (stateOf(root).lists[key]?.next ?? null) !== null,
      (root: Root, key: string) => stateOf(root).lists[key]?.source ?? null,
    ],
    (records, request, hasMore, source): ListView => ({ records, request, hasMore, source }),
  );
  const inState = (wanted: RecordMeta["state"]) =>
    createSelector(
      [(root: Root) => stateOf(root).meta, (root: Root) => stateOf(root).entities],
      (meta, entities): readonly AnyRecord[] =>
        Object.keys(meta).flatMap((id) => (meta[id]?.state === wanted ? (entities[id] ?? []) : [])),
      { memoizeOptions: { resultEqualityCheck: isSame } },
    );

  return {
    selectAll,
    selectById: (root: Root, id: string): AnyRecord | undefined => stateOf(root).entities[id],
    selectMeta: (root: Root, id: string): RecordMeta | undefined => stateOf(root).meta[id],
    selectPage: (root: Root, query: ListQuery = {}): ListView => pageByKey(root, listKey(query)),
    selectListRequest: (root: Root, query: ListQuery = {}): RequestState => listOf(root, query)?.request ?? idle,
    selectAllRequest: (root: Root): RequestState => stateOf(root).all,
    selectOneRequest: (root: Root, id: string): RequestState => stateOf(root).ones[id] ?? idle,
    selectWrite: (root: Root, id: string): RequestState => stateOf(root).writes[id] ?? idle,
    selectPending: inState("pending"),
    selectParked: inState("parked"),
    selectConflicts: inState("conflict"),
    selectPendingCount: (root: Root): number => stateOf(root).pending,
    selectSource: (root: Root): Source | null => stateOf(root).source,
    selectIsComplete: (root: Root): boolean => stateOf(root).complete,
    selectLiveError: (root: Root) => stateOf(root).liveError,
  };
}
