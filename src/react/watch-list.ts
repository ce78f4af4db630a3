/** Follows one list of a domain: pages as far as they were asked for, read again when the domain changes. */
import type { ListQuery } from "../../slices/list-key.ts";
import { pageSize, readRows } from "../../slices/read-rows.ts";
import type { DomainAdapter, Item, Source } from "../adapter/contract.ts";
import type { AnyRecord } from "../domain/define-domain.ts";
import type { AdapterError } from "../domain/errors.ts";
import { toAdapterError } from "../remote/api/api-error.ts";
import { inTurn } from "./in-turn.ts";
import { keepItems } from "./keep-items.ts";
import { type Watch, watch } from "./watch.ts";

export interface ListValue<R extends AnyRecord = AnyRecord> {
  /** `loading` until something was read; after a failure the items stay as they were. */
  readonly status: "loading" | "ready" | "failed";
  readonly items: readonly Item<R>[];
  /** `loadMore` brings more. */
  readonly hasMore: boolean;
  /** More was asked for and is on its way. */
  readonly isLoadingMore: boolean;
  /** `null`: nothing was read yet. */
  readonly source: Source | null;
  /** Writes of the domain that the server has not answered. */
  readonly pending: number;
  readonly error: AdapterError | null;
}

export interface ListWatch<R extends AnyRecord> extends Watch<ListValue<R>> {
  loadMore(): void;
  /** Reads again now. */
  refresh(): void;
}

export function watchList<R extends AnyRecord>(adapter: DomainAdapter<R>, query: ListQuery): ListWatch<R> {
  const initial: ListValue<R> = {
    status: "loading",
    items: [],
    hasMore: false,
    isLoadingMore: false,
    source: null,
    pending: 0,
    error: null,
  };
  const size = pageSize(query);
  let wanted = size;
  // Commands of a list that nobody watches do nothing.
  let again = (): void => {};
  let more = (): void => {};
  const list = watch<ListValue<R>>({
    initial,
    start(set, get) {
      const reading = inTurn(async (signal) => {
        try {
          const page = await readRows(adapter, { query, shown: wanted, signal });
          if (signal.aborted) return;
          const { next, source, pending } = page;
          const items = keepItems(get().items, page.items);
          const value = { items, hasMore: next !== null, source, pending };
          set(kept(get(), { ...value, status: "ready", isLoadingMore: false, error: null }));
        } catch (thrown) {
          if (signal.aborted) return;
          set({ ...get(), status: "failed", isLoadingMore: false, error: toAdapterError(thrown) });
        }
      });
      again = () => reading.again();
      more = () => {
        if (!get().hasMore || get().isLoadingMore) return;
        wanted = get().items.length + size;
        set({ ...get(), isLoadingMore: true });
        reading.again();
      };
      const end = adapter.subscribe(again);
      reading.again();
      return () => {
        end();
        reading.stop();
        again = () => {};
        more = () => {};
      };
    },
  });
  return { ...list, loadMore: () => more(), refresh: () => again() };
}

/** The value before, where the new one says the same. */
const kept = <R extends AnyRecord>(before: ListValue<R>, next: ListValue<R>): ListValue<R> =>
  (Object.keys(next) as (keyof ListValue<R>)[]).every((key) => next[key] === before[key]) ? before : next;
