/** Numbers and tables for people. */

/** `12,345`: the same in every locale, so that a pipe can rely on it. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

export function bytes(value: number): string {
  if (value < 1024) return plural(value, "byte");
  const power = Math.min(3, Math.floor(Math.log2(value) / 10));
  return `${(value / 1024 ** power).toFixed(1)} ${["", "KiB", "MiB", "GiB"][power]}`;
}

/** Columns side by side; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[], indent = "  "): string {
  const texts = rows.map((row) => row.map((cell) => (typeof cell === "number" ? count(cell) : cell)));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  return texts
    .map((row, r) =>
      row
        .map((cell, c) => {
          const isNumber = typeof rows[rows.length > 1 && r === 0 ? 1 : r]?.[c] === "number";
          return isNumber ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0);
        })
        .join("  ")
        .trimEnd(),
    )
    .map((line) => indent + line)
    .join("\n");
}

/** `migrated 30, conflict 2`; what is zero is left out. */
export const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(", ") || "none";
