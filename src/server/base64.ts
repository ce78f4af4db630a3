/** Base64 in Node and in a page alike. */

/** Throws for what holds other characters; who must know that it is canonical writes it again and compares. */
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

// A call takes so many arguments at most everywhere.
const slice = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += slice) text += String.fromCharCode(...bytes.subarray(at, at + slice));
  return btoa(text);
}
