/** Sort keys: what both sides order by, so that the same query gives the same page from either. */
import type { AnyRecord, Domain, SortKey } from "./define-domain.ts";

/** Longest text key, in code points; longer texts are ordered by their beginning, then by id. */
export const sortKeyLength = 200;

/** Text made comparable: compatibility form without case, cut to 200 code points. */
export const textKey = (value: string): string =>
  Array.from(
    value
      .slice(0, 4 * sortKeyLength)
      .normalize("NFKC")
      .toLowerCase(),
  )
    .slice(0, sortKeyLength)
    .join("");

/** The key of a record under one of its domain's sort keys; `null` sorts last. */
export function sortKeyOf(domain: Domain, key: SortKey, record: AnyRecord): string | number | boolean | null {
  const value = record[key.field];
  if (value === null || value === undefined) return null;
  if (key.by === "text") return textKey(String(value));
  return domain.fields[key.field]?.kind === "decimal" ? Number(value) : (value as string | number | boolean);
}

/** Code point order: what `COLLATE "C"` does with UTF-8. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return fixSurrogate(x) - fixSurrogate(y);
  }
  return a.length - b.length;
}

// A surrogate stands for a code point above U+FFFF, yet its code unit is below those from U+E000 on.
const fixSurrogate = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
