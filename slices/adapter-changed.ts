/** The one action by which live changes reach the slices: all of a tick, of every domain, at once. */
import { createAction } from "@reduxjs/toolkit";
import type { AdapterStatus, Item, Mismatch, Source } from "../src/adapter/contract.ts";
import type { SliceError } from "./slice-error.ts";

/** A list that was loaded, read again. */
export interface ListAgain {
  readonly ids: readonly string[];
  readonly next: string | null;
  readonly source: Source;
  /** The request that was under way when the reading began: its answer is older. */
  readonly overtakes: string | null;
}

export interface DomainChange {
  readonly items: readonly Item[];
  readonly removed: readonly string[];
  readonly lists: Readonly<Record<string, ListAgain>>;
  readonly source: Source | null;
  readonly pending: number | null;
  readonly error: SliceError | null;
}

export interface AdapterChange {
  readonly domains: Readonly<Record<string, DomainChange>>;
  readonly status: AdapterStatus | null;
  readonly mismatches: readonly Mismatch[];
}

export const adapterChanged = createAction<AdapterChange>("adapter/changed");
