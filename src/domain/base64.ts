/** Bytes as base64 text and back, in Node and in browsers. */

// A call takes so many arguments at most everywhere.
const slice = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += slice)
    parts.push(Reflect.apply(String.fromCharCode, null, bytes.subarray(at, at + slice)));
  return btoa(parts.join(""));
}

/**
 * Who must know that the text is canonical writes the bytes again and compares.
 * @throws DOMException when the text holds other characters
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
