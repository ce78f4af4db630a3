/** What Redux Toolkit's own middleware is told in a store that has the slices in it. */
import { adapterChanged } from "./adapter-changed.ts";
import { schoolReducers, schoolSlices } from "./school-slices.ts";
import type { SliceAdapter, SliceExtra } from "./slice-adapter.ts";

interface DefaultsWithAdapter {
  readonly thunk: { readonly extraArgument: SliceExtra };
  readonly serializableCheck: { readonly ignoredPaths: string[]; readonly ignoredActions: string[] };
  readonly immutableCheck: { readonly ignoredPaths: string[] };
}

/**
 * Gives the thunks of the slices their adapter, and keeps the checks of a development build off the records.
 * @example
 * ```ts
 * configureStore({ reducer, middleware: (defaults) => defaults(withAdapter(adapter)) });
 * ```
 */
export function withAdapter(adapter: SliceAdapter): DefaultsWithAdapter {
  // Both checks walk the whole state at every action: 20,000 records cost more than the action, and the slices copy.
  const ignoredPaths = Object.keys(schoolReducers);
  const ignoredActions = [adapterChanged.type, ...schoolSlices.map(({ actions }) => actions.loadAll.fulfilled.type)];
  return {
    thunk: { extraArgument: { adapter } },
    serializableCheck: { ignoredPaths, ignoredActions },
    immutableCheck: { ignoredPaths },
  };
}
