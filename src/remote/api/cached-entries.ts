/** The entries of the cache that hold one record: lists, infinite lists, and the record by itself. */
import type { ThunkAction, UnknownAction } from "@reduxjs/toolkit";
import type { TagDescription } from "@reduxjs/toolkit/query";
import type { AnyRecord } from "../../domain/define-domain.ts";
import type { Stored } from "./endpoint-types.ts";

interface Copy {
  record: AnyRecord;
  version: number;
}
interface Rows {
  items: Copy[];
}
/** What an entry holds, as Immer hands it out for changing. */
export type EntryData = Copy | Rows | { readonly pages: readonly Rows[] };

/** One entry of the cache; gone from it, a change does nothing. */
export interface CachedEntry {
  change(recipe: (data: EntryData) => void): void;
}

/** What an endpoint gets of the store while its request runs. */
export interface CacheStore {
  getState(): unknown;
  dispatch(thunk: ThunkAction<unknown, never, unknown, UnknownAction>): unknown;
}
type Tag = TagDescription<string>;
/** What is used of an api's `util`, whatever its endpoints are. */
export interface CacheUtil {
  selectInvalidatedBy(
    state: never,
    tags: readonly Tag[],
  ): readonly { readonly endpointName: string; readonly originalArgs: unknown }[];
  updateQueryData(endpoint: never, arg: never, recipe: never): ThunkAction<unknown, never, unknown, UnknownAction>;
}

/** The entries that provide a tag, as they are now. */
export const entriesWith = (util: CacheUtil, store: CacheStore, tag: Tag): CachedEntry[] =>
  util.selectInvalidatedBy(store.getState() as never, [tag]).map(({ endpointName, originalArgs }) => ({
    change: (recipe) => {
      store.dispatch(util.updateQueryData(endpointName as never, originalArgs as never, recipe as never));
    },
  }));

/** The lists of rows in an entry; none in a record by itself. */
export const rowsOf = (data: EntryData): readonly Rows[] =>
  "pages" in data ? data.pages : "items" in data ? [data] : [];

/** Every copy of the record in an entry. */
export function copiesOf(data: EntryData, id: string): Copy[] {
  const all = "record" in data ? [data] : rowsOf(data).flatMap((rows) => rows.items);
  return all.filter((copy) => copy.record.id === id);
}

/** Apart from Immer's draft, which ends with the recipe. */
export const detached = <T extends AnyRecord | Stored<AnyRecord>>(value: T): T => JSON.parse(JSON.stringify(value));
