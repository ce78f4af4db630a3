/** A list of a domain in a component. */
import { useMemo, useSyncExternalStore } from "react";
import { type ListQuery, listKey, queryOf } from "../../slices/list-key.ts";
import type { AdapterControls, DomainAdapter } from "../adapter/contract.ts";
import type { Domain, RecordOfDomain } from "../domain/define-domain.ts";
import { useAdapter } from "./hybrid-data-provider.ts";
import { type ListValue, type ListWatch, watchList } from "./watch-list.ts";

export type DomainList<D extends Domain> = ListValue<RecordOfDomain<D>> &
  Pick<ListWatch<RecordOfDomain<D>>, "loadMore" | "refresh">;

/**
 * What is loaded of a list, kept as the adapter has it; another query begins anew.
 * @example
 * ```tsx
 * const { items, status, hasMore, loadMore } = useDomainList(students, { sort: "name", limit: 50 });
 * ```
 */
export function useDomainList<D extends Domain>(domain: D, query: ListQuery = {}): DomainList<D> {
  const adapter = useAdapter<AdapterControls>();
  // The query is a new object at every render; what it asks is in the key.
  const key = listKey(query);
  const list = useMemo(
    () => watchList(adapter.domain(domain.name) as DomainAdapter<RecordOfDomain<D>>, queryOf(key)),
    [adapter, domain.name, key],
  );
  const value = useSyncExternalStore(list.subscribe, list.get, list.get);
  return useMemo(() => ({ ...value, loadMore: list.loadMore, refresh: list.refresh }), [value, list]);
}
