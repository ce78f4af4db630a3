/** The store with small chunks, entries and slices, so that a short schedule comes to where one of them ends. */
import type { Edit } from "./variants.ts";

/** What the constant was stands behind a comment then, whatever it was. */
const small = (file: string, name: string, size: number): Edit => ({
  file: `src/local/${file}`,
  find: `const ${name} = `,
  put: `const ${name} = ${size}; // `,
});

export const smallSizes: readonly Edit[] = [
  small("chunk-index.ts", "chunkSize", 4),
  small("kept.ts", "entriesAtOnce", 3),
  small("kept.ts", "partMutations", 4),
  small("catch-up.ts", "atOnce", 3),
  small("promote.ts", "entryMutations", 3),
  small("promote.ts", "partsAtOnce", 2),
  small("load-generation.ts", "chunksAtOnce", 2),
  small("load-generation.ts", "readsAhead", 2),
  small("load.ts", "sliceLength", 400),
  small("wal-writer.ts", "entryLength", 600),
  small("wal-writer.ts", "sliceMutations", 2),
];
