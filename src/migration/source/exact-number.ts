/** Whether the text of a JSON number survives being a double. */

interface Decimal {
  readonly digits: string;
  /** Of the decimal point behind the last digit. */
  readonly exponent: number;
}

// Split by hand: a regular expression over 50,000 digits is where quadratic time hides.
function decimalOf(text: string): Decimal {
  const unsigned = text.startsWith("-") ? text.slice(1) : text;
  const e = Math.max(unsigned.indexOf("e"), unsigned.indexOf("E"));
  const mantissa = e < 0 ? unsigned : unsigned.slice(0, e);
  const point = mantissa.indexOf(".");
  const fraction = point < 0 ? "" : mantissa.slice(point + 1);
  const all = (point < 0 ? mantissa : mantissa.slice(0, point)) + fraction;
  let start = 0;
  while (start < all.length && all.charCodeAt(start) === 48) start++;
  let end = all.length;
  while (end > start && all.charCodeAt(end - 1) === 48) end--;
  const exponent = (e < 0 ? 0 : Number(unsigned.slice(e + 1))) - fraction.length + (all.length - end);
  return { digits: all.slice(start, end), exponent: start === end ? 0 : exponent };
}

/** True when the double has the same value as the text, and is no integer beyond 2^53; `27.0` and `1e3` are exact. */
export function isExactNumber(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return false;
  const written = decimalOf(text);
  const kept = decimalOf(String(value));
  return written.digits === kept.digits && written.exponent === kept.exponent;
}

/** `-0`, which JavaScript writes back as `0`. */
export const isNegativeZero = (text: string): boolean => Object.is(Number(text), -0) && decimalOf(text).digits === "";
