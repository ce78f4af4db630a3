/** What the slices ask of the adapter, and how a thunk gets it. */
import type { AdapterControls } from "../src/adapter/contract.ts";
import { AdapterError } from "../src/domain/errors.ts";
import type { SliceError } from "./slice-error.ts";

export type SliceAdapter = Pick<
  AdapterControls,
  "domain" | "batch" | "status" | "onStatus" | "onMismatch" | "setMode" | "setStage" | "syncNow"
>;

/** The store's `thunk.extraArgument` has this in it. */
export interface SliceExtra {
  readonly adapter: SliceAdapter;
}

/** How the thunks of the slices are typed. */
export interface ThunkConfig {
  readonly extra: SliceExtra;
  readonly rejectValue: SliceError;
}

/** @throws CONFIG_INVALID for a store that was made without the adapter */
export function adapterOf(extra: unknown): SliceAdapter {
  if (typeof extra === "object" && extra !== null && "adapter" in extra && extra.adapter)
    return extra.adapter as SliceAdapter;
  throw new AdapterError("CONFIG_INVALID", "The thunks of this store were given no adapter.", {
    place: "thunk.extraArgument",
    fix: "Use createSchoolStore, or configureStore with getDefaultMiddleware(withAdapter(adapter)).",
  });
}
