/** Writes across the domains, all or none: the whole register of a class, or nothing of it. */
import { createAsyncThunk } from "@reduxjs/toolkit";
import type { BatchWrite, Written } from "../src/adapter/contract.ts";
import { adapterOf, type ThunkConfig } from "./slice-adapter.ts";
import { sliceErrorOf } from "./slice-error.ts";

/**
 * Resolves with what became of each write, in their order; rejects with a `SliceError`, and then none was made.
 *
 * @example
 * ```ts
 * await store.dispatch(saveBatch(marks.map((draft) => ({ kind: "create", domain: "attendance", draft })))).unwrap();
 * ```
 */
export const saveBatch = createAsyncThunk<readonly Written[], readonly BatchWrite[], ThunkConfig>(
  "adapter/saveBatch",
  async (writes, { extra, rejectWithValue }) => {
    try {
      return await adapterOf(extra).batch(writes);
    } catch (thrown) {
      return rejectWithValue(sliceErrorOf(thrown));
    }
  },
);
