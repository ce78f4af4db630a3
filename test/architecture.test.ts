/** The house of DESIGN.md, section 5: who may import whom, no cycles, short files, what each entry may pull in. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const src = join(root, "src");

const filesIn = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file))
    .filter((file) => statSync(file).isFile());
const slices = join(root, "slices");
const files = [...filesIn(src), ...filesIn(slices)];

interface Import {
  readonly specifier: string;
  readonly dynamic: boolean;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const fixed = [
    ...text.matchAll(/^(?:import|export)\b(\s+type\b)?[^"';]*?\bfrom\s+["']([^"']+)["']/gm),
    ...text.matchAll(/^import(\s)["']([^"']+)["']/gm),
  ].map((m) => ({ specifier: m[2] ?? "", dynamic: false, typeOnly: m[1]?.trim() === "type" }));
  const late = [...text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)].map((m) => ({
    specifier: m[1] ?? "",
    dynamic: true,
    typeOnly: false,
  }));
  return [...fixed, ...late];
}

// package.json is no room: the version of the command comes from it.
const isOurs = (i: Import): boolean => i.specifier.startsWith(".") && !i.specifier.endsWith(".json");
const target = (from: string, i: Import): string => resolve(dirname(from), i.specifier);
const room = (file: string): string => relative(file.startsWith(src) ? src : root, file).split("/")[0] ?? "";
const name = (file: string): string => relative(root, file);
const graph = new Map(files.map((file) => [file, importsOf(file)]));

/** Which rooms a room may look into, besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "index.ts": ["adapter", "domain", "local", "platform", "recovery", "remote", "sync"],
  domain: [],
  school: ["domain"],
  platform: [],
  local: ["domain", "school", "platform"],
  remote: ["domain", "school", "platform"],
  recovery: ["domain", "platform"],
  sync: ["domain", "school", "platform", "local", "remote", "recovery"],
  migration: ["domain", "school", "platform", "local", "remote", "recovery", "sync"],
  adapter: ["domain", "school", "platform", "local", "remote", "recovery", "sync", "migration"],
  slices: ["domain", "school", "platform", "adapter"],
  react: ["domain", "school", "remote", "adapter", "migration", "slices"],
  server: ["domain", "school"],
  cli: ["domain", "school", "platform", "local", "remote", "recovery", "sync", "migration", "server"],
};

test("imports run one way between the rooms", () => {
  const wrong = files.flatMap((file) =>
    (graph.get(file) ?? [])
      .filter(isOurs)
      .map((i) => target(file, i))
      .filter((to) => room(to) !== room(file) && !(allowed[room(file)] ?? []).includes(room(to)))
      .map((to) => `${name(file)} -> ${name(to)}`),
  );
  expect(wrong).toEqual([]);
});

test("slices consume only the adapter: its contract, and no side of it", () => {
  const wrong = files
    .filter((file) => room(file) === "slices")
    .flatMap((file) => (graph.get(file) ?? []).filter(isOurs).map((i) => name(target(file, i))))
    .filter((to) => to.startsWith("src/adapter/") && to !== "src/adapter/contract.ts");
  expect(wrong).toEqual([]);
});

test("nobody inside the package imports an index.ts", () => {
  const wrong = files.flatMap((file) =>
    (graph.get(file) ?? []).filter((i) => isOurs(i) && /(^|\/)index\.tsx?$/.test(i.specifier)).map(() => name(file)),
  );
  expect(wrong).toEqual([]);
});

test("files do not import each other in a circle", () => {
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].map(name).join(" -> "));
      return;
    }
    if (done.has(file)) return;
    for (const i of graph.get(file) ?? []) if (isOurs(i) && !i.typeOnly) visit(target(file, i), [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

test("a source file stays under 300 lines (SQL and table definitions excepted)", () => {
  const long = files
    .filter((file) => !file.includes("/db/migrations/"))
    .map((file) => ({ file: name(file), lines: readFileSync(file, "utf8").split("\n").length }))
    .filter(({ lines }) => lines > 300);
  expect(long).toEqual([]);
});

test("only the server and the command line touch Node, and only they may", () => {
  const wrong = files
    .filter((file) => !["server", "cli"].includes(room(file)))
    .flatMap((file) => (graph.get(file) ?? []).filter((i) => i.specifier.startsWith("node:")).map(() => name(file)));
  expect(wrong).toEqual([]);
});

/** The packages that an entry pulls in as soon as it is imported: through static imports alone. */
function packagesOf(entry: string): string[] {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const i of graph.get(file) ?? []) {
      if (i.dynamic || i.typeOnly) continue;
      if (isOurs(i)) visit(target(file, i));
      else
        packages.add(
          i.specifier
            .split("/")
            .slice(0, i.specifier.startsWith("@") ? 2 : 1)
            .join("/"),
        );
    }
  };
  visit(resolve(src, entry));
  return [...packages].sort();
}

test("each entry pulls in only what it is for", () => {
  expect(packagesOf("index.ts")).toEqual(["@noble/hashes", "@reduxjs/toolkit", "cockatiel", "localforage", "zod"]);
  expect(packagesOf("school/index.ts")).toEqual(["zod"]);
  expect(packagesOf("../slices/index.ts")).toEqual(["@reduxjs/toolkit", "zod"]);
  expect(packagesOf("react/index.ts")).toEqual(["@reduxjs/toolkit", "react", "zod"]);
  expect(
    packagesOf("migration/index.ts").filter((p) => !["@noble/hashes", "zod", "jsonc-parser", "papaparse"].includes(p)),
  ).toEqual([]);
  // The optional peers come in when a server is made, so that a missing one can be named.
  expect(packagesOf("server/index.ts").filter((p) => !["@noble/hashes", "zod"].includes(p))).toEqual([]);
});
