/** Reads a list again, as far as it was shown, in as few pages as that takes. */
import type { DomainAdapter, Item, Page, Query } from "../src/adapter/contract.ts";
import type { AnyRecord } from "../src/domain/define-domain.ts";

/** What the adapter gives at most at once. */
export const wholePage = 1000;
/** The rows of a page of this list; a hundred when nobody says how many. */
export const pageSize = ({ limit = 100 }: Rows["query"]): number => limit;

export interface Rows {
  readonly query: Omit<Query, "cursor">;
  /** How many are shown; at least one page is read. */
  readonly shown: number;
  readonly signal?: AbortSignal;
}

export async function readRows<R extends AnyRecord>(
  adapter: Pick<DomainAdapter<R>, "list">,
  { query, shown, signal }: Rows,
): Promise<Page<R>> {
  const wanted = Math.max(shown, pageSize(query));
  const items: Item<R>[] = [];
  let page: Page<R> | null = null;
  do {
    const limit = Math.min(wanted - items.length, wholePage);
    page = await adapter.list({ ...query, limit, cursor: page?.next ?? undefined }, { signal });
    items.push(...page.items);
  } while (items.length < wanted && page.next !== null);
  return { ...page, items };
}
