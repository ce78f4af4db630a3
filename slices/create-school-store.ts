/** A store with everything of a school in it, connected to the adapter. */
import {
  combineReducers,
  configureStore,
  type EnhancedStore,
  type Middleware,
  type Reducer,
  type ThunkDispatch,
  type UnknownAction,
} from "@reduxjs/toolkit";
import { type ConnectOptions, connectAdapter } from "./connect-adapter.ts";
import { type SchoolState, schoolReducers } from "./school-slices.ts";
import type { SliceAdapter, SliceExtra } from "./slice-adapter.ts";
import { withAdapter } from "./with-adapter.ts";

type Reducers = Readonly<Record<string, Reducer>>;
type StateOf<More extends Reducers> = { readonly [K in keyof More]: ReturnType<More[K]> };

export interface SchoolStoreOptions<More extends Reducers> extends ConnectOptions {
  readonly adapter: SliceAdapter;
  /** Beside those of the school. */
  readonly reducers?: More;
  /** Behind Redux Toolkit's own. */
  readonly middleware?: readonly Middleware[];
  readonly preloadedState?: Partial<SchoolState & StateOf<More>>;
}

export interface SchoolStore<State> extends EnhancedStore<State, UnknownAction> {
  readonly dispatch: ThunkDispatch<State, SliceExtra, UnknownAction>;
  /** Ends the live changes; the adapter stays open. */
  disconnect(): void;
}

/**
 * An ordinary Redux Toolkit store.
 * @example
 * ```ts
 * const store = createSchoolStore({ adapter });
 * await store.dispatch(studentsSlice.actions.create({ name: "Ada" })).unwrap();
 * ```
 */
export function createSchoolStore<More extends Reducers = Record<never, never>>({
  adapter,
  reducers,
  middleware = [],
  preloadedState,
  ...connection
}: SchoolStoreOptions<More>): SchoolStore<SchoolState & StateOf<More>> {
  const store = configureStore({
    reducer: combineReducers({ ...schoolReducers, ...reducers }),
    preloadedState: preloadedState as never,
    middleware: (defaults) => defaults(withAdapter(adapter)).concat(middleware),
  });
  const disconnect = connectAdapter(store, adapter, connection);
  return Object.assign(store, { disconnect }) as never;
}
