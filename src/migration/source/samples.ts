/** A few elements of a list, parsed, to look at. */
import type { Span } from "./json-scan.ts";

const maxSamples = 20;
const maxLength = 100_000;

/** The first sound elements; long ones are passed over. */
export function samplesOf(text: string, items: readonly Span[]): unknown[] {
  const samples: unknown[] = [];
  for (const item of items) {
    if (samples.length >= maxSamples) break;
    if (item.defect || item.end - item.start > maxLength) continue;
    samples.push(JSON.parse(text.slice(item.start, item.end)));
  }
  return samples;
}
