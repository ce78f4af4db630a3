/** The stage of the school in a store, and the commands that change it. */
import { createAsyncThunk, type UnknownAction } from "@reduxjs/toolkit";
import type { Mode, Stage } from "../src/domain/stages.ts";
import { adapterChanged } from "./adapter-changed.ts";
import { failed, idle, loading, type RequestState, ready } from "./request-state.ts";
import { adapterOf, type ThunkConfig } from "./slice-adapter.ts";
import { sliceErrorOf } from "./slice-error.ts";

export interface MigrationState {
  /** `null`: no adapter is connected yet. */
  readonly stage: Stage | null;
  readonly mode: Mode | null;
  readonly epoch: number | null;
  /** The change of stage that was asked for last. */
  readonly change: RequestState;
}

const setStage = createAsyncThunk<void, Stage, ThunkConfig>("migration/setStage", (stage, { extra, rejectWithValue }) =>
  asked(() => adapterOf(extra).setStage(stage), rejectWithValue),
);
const setMode = createAsyncThunk<void, Mode, ThunkConfig>("migration/setMode", (mode, { extra, rejectWithValue }) =>
  asked(() => adapterOf(extra).setMode(mode), rejectWithValue),
);

async function asked<T>(ask: () => Promise<void>, reject: (error: ReturnType<typeof sliceErrorOf>) => T) {
  try {
    await ask();
  } catch (thrown) {
    return reject(sliceErrorOf(thrown));
  }
}

const empty: MigrationState = { stage: null, mode: null, epoch: null, change: idle };

function reduce(state: MigrationState = empty, action: UnknownAction): MigrationState {
  if (adapterChanged.match(action)) {
    const { status } = action.payload;
    if (!status) return state;
    const { stage, mode, epoch } = status;
    return stage === state.stage && mode === state.mode && epoch === state.epoch
      ? state
      : { ...state, stage, mode, epoch };
  }
  if (setStage.pending.match(action) || setMode.pending.match(action)) return { ...state, change: loading };
  if (setStage.fulfilled.match(action) || setMode.fulfilled.match(action)) return { ...state, change: ready };
  if (setStage.rejected.match(action) || setMode.rejected.match(action))
    return { ...state, change: failed(action.payload ?? sliceErrorOf(action.error)) };
  return state;
}

type Root = { readonly migration: MigrationState };

export const migrationSlice = {
  reducerPath: "migration",
  reducer: reduce,
  actions: { setStage, setMode },
  selectors: {
    selectStage: (root: Root) => root.migration.stage,
    selectMode: (root: Root) => root.migration.mode,
    selectEpoch: (root: Root) => root.migration.epoch,
    selectChange: (root: Root) => root.migration.change,
  },
} as const;
