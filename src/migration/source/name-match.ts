/** What a key says by its last words: `hub-lms-students` ends like `students`. */
import type { Layout } from "../../school/legacy/layout.ts";
import type { EntryKind } from "../types.ts";

const folded = (words: readonly string[]): string => words.join("").toLowerCase();

/** The kind that the layout declares for a key that this one ends with, whatever stands before; a guess. */
export function kindByName(layout: Layout, key: string): EntryKind | null {
  const words = key.slice(-200).split(/[^\p{L}\p{N}]+/u);
  for (let from = Math.max(0, words.length - 3); from < words.length; from++) {
    const tail = folded(words.slice(from));
    const match = layout.keys.find(
      ({ key: name, at, pattern }) =>
        at === "" && pattern.fields.length === 0 && folded(name.split(/[^\p{L}\p{N}]+/u)) === tail,
    );
    if (match) return match.kind;
  }
  return null;
}
