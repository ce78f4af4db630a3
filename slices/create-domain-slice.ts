/** One domain in a Redux store: reducer, thunks through the adapter, selectors; typed by the domain's definition. */
import { type AsyncThunk, createAction, type PayloadActionCreator, type UnknownAction } from "@reduxjs/toolkit";
import type { Changes, Draft, Found, Page, Source, Written } from "../src/adapter/contract.ts";
import type { AnyRecord, Domain, RecordOfDomain } from "../src/domain/define-domain.ts";
import { domainReducer } from "./domain-reducer.ts";
import { domainSelectors, type ListView } from "./domain-selectors.ts";
import type { DomainState, RecordMeta } from "./domain-state.ts";
import { domainThunks, type Everything } from "./domain-thunks.ts";
import type { ListQuery } from "./list-key.ts";
import type { RequestState } from "./request-state.ts";
import type { ThunkConfig } from "./slice-adapter.ts";
import type { SliceError } from "./slice-error.ts";

export interface DomainActions<R extends AnyRecord> {
  /** The first page of a list; one that is loaded is read again. */
  readonly load: AsyncThunk<Page<R>, ListQuery, ThunkConfig>;
  /** The page behind what is loaded of a list; does nothing at its end. */
  readonly loadMore: AsyncThunk<Page<R>, ListQuery, ThunkConfig>;
  /** Every record of the domain; from then on live changes keep the slice complete. */
  readonly loadAll: AsyncThunk<Everything, void, ThunkConfig>;
  readonly loadOne: AsyncThunk<Found<R> | null, string, ThunkConfig>;
  readonly create: AsyncThunk<Written<R>, Draft<R>, ThunkConfig>;
  readonly update: AsyncThunk<Written<R>, { readonly id: string; readonly changes: Changes<R> }, ThunkConfig>;
  readonly remove: AsyncThunk<Written<R>, string, ThunkConfig>;
  /** A list that nobody shows any more: live changes need not read it again. */
  readonly forget: PayloadActionCreator<ListQuery>;
  /** A failed write that the user has seen. */
  readonly dismiss: PayloadActionCreator<string>;
}

export type RootWith<Name extends string, R extends AnyRecord> = { readonly [K in Name]: DomainState<R> };

export interface DomainSelectors<Root, R extends AnyRecord> {
  readonly selectAll: (root: Root) => readonly R[];
  readonly selectById: (root: Root, id: string) => R | undefined;
  /** The confirmed version and the state of a record: `synced`, `local`, `pending`, `conflict` or `parked`. */
  readonly selectMeta: (root: Root, id: string) => RecordMeta | undefined;
  /** What is loaded of a list. */
  readonly selectPage: (root: Root, query?: ListQuery) => ListView<R>;
  readonly selectListRequest: (root: Root, query?: ListQuery) => RequestState;
  readonly selectAllRequest: (root: Root) => RequestState;
  readonly selectOneRequest: (root: Root, id: string) => RequestState;
  /** The write that runs on a record, or failed. */
  readonly selectWrite: (root: Root, id: string) => RequestState;
  /** Records with a write that the server has not answered. */
  readonly selectPending: (root: Root) => readonly R[];
  readonly selectParked: (root: Root) => readonly R[];
  readonly selectConflicts: (root: Root) => readonly R[];
  /** Writes of the domain that the server has not answered, at the last read. */
  readonly selectPendingCount: (root: Root) => number;
  readonly selectSource: (root: Root) => Source | null;
  readonly selectIsComplete: (root: Root) => boolean;
  readonly selectLiveError: (root: Root) => SliceError | null;
}

export interface DomainSlice<D extends Domain> {
  readonly domain: D;
  /** Where in the store it lives: the name of the domain. */
  readonly reducerPath: D["name"];
  readonly reducer: (
    state: DomainState<RecordOfDomain<D>> | undefined,
    action: UnknownAction,
  ) => DomainState<RecordOfDomain<D>>;
  readonly actions: DomainActions<RecordOfDomain<D>>;
  readonly selectors: DomainSelectors<RootWith<D["name"], RecordOfDomain<D>>, RecordOfDomain<D>>;
}

/**
 * A slice that knows the adapter and nothing else; whichever side answers, the state looks the same.
 * @example
 * ```ts
 * const books = createDomainSlice(defineDomain({ name: "books", … }));
 * await store.dispatch(books.actions.load({ sort: "title", limit: 50 })).unwrap();
 * books.selectors.selectPage(store.getState(), { sort: "title", limit: 50 }).records;
 * ```
 */
export function createDomainSlice<D extends Domain>(domain: D): DomainSlice<D> {
  const thunks = domainThunks(domain.name);
  const forget = createAction<ListQuery>(`${domain.name}/forget`);
  const dismiss = createAction<string>(`${domain.name}/dismiss`);
  const slice: LooseSlice = {
    domain,
    reducerPath: domain.name,
    reducer: domainReducer(domain.name, thunks, { forget, dismiss }),
    actions: { ...thunks, forget, dismiss },
    selectors: domainSelectors(domain.name),
  };
  // Inside, a record is any record; what it is for this domain is known to the adapter, which has checked it.
  return slice as never;
}

interface LooseSlice {
  readonly domain: Domain;
  readonly reducerPath: string;
  readonly reducer: ReturnType<typeof domainReducer>;
  readonly actions: ReturnType<typeof domainThunks> & Pick<DomainActions<AnyRecord>, "forget" | "dismiss">;
  readonly selectors: ReturnType<typeof domainSelectors>;
}
