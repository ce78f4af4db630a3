/** A list or object that the scanner is inside of, and the keys that it has seen there. */

export interface OpenContainer {
  readonly isObject: boolean;
  keys: string[] | Set<string>;
}

/** Shared, and never changed: most containers never get a key. */
export const noKeys: string[] = [];

/** False when the object has the key already. */
export function remember(open: OpenContainer, key: string): boolean {
  const { keys } = open;
  if (keys instanceof Set) {
    const before = keys.size;
    return keys.add(key).size > before;
  }
  if (keys.includes(key)) return false;
  // A short list beats a set for the few fields of a record; a map by id may have a million keys.
  if (keys.length >= 24) open.keys = new Set([...keys, key]);
  else if (keys === noKeys) open.keys = [key];
  else keys.push(key);
  return true;
}
