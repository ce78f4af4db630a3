/** The audit as text for people, and the inventory as a list. */
import type { Severity } from "../types.ts";
import type { AuditReport } from "./audit.ts";

const headings: Readonly<Record<Severity, string>> = {
  blocks: "Blocks the cutover until somebody decides",
  ask: "To be decided",
  note: "Good to know",
};

/** Readable text, no wider than the messages themselves. */
export function auditText(report: AuditReport): string {
  const { source, storage } = report;
  const lines = [
    `Audit of ${source.name}: ${report.entries} entries, ${report.parts} parts - ${report.health}`,
    `Storage: ${storage.characters} characters, ${Math.round(storage.share * 100)} % of what localStorage holds`,
    "",
    row("domain", "stored", "entries", "records", "merged", "quarantined", "health", "last change"),
  ];
  for (const d of report.domains)
    lines.push(
      row(
        d.domain,
        d.stored,
        String(d.entries),
        String(d.records),
        String(d.parts.merged),
        String(d.parts.quarantined),
        d.health,
        d.lastChange ?? "-",
      ),
    );
  for (const severity of ["blocks", "ask", "note"] as const) {
    const found = report.findings.filter((finding) => finding.severity === severity);
    if (found.length === 0) continue;
    lines.push("", `${headings[severity]}:`);
    for (const finding of found) {
      lines.push(
        `  ${finding.code}${finding.domain ? ` (${finding.domain})` : ""} x ${finding.count}: ${finding.message}`,
      );
      lines.push(
        `    ${finding.examples.map(oneLine).join("; ")}${finding.count > finding.examples.length ? "; …" : ""}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

const widths = [20, 10, 9, 9, 8, 13, 11, 0] as const;
const row = (...cells: readonly string[]): string =>
  cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("")
    .trimEnd();

// A key or id may hold anything; control characters would write to the terminal on their own account.
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, 200);

/** One key of the storage, as the reader's inventory describes it. */
export interface InventoryLine {
  readonly key: string;
  readonly characters: number;
  /** What the value looks like, or what the key is. */
  readonly shape: string;
  /** What its records are taken for; `null` when it holds none. */
  readonly kind: string | null;
}

/** Every key with its size and inferred shape. */
export const inventoryText = (keys: readonly InventoryLine[]): string =>
  keys
    .map((k) => `${oneLine(k.key)}  ${k.characters} characters  ${oneLine(k.shape)}  ${k.kind ?? "no records"}\n`)
    .join("");
