/** Bugs by chance: one statement left out, chosen by a seed from what the store and the engine consist of. */
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { seededRandom } from "../../src/domain/random.ts";
import { projectFile, type Variant } from "./variants.ts";

/** Whatever stands behind `Storage` is replaced by the simulator's disks, and its domains have one schema version. */
const notLoaded = /(indexeddb-|localforage-|memory-storage|migrate-mutations|schema-|index\.ts$)/;

interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Statements on a line of their own that declare nothing and return nothing. */
const statement =
  /^\s+(?!const |let |return|import |export |type |throw |case |default:|break;|continue;|\}|\/\/|\*|[|&?:.]|readonly )[\w(].*;$/;

function places(): Place[] {
  return ["src/local", "src/sync"].flatMap((folder) =>
    readdirSync(projectFile(folder))
      .filter((name) => name.endsWith(".ts") && !notLoaded.test(name))
      .sort()
      .flatMap((name) => placesIn(`${folder}/${name}`)),
  );
}

function placesIn(file: string): Place[] {
  const lines = readFileSync(projectFile(file), "utf8").split("\n");
  let depth = 0;
  return lines.flatMap((text, line) => {
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
    mutants.push({ name: `${file}:${line + 1} ${text.trim()}`, edits: [{ file, find: source, put }] });
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
