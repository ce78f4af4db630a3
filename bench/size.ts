/**
 * T13: what `createHybridDataAdapter` costs a page, minified and gzipped, by the rooms of the house.
 *
 * `npm run bench:size`. Dependencies and peers are left out: it is our own part that is weighed. A room is compressed
 * alone, which costs a little more than all of it together.
 */
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rollup } from "vite";

const src = join(import.meta.dirname, "../src");
const entry = join(src, "adapter/create-hybrid-data-adapter.ts");
const goal = 20;

/** @param roomOf the chunk that a file goes to; without it a chunk is what is loaded together */
async function bundle(roomOf?: (file: string) => string): Promise<readonly Rollup.OutputChunk[]> {
  const split = roomOf && { includeDependenciesRecursively: false, groups: [{ name: roomOf }] };
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: true,
      lib: { entry, formats: ["es"] },
      rolldownOptions: {
        preserveEntrySignatures: "allow-extension",
        external: (id: string) => !id.startsWith(".") && !id.startsWith("/"),
        output: split ? { codeSplitting: split } : {},
      },
    },
  });
  const outputs = Array.isArray(built) ? built : "output" in built ? [built] : [];
  return outputs.flatMap(({ output }) => output).filter((one) => one.type === "chunk");
}

/** What a page waits for: the entry and all that it imports, and so on. */
function atStart(chunks: readonly Rollup.OutputChunk[]): readonly Rollup.OutputChunk[] {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const found = new Set(chunks.filter(({ isEntry }) => isEntry));
  for (const chunk of found)
    for (const name of chunk.imports) {
      const imported = byName.get(name);
      if (imported) found.add(imported);
    }
  return [...found];
}

const kilobytes = (chunks: readonly Rollup.OutputChunk[]): number =>
  gzipSync(chunks.map(({ code }) => code).join(""), { level: 9 }).length / 1000;

const whole = await bundle();
const start = atStart(whole);
const files = new Set(start.flatMap(({ moduleIds }) => moduleIds));
const roomOf = (file: string): string => file.slice(src.length + 1).split("/")[0] ?? "";
const rooms = await bundle((file) => `${roomOf(file)} ${files.has(file) ? "at the start" : "when needed"}`);
const sizes = new Map<string, { start: number; later: number; files: number }>();
for (const chunk of rooms) {
  const [first] = chunk.moduleIds;
  if (first === undefined || !first.startsWith(src)) continue;
  const size = sizes.get(roomOf(first)) ?? { start: 0, later: 0, files: 0 };
  size[files.has(first) ? "start" : "later"] += kilobytes([chunk]);
  size.files += chunk.moduleIds.length;
  sizes.set(roomOf(first), size);
}
const line = (name: string, start: number, later: number, count: number): string =>
  `${name.padEnd(22)}${start.toFixed(1).padStart(8)} KB${later.toFixed(1).padStart(12)} KB${String(count).padStart(8)}`;
console.log(`${"room".padEnd(22)}${"at the start".padStart(11)}${"when needed".padStart(15)}${"files".padStart(8)}`);
for (const [room, size] of [...sizes].sort(([, a], [, b]) => b.start - a.start))
  console.log(line(room, size.start, size.later, size.files));
const later = whole.filter((chunk) => !start.includes(chunk));
const count = whole.reduce((sum, { moduleIds }) => sum + moduleIds.length, 0);
console.log(line("all, together", kilobytes(start), kilobytes(later), count));
console.log(
  `T13: ${kilobytes(start).toFixed(1)} KB at the start, goal ${goal} KB: ${kilobytes(start) <= goal ? "reached" : "MISSED"}`,
);
