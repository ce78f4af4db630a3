/** SPEC.md says what the machine does: its tables name every state, and every cell that can happen, and no other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cells } from "../../src/sync/machine.ts";

const spec = readFileSync(join(import.meta.dirname, "../../src/sync/SPEC.md"), "utf8");

/** The rows of the table under a heading, each as its cells. */
function table(heading: string): string[][] {
  const section = spec.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1))
    .map((row) => row.map((cell) => cell.trim()));
}

const nameOf = (cell = ""): string => cell.replaceAll("`", "");
const columns: readonly (readonly string[])[] = [
  ["start"],
  ["elected"],
  ["deposed"],
  ["wake"],
  ["asked"],
  ["due"],
  ["replied", "paged", "gathered", "located", "positioned"],
  ["refused"],
  ["stored"],
  ["unstored"],
  ["tokenChanged"],
  ["held", "released"],
  ["closed"],
];

test("every state is described", () => {
  expect(table("States").map(([state]) => nameOf(state))).toEqual([...new Set(cells.map(([state]) => state))]);
});

test("every cell of the transitions is one of the machine's", () => {
  const possible = new Set(cells.map(([state, event]) => `${state} ${event}`));
  const rows = table("Transitions").filter((row) => row.length === columns.length + 1);
  expect(rows.map(([state]) => nameOf(state))).toEqual([...new Set(cells.map(([state]) => state))]);
  for (const [state, ...row] of rows) {
    for (const [i, events] of columns.entries()) {
      const happens = events.some((event) => possible.has(`${nameOf(state)} ${event}`));
      expect([nameOf(state), events[0], row[i] !== "—"]).toEqual([nameOf(state), events[0], happens]);
    }
  }
});

test("every test file that SPEC.md names is there", () => {
  const named = new Set([...spec.matchAll(/`([a-z-]+\.test\.ts)`/g)].map((match) => match[1] ?? ""));
  expect(named.size).toBeGreaterThan(5);
  for (const file of named) {
    const folder = file === "sync-transport.test.ts" ? "../remote" : ".";
    expect(readFileSync(join(import.meta.dirname, folder, file), "utf8")).toContain("test(");
  }
});
