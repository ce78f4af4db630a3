/** What was read again and is as it was keeps its reference, so that a row that did not change is not drawn again. */
import type { Item } from "../adapter/contract.ts";
import type { AnyRecord } from "../domain/define-domain.ts";

export function keepItems<R extends AnyRecord>(
  before: readonly Item<R>[],
  read: readonly Item<R>[],
): readonly Item<R>[] {
  const held = new Map(before.map((item) => [item.record.id, item]));
  const items = read.map((item) => {
    const old = held.get(item.record.id);
    return old && isSame(old, item) ? old : item;
  });
  return items.length === before.length && items.every((item, index) => item === before[index]) ? before : items;
}

// The local side hands out the record itself; the server's answer is a new object of the same version.
const isSame = (old: Item, item: Item): boolean =>
  old.version === item.version &&
  old.state === item.state &&
  (old.record === item.record || (item.version !== null && item.state === "synced"));
