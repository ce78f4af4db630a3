/** Reads what a change touched of what a slice shows: its records, and its lists again. */
import type { DomainAdapter, Item, Page } from "../src/adapter/contract.ts";
import type { DomainChange, ListAgain } from "./adapter-changed.ts";
import type { DomainState } from "./domain-state.ts";
import { readRows, wholePage } from "./read-rows.ts";

/** So many single reads at the same time, for each may be a request. */
const atOnce = 8;
/** A page of a thousand costs as much as about twenty single reads. */
const readsOfAPage = 20;
const fewReads = 50;

export async function readChanges(
  adapter: DomainAdapter,
  state: DomainState,
  changed: ReadonlySet<string>,
): Promise<DomainChange> {
  const items = new Map<string, Item>();
  const lists: Record<string, ListAgain> = {};
  let last: Pick<Page, "source" | "pending"> | null = null;
  for (const [key, list] of Object.entries(state.lists)) {
    // Never loaded: there is nothing to keep.
    if (list.source === null && list.requestId === null) continue;
    const again = await readRows(adapter, { query: list.query, shown: list.wanted });
    lists[key] = {
      ids: again.items.map(({ record }) => record.id),
      next: again.next,
      source: again.source,
      overtakes: list.requestId,
    };
    for (const item of again.items) items.set(item.record.id, item);
    last = again;
  }
  const showsAll = state.complete || state.all.status === "loading";
  const missing = [...changed].filter(
    (id) => !items.has(id) && (showsAll || Object.hasOwn(state.entities, id) || Object.hasOwn(state.ones, id)),
  );
  const removed: string[] = [];
  if (showsAll && missing.length > Math.max(fewReads, (state.ids.length / wholePage) * readsOfAPage)) {
    const wanted = new Set(missing);
    for await (const page of pagesOf(adapter)) {
      for (const item of page.items) if (wanted.delete(item.record.id)) items.set(item.record.id, item);
      last = page;
    }
    removed.push(...wanted);
  } else {
    for (let at = 0; at < missing.length; at += atOnce) {
      const ids = missing.slice(at, at + atOnce);
      const found = await Promise.all(ids.map((id) => adapter.get(id)));
      for (const [index, id] of ids.entries()) {
        const item = found[index];
        if (item) items.set(id, { record: item.record, version: item.version, state: item.state });
        else removed.push(id);
      }
    }
  }
  return {
    items: [...items.values()],
    removed,
    lists,
    source: last?.source ?? null,
    pending: last?.pending ?? null,
    error: null,
  };
}

async function* pagesOf(adapter: DomainAdapter): AsyncGenerator<Page> {
  let cursor: string | undefined;
  do {
    const page: Page = await adapter.list({ limit: wholePage, cursor });
    yield page;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
