/** What the store holds of one domain. */
import type { EntityState } from "@reduxjs/toolkit";
import type { Item, Source } from "../src/adapter/contract.ts";
import type { AnyRecord } from "../src/domain/define-domain.ts";
import type { ListQuery } from "./list-key.ts";
import { idle, type RequestState } from "./request-state.ts";
import type { SliceError } from "./slice-error.ts";

/** What is known of a record besides its fields. */
export type RecordMeta = Pick<Item, "version" | "state">;

/** A list as far as it was loaded: one page, and those that `loadMore` put behind it. */
export interface ListState {
  readonly query: ListQuery;
  readonly ids: readonly string[];
  /** How many rows were asked for. */
  readonly wanted: number;
  /** `null`: nothing lies behind. */
  readonly next: string | null;
  /** `null`: never loaded. */
  readonly source: Source | null;
  readonly request: RequestState;
  /** The request that may still answer; the answer of an older one, and of one that a live change overtook, is dropped. */
  readonly requestId: string | null;
}

export interface DomainState<R extends AnyRecord = AnyRecord> extends EntityState<R, string> {
  readonly meta: Readonly<Record<string, RecordMeta>>;
  /** By `listKey` of the query. */
  readonly lists: Readonly<Record<string, ListState>>;
  /** Of `loadAll`. */
  readonly all: RequestState;
  /** Every record of the domain is here, and live changes keep it so. */
  readonly complete: boolean;
  /** Of `loadOne`, by record. */
  readonly ones: Readonly<Record<string, RequestState>>;
  /** Writes that run or failed: by record, a create without an id by its request. */
  readonly writes: Readonly<Record<string, RequestState>>;
  /** Which side the last read came from. */
  readonly source: Source | null;
  /** Writes that the server has not answered, at the last read. */
  readonly pending: number;
  /** Grows with every change that was shown: a read that began before one is not the newest. */
  readonly changes: number;
  /** What changed while `loadAll` runs; its pages are older than that. */
  readonly touched: Readonly<Record<string, true>>;
  /** Why live changes could not be read; they are tried again with the next. */
  readonly liveError: SliceError | null;
}

export const emptyState: DomainState = {
  ids: [],
  entities: {},
  meta: {},
  lists: {},
  all: idle,
  complete: false,
  ones: {},
  writes: {},
  source: null,
  pending: 0,
  changes: 0,
  touched: {},
  liveError: null,
};
