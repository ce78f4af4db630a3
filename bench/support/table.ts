/** Figures of one run: medians, spread, a table for people, and the file for programs. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** One line of the table; every figure is set beside the limit or the peer of the same run. */
export interface Figure {
  /** `T5` and so on, as TARGETS.md numbers them. */
  readonly target: string;
  readonly work: string;
  readonly ours: string;
  readonly beside: string;
  readonly ratio: number | null;
  readonly goal: string;
  readonly reached: boolean | null;
  readonly note?: string;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

/** `12.3 ms (11.9–14.0)` */
export const withSpread = (values: readonly number[], unit: string, digits = 1): string =>
  `${median(values).toFixed(digits)} ${unit} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;

export function printTable(figures: readonly Figure[]): void {
  const rows = figures.map((f) => [
    f.target,
    f.work,
    f.ours,
    f.beside,
    f.ratio === null ? "" : `${f.ratio.toFixed(2)}×`,
    f.goal,
    f.reached === null ? "" : f.reached ? "reached" : "MISSED",
  ]);
  const all = [["#", "work", "ours", "beside", "ratio", "goal", ""], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of all)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  for (const f of figures) if (f.note) console.log(`${f.target}: ${f.note}`);
}

export function writeResults(file: string, figures: readonly Figure[], facts: Readonly<Record<string, unknown>>): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ facts, figures }, null, 2)}\n`);
}
