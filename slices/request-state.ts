/** What a request of a slice is doing. */
import type { SliceError } from "./slice-error.ts";

export type RequestState =
  | { readonly status: "idle" | "loading" | "ready"; readonly error: null }
  | { readonly status: "failed"; readonly error: SliceError };

// One object each: a selector that finds nothing gives the same reference every time.
export const idle: RequestState = { status: "idle", error: null };
export const loading: RequestState = { status: "loading", error: null };
export const ready: RequestState = { status: "ready", error: null };
export const failed = (error: SliceError): RequestState => ({ status: "failed", error });
