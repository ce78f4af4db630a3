/** The components of the demos show what an app would write: they know the slices, and nothing of the package but types. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ui = join(import.meta.dirname, "../../storybook/ui");

test("a component of a demo imports nothing from src but types", () => {
  const components = readdirSync(ui).filter((file) => file.endsWith(".tsx"));
  expect(components).not.toEqual([]);
  const wrong = components.flatMap((file) => {
    const imports = readFileSync(join(ui, file), "utf8").matchAll(
      /^import\s+(?!type\s)[^;]*?"(\.\.\/\.\.\/src\/[^"]*)"/gm,
    );
    return [...imports].map(([, from]) => `${file} -> ${from}`);
  });
  expect(wrong).toEqual([]);
});
