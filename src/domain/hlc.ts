/**
 * Hybrid logical clock: stamps that follow the wall clock and still order what one client saw before what it did next
 * (Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks and Consistent Snapshots in Globally Distributed
 * Databases", 2014). A stamp is text that sorts as text: milliseconds, a counter for the same millisecond, the client.
 */

/** What a stamp is made of. */
export interface Hlc {
  /** Since 1970, by the clock of who made it, or of who it heard from. */
  readonly ms: number;
  /** Orders the stamps of one millisecond. */
  readonly counter: number;
  /** The first eight digits of the client's id; breaks ties. */
  readonly node: string;
}

/** `001726000000000.00000.0a1b2c3d` with 15, 5 and 8 digits. */
export const hlcPattern = /^\d{15}\.\d{5}\.[0-9a-f]{8}$/;

const mostCounter = 99_999;

/** `null` for what is no stamp. */
export function parseHlc(text: string): Hlc | null {
  if (!hlcPattern.test(text)) return null;
  return { ms: Number(text.slice(0, 15)), counter: Number(text.slice(16, 21)), node: text.slice(22) };
}

/** A counter that is full goes on in the next millisecond. */
export function formatHlc({ ms, counter, node }: Hlc): string {
  const over = counter > mostCounter;
  const time = Math.max(0, Math.trunc(ms)) + (over ? 1 : 0);
  return `${String(time).padStart(15, "0")}.${String(over ? 0 : counter).padStart(5, "0")}.${node.slice(0, 8)}`;
}

/**
 * The stamp of something that happens here now: later than `last`, whatever the clock says.
 * @param last the latest stamp made or observed here; `null` or what is no stamp: none yet
 * @param node the client's id
 */
export function tickHlc(last: string | null, nowMs: number, node: string): string {
  const before = last === null ? null : parseHlc(last);
  if (!before || nowMs > before.ms) return formatHlc({ ms: nowMs, counter: 0, node });
  return formatHlc({ ms: before.ms, counter: before.counter + 1, node });
}

/** `tickHlc` for many that happen at one moment: what was made last is not read again to make the next. */
export function tickerAt(nowMs: number, node: string): (last: string | null) => string {
  const end = `.${node.slice(0, 8)}`;
  let made: string | null = null;
  let beginning = "";
  let counter = 0;
  return (last) => {
    if (last !== null && last === made && counter < mostCounter) {
      counter += 1;
      made = `${beginning}${String(100_000 + counter).slice(1)}${end}`;
      return made;
    }
    made = tickHlc(last, nowMs, node);
    beginning = made.slice(0, 16);
    counter = Number(made.slice(16, 21));
    return made;
  };
}

/** The latest stamp after hearing of `other`: what is made here afterwards by `tickHlc` is later than both. */
export function observeHlc(last: string | null, other: string, nowMs: number, node: string): string {
  const heard = parseHlc(other) === null ? null : other;
  const later = last === null || (heard !== null && heard > last) ? heard : last;
  return tickHlc(later, nowMs, node);
}

/** A stamp that is more than this ahead of the server's clock is not believed; in milliseconds. */
const mostAhead = 60_000;

/** The stamp as the server believes it: its own time instead of one that is far ahead of it. */
export function clampHlc(stamp: string, nowMs: number): string {
  const parsed = parseHlc(stamp);
  if (parsed && parsed.ms <= nowMs + mostAhead) return stamp;
  return formatHlc({ ms: nowMs, counter: 0, node: parsed?.node ?? noNode });
}

const noNode = "00000000";

/** The stamp of a change that was made without one, by its time on the server. */
export const hlcOfTime = (at: string): string => formatHlc({ ms: Date.parse(at), counter: 0, node: noNode });
