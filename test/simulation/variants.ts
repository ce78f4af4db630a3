/** Loads the simulator with some source changed on the way in: bugs for the canaries, without a hook in what is shipped. */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

export interface Edit {
  /** From the root of the project. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface Variant {
  readonly name: string;
  readonly edits: readonly Edit[];
}

const root = new URL("../../", import.meta.url).href;
const variants = new Map<string, Variant>();

/** @throws when an edit does not fit the source: then the bug would not be in the run, and nothing would be shown */
export function edited(edits: readonly Edit[], file: string): string {
  let source = readFileSync(new URL(file, root), "utf8");
  for (const { find, put } of edits.filter((edit) => edit.file === file)) {
    const times = source.split(find).length - 1;
    if (times !== 1) throw new Error(`${file} has this ${times} times instead of once:\n${find}`);
    source = source.replace(find, () => put);
  }
  return source;
}

/** The simulator, with the bug in it, as a module graph of its own. */
export async function loadVariant(variant: Variant): Promise<typeof import("./run.ts")> {
  for (const file of new Set(variant.edits.map((edit) => edit.file))) edited(variant.edits, file);
  install();
  variants.set(variant.name, variant);
  const run = new URL("./run.ts", import.meta.url);
  run.searchParams.set("variant", variant.name);
  return import(run.href);
}

let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const name = context.parentURL ? new URL(context.parentURL).searchParams.get("variant") : null;
      if (name === null || !found.url.startsWith(root) || found.url.includes("/node_modules/")) return found;
      const url = new URL(found.url);
      url.searchParams.set("variant", name);
      return { ...found, url: url.href };
    },
    load(url, context, next) {
      const variant = url.startsWith("file:")
        ? variants.get(new URL(url).searchParams.get("variant") ?? "")
        : undefined;
      const file = variant && fileURLToPath(url).slice(fileURLToPath(root).length);
      if (!variant || !file || !variant.edits.some((edit) => edit.file === file)) return next(url, context);
      return { format: "module-typescript", source: edited(variant.edits, file), shortCircuit: true };
    },
  });
}

export const projectFile = (file: string): string =>
  fileURLToPath(new URL(file, pathToFileURL(`${fileURLToPath(root)}/`)));
