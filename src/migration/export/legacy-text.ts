/** A stored value with some of its entries changed; every other character stays as it was. */

export interface EntrySpan {
  readonly start: number;
  readonly end: number;
  /** The new text; `null` removes the entry, `undefined` leaves it. */
  readonly text: string | null | undefined;
}

const mapKey = /,?\s*"(?:[^"\\]|\\.)*"\s*:\s*$/s;

/** The text between two entries when the one between them goes: one comma of the two goes with it. */
function joined(before: string, after: string): string {
  const left = before.replace(/\s*$/, "");
  const right = after.replace(/^\s*/, "");
  if (right.startsWith(",")) {
    // The comma behind goes, unless the map key's pattern took the one before.
    return /[,[{]$/.test(left) ? left + right.slice(1) : left + right;
  }
  return left.endsWith(",") ? left.slice(0, -1) + right : left + right;
}

/**
 * The value with its entries as told and `added` behind them; `null` when there is no list to add to.
 * `added` holds id and text; the id is used where the value is a map.
 */
export function rewriteValue(
  raw: string,
  spans: readonly EntrySpan[],
  added: readonly (readonly [id: string, text: string])[],
): string | null {
  const out: string[] = [];
  const first = spans[0];
  const isMap = first ? /:\s*$/.test(raw.slice(0, first.start)) && /^\s*\{/.test(raw) : /^\s*\{\s*\}\s*$/.test(raw);
  let left = raw.slice(0, first?.start ?? raw.length);
  for (const [index, span] of spans.entries()) {
    const after = raw.slice(span.end, spans[index + 1]?.start ?? raw.length);
    if (span.text === null) {
      const head = isMap ? left.replace(mapKey, "") : left;
      left = joined(head === "" ? "" : head, after);
      if (isMap && out.length === 0) left = left.replace(/^(\s*\{)\s*,/, "$1");
    } else {
      out.push(left, span.text ?? raw.slice(span.start, span.end));
      left = after;
    }
  }
  if (added.length === 0) return out.join("") + left;
  const items = added.map(([id, text]) => (isMap ? `${JSON.stringify(id)}:${text}` : text)).join(",");
  if (out.length > 0) return `${out.join("")},${items}${left}`;
  const empty = /^(\s*(?:\{\s*"(?:[^"\\]|\\.)*"\s*:\s*)?[[{])(\s*[\]}][\s\S]*)$/.exec(left);
  return empty ? `${empty[1]}${items}${empty[2]}` : null;
}
