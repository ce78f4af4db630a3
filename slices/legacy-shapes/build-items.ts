/** Builds a list of old items, and hands out the same ones again while what they are made of is the same. */
type Part = unknown;

interface Kept<Out> {
  readonly parts: readonly Part[];
  readonly item: Out;
}

/** One row: the id of the item, and everything that it depends on. */
export interface Row<Parts extends readonly Part[]> {
  readonly id: string;
  readonly parts: Parts;
}

/**
 * - An item whose parts are the same (lists: element by element) is the same object as before.
 * - A list of the same items is the same list as before.
 */
export function itemsOutOf<Parts extends readonly Part[], Out>(
  build: (...parts: Parts) => Out,
): (rows: readonly Row<Parts>[]) => readonly Out[] {
  let kept = new Map<string, Kept<Out>>();
  let list: readonly Out[] = [];
  return (rows) => {
    const next = new Map<string, Kept<Out>>();
    for (const { id, parts } of rows) {
      const held = kept.get(id);
      next.set(id, held && isSameList(held.parts, parts, isSamePart) ? held : { parts, item: build(...parts) });
    }
    kept = next;
    const items = [...next.values()].map(({ item }) => item);
    if (!isSameList(list, items, Object.is)) list = items;
    return list;
  };
}

const isSamePart = (a: Part, b: Part): boolean =>
  Array.isArray(a) && Array.isArray(b) ? isSameList(a, b, Object.is) : Object.is(a, b);

const isSameList = (a: readonly Part[], b: readonly Part[], isSame: (x: Part, y: Part) => boolean): boolean =>
  a.length === b.length && a.every((one, index) => isSame(one, b[index]));
