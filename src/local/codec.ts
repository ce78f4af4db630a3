/** How a value is written under a key: `<checksum>:<json>`, so that a torn one is noticed. */
import { checksum } from "./checksum.ts";

export function encode(value: unknown): string {
  const json = JSON.stringify(value);
  return `${checksum(json)}:${json}`;
}

const checksumDigits = 8;

/** The value that was encoded; `null` when the text is torn, cut or not ours. `T` is what this package wrote under the key. */
export function decode<T>(text: string): { readonly value: T } | null {
  if (text[checksumDigits] !== ":") return null;
  if (checksum(text, checksumDigits + 1) !== text.slice(0, checksumDigits)) return null;
  try {
    return { value: JSON.parse(text.slice(checksumDigits + 1)) };
  } catch {
    return null;
  }
}
