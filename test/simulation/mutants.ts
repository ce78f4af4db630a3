/** Bugs by chance: one statement left out, chosen by a seed from what the store and the engine consist of. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { seededRandom } from "../../src/domain/random.ts";
import { smallSizes } from "./small.ts";
import { projectFile, type Variant } from "./variants.ts";

/** Where the simulator begins; what stands behind `Storage` is replaced by its disks, and is not reached from here. */
const entries = ["src/local/open-record-store.ts", "src/sync/engine.ts"];
/** Its domains have one schema version: test/local/schema.test.ts has several. */
const oneVersion = /(late-entries|migrate-mutations|schema-migrate|schema-newer)\.ts$/;

const importing = /^(?:import|export)\s(?!type\b)[^;]*?from "(\.[^"]+)";/gm;

/** The files that a run loads of the store and the engine. */
function loaded(): string[] {
  const found = new Set(entries);
  for (const file of found) {
    for (const [, path = ""] of readFileSync(projectFile(file), "utf8").matchAll(importing)) {
      const other = new URL(path, `file:///${file}`).pathname.slice(1);
      if (/^src\/(local|sync)\//.test(other)) found.add(other);
    }
  }
  return [...found].filter((file) => !oneVersion.test(file)).sort();
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Statements on a line of their own that declare nothing and return nothing. */
const statement =
  /^\s+(?!const |let |return|import |export |type |throw |case |default:|break;|continue;|\}|\/\/|\*|[|&?:.]|readonly )[\w(].*;$/;

const places = (): Place[] => loaded().flatMap(placesIn);

function placesIn(file: string): Place[] {
  const lines = readFileSync(projectFile(file), "utf8").split("\n");
  let depth = 0;
  let inClass = false;
  return lines.flatMap((text, line) => {
    inClass = /^(export )?class /.test(text) || (inClass && !text.startsWith("}"));
    // A field is a declaration.
    if (inClass && /^ {2}\w/.test(text)) return [];
    // Members of types look like statements.
    if (/^(export )?(interface|type) /.test(text)) depth = 1;
    if (depth > 0 && (text.startsWith("}") || (text.endsWith(";") && /^(export )?type /.test(text)))) depth = 0;
    const whole = balanced(text) && balanced(lines.slice(0, line).at(-1)?.endsWith(",") ? "(" : "");
    return depth === 0 && whole && statement.test(text) ? [{ file, line, text }] : [];
  });
}

const balanced = (text: string): boolean =>
  ["()", "[]", "{}"].every(([open = "", close = ""]) => text.split(open).length === text.split(close).length);

export function drawMutants(seed: number, count: number): Variant[] {
  const mutants: Variant[] = [];
  for (const { file, line, text } of seededRandom(seed).shuffle(places())) {
    if (mutants.length === count) break;
    const source = readFileSync(projectFile(file), "utf8");
    const lines = source.split("\n");
    const put = lines.map((other, i) => (i === line ? withoutStatement(other) : other)).join("\n");
    if (!parses(put)) continue;
    const edits = [{ file, find: source, put }, ...smallSizes];
    mutants.push({ name: `${file}:${line + 1} ${text.trim()}`, edits });
  }
  return mutants;
}

/** An empty statement in its place. */
const withoutStatement = (text: string): string => `${/^\s*/.exec(text)?.[0] ?? ""};`;

function parses(source: string): boolean {
  try {
    stripTypeScriptTypes(source, { mode: "transform" });
    return true;
  } catch {
    return false;
  }
}
