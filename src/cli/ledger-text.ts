/** Ledger, proof and differences for people. */
import type { LedgerReport, MigrateReport, Verification } from "../migration/options.ts";
import { outcomes } from "../migration/types.ts";
import { count, plural, table } from "./text.ts";

export function ledgerText({ entries, parts, balanced, byOutcome, partsByOutcome }: LedgerReport): string {
  const shown = outcomes.toReversed().filter((outcome) => byOutcome[outcome] > 0 || partsByOutcome[outcome] > 0);
  const rows = shown.map((outcome) => [outcome, byOutcome[outcome], partsByOutcome[outcome]]);
  return [
    `Ledger: ${balanced ? "balanced" : "NOT BALANCED"}`,
    table([["", "entries", "parts"], ...rows, ["in all", entries, parts]]),
  ].join("\n");
}

export const recordsText = (domains: MigrateReport["domains"]): string =>
  table([["domain", "records"], ...Object.entries(domains).map(([name, { records }]) => [name, records])]);

const shownDifferences = 50;

export function verificationText(verification: Verification): string {
  const { equal, differences, changedSince, domains } = verification;
  const records = Object.values(domains).reduce((sum, d) => sum + d.expected, 0);
  const lines = [
    equal
      ? `Verification: equal (${plural(records, "record")}${verification.deep ? ", every row read" : ""}, ${plural(verification.requests, "request")})`
      : `Verification: ${plural(differences.length, "difference")}`,
  ];
  for (const d of differences.slice(0, shownDifferences)) {
    if (d.kind === "count_mismatch") {
      lines.push(`  count_mismatch ${d.domain}: ${count(d.expected)} expected, ${count(d.actual)} found`);
      continue;
    }
    lines.push(`  ${d.kind} ${d.domain}/${d.id}${d.externalId === null ? "" : ` (${oneLine(d.externalId)})`}`);
    if (d.kind !== "data_mismatch") continue;
    for (const f of d.fields) lines.push(`    ${f.field}: ${oneLine(f.expected)} expected, ${oneLine(f.actual)} found`);
  }
  if (differences.length > shownDifferences)
    lines.push(`  … and ${count(differences.length - shownDifferences)} more; --json lists all`);
  if (changedSince.length > 0) {
    lines.push(`Changed since by people, which is no difference: ${plural(changedSince.length, "record")}`);
    for (const c of changedSince.slice(0, 5))
      lines.push(`  ${c.op} ${c.domain}/${c.id} by ${oneLine(c.author)}, ${c.at}`);
  }
  return lines.join("\n");
}

/** What others wrote must not steer the terminal. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, "?").slice(0, 200);
