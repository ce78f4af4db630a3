/** What the adapter tells about itself, in a store: the engine, the outbox, what is parked, where the sides differ. */
import { createAction, createAsyncThunk, type UnknownAction } from "@reduxjs/toolkit";
import type { AdapterStatus, Mismatch } from "../src/adapter/contract.ts";
import { adapterChanged } from "./adapter-changed.ts";
import { failed, idle, loading, type RequestState, ready } from "./request-state.ts";
import { adapterOf, type SliceAdapter, type ThunkConfig } from "./slice-adapter.ts";
import { sliceErrorOf } from "./slice-error.ts";

type SyncReport = Awaited<ReturnType<SliceAdapter["syncNow"]>>;

type Told = "sync" | "outbox" | "parked" | "readOnly" | "warnings";

export interface SyncSliceState {
  /** `null`: no adapter is connected yet. */
  readonly status: Pick<AdapterStatus, Told> | null;
  /** The last hundred that the background comparison reported, one a record. */
  readonly mismatches: readonly Mismatch[];
  /** The last `syncNow`, and what it came to. */
  readonly request: RequestState;
  readonly report: SyncReport | null;
}

const kept = 100;

const syncNow = createAsyncThunk<SyncReport, void, ThunkConfig>("sync/now", async (_, { extra, rejectWithValue }) => {
  try {
    return await adapterOf(extra).syncNow();
  } catch (thrown) {
    return rejectWithValue(sliceErrorOf(thrown));
  }
});
const clearMismatches = createAction("sync/clearMismatches");

const empty: SyncSliceState = { status: null, mismatches: [], request: idle, report: null };

function reduce(state: SyncSliceState = empty, action: UnknownAction): SyncSliceState {
  if (adapterChanged.match(action)) {
    const { status, mismatches } = action.payload;
    if (!status && mismatches.length === 0) return state;
    return {
      ...state,
      status: status ? toldOf(status) : state.status,
      mismatches: mismatches.length === 0 ? state.mismatches : joined(state.mismatches, mismatches),
    };
  }
  if (clearMismatches.match(action)) return { ...state, mismatches: [] };
  if (syncNow.pending.match(action)) return { ...state, request: loading };
  if (syncNow.fulfilled.match(action)) return { ...state, request: ready, report: action.payload };
  if (syncNow.rejected.match(action))
    return { ...state, request: failed(action.payload ?? sliceErrorOf(action.error)), report: null };
  return state;
}

function toldOf({ sync, outbox, parked, readOnly, warnings }: AdapterStatus): Pick<AdapterStatus, Told> {
  return { sync, outbox, parked, readOnly, warnings };
}

function joined(before: readonly Mismatch[], more: readonly Mismatch[]): readonly Mismatch[] {
  const byRecord = new Map([...before, ...more].map((one) => [`${one.domain}/${one.id}`, one]));
  return [...byRecord.values()].slice(-kept);
}

type Root = { readonly sync: SyncSliceState };

export const syncSlice = {
  reducerPath: "sync",
  reducer: reduce,
  actions: { syncNow, clearMismatches },
  selectors: {
    selectSyncStatus: (root: Root) => root.sync.status?.sync ?? null,
    selectOutbox: (root: Root) => root.sync.status?.outbox ?? null,
    selectParked: (root: Root) => root.sync.status?.parked ?? none,
    /** Why this tab only reads; `null`: it may write. */
    selectReadOnly: (root: Root) => root.sync.status?.readOnly ?? null,
    /** What somebody must know of this device's storage. */
    selectWarnings: (root: Root) => root.sync.status?.warnings ?? noWarnings,
    selectMismatches: (root: Root) => root.sync.mismatches,
    selectSyncRequest: (root: Root) => root.sync.request,
    selectSyncReport: (root: Root) => root.sync.report,
  },
} as const;

const none: AdapterStatus["parked"] = [];
const noWarnings: AdapterStatus["warnings"] = [];
