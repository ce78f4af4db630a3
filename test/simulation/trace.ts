/** What happened, in order, with a hash by which two runs are compared (law 12). */

export interface Trace {
  add(line: string): void;
  readonly hash: string;
  /** Empty unless the lines were asked for. */
  readonly lines: readonly string[];
}

export function makeTrace(keep: boolean, now: () => number): Trace {
  const lines: string[] = [];
  let high = 0x811c9dc5;
  let low = 0x01000193;
  return {
    add(line) {
      const text = `${now().toFixed(2)} ${line}`;
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        high = Math.imul(high ^ code, 0x01000193);
        low = Math.imul(low + code, 0x85ebca6b) ^ (low >>> 13);
      }
      if (keep) lines.push(text);
    },
    get hash() {
      return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
    },
    lines,
  };
}
