/** The place in a JSON text that a pointer leads to. */
import { type Span, scanJson } from "./json-scan.ts";

/** RFC 6901 over spans; `null` when nothing stands there. */
export function spanAt(raw: string, whole: Span, pointer: string): Span | null {
  let place: Span = whole;
  if (pointer === "") return place;
  for (const step of pointer.slice(1).split("/")) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    const { type, items } = scanJson(raw, { start: place.start, end: place.end, maxItems: Number.POSITIVE_INFINITY });
    const next: Span | undefined =
      type === "array" ? items[Number(name)] : type === "object" ? items.find((item) => item.key === name) : undefined;
    if (!next) return null;
    place = next;
  }
  return place;
}
