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
import { adapterChanged } from "./adapter-changed.ts";
import { type ConnectOptions, connectAdapter } from "./connect-adapter.ts";
import { type SchoolState, schoolReducers, schoolSlices } from "./school-slices.ts";
import type { SliceAdapter, SliceExtra } from "./slice-adapter.ts";

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
  // Both checks walk the whole state at every action: 20,000 records cost more than the action, and the slices copy.
  const ignoredPaths = Object.keys(schoolReducers);
  const ignoredActions = [adapterChanged.type, ...schoolSlices.map(({ actions }) => actions.loadAll.fulfilled.type)];
  const store = configureStore({
    reducer: combineReducers({ ...schoolReducers, ...reducers }),
    preloadedState: preloadedState as never,
    middleware: (defaults) =>
      defaults({
        thunk: { extraArgument: { adapter } },
        serializableCheck: { ignoredPaths, ignoredActions },
        immutableCheck: { ignoredPaths },
      }).concat(middleware),
  });
  const disconnect = connectAdapter(store, adapter, connection);
  return Object.assign(store, { disconnect }) as never;
}
