/** What the README shows of the example is the example. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
/** Blocks whose first line names a file of the example, with what they show of it. */
const shown = [...readme.matchAll(/^```tsx?\n\/\/ (\S+)\n([\s\S]*?)\n```$/gm)].map(([, file = "", code = ""]) => ({
  file,
  code,
}));

test("Getting started shows the adapter, the store, a list and a test", () => {
  const files = shown.map(({ file }) => file);
  expect(files).toEqual(
    expect.arrayContaining(["src/adapter.ts", "src/store.ts", "src/students.tsx", "test/students.test.ts"]),
  );
});

test.each(shown)("$file: what is shown stands in the example, word for word", ({ file, code }) => {
  expect(readFileSync(join(root, "examples/school-admin", file), "utf8")).toContain(code);
});
