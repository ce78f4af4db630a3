/** A body as JSON, whatever its content type says. */

const decoder = new TextDecoder("utf-8", { fatal: true });

/** `undefined` for what is no JSON in UTF-8: an HTML page, a cut body, nothing at all. */
export function readJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}
