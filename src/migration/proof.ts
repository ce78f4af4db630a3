/** The end of a migration, in numbers and in plain words. */
import type { MigrateReport, Proof, Verification } from "./options.ts";

type Told = Pick<MigrateReport, "importId" | "source" | "ledger" | "backup"> & {
  readonly school: string;
  readonly verification: Verification;
  readonly exceptions: Readonly<Record<string, number>>;
};

export function proofOf(told: Told): Proof {
  const { importId, school, source, ledger, backup, verification, exceptions } = told;
  const domains = Object.fromEntries(
    Object.entries(verification.domains).map(([name, d]) => [name, { records: d.expected, digest: d.expectedSum }]),
  );
  const { equal, seq, differences, changedSince } = verification;
  const numbers = {
    format: "hybrid-data-adapter/proof@1" as const,
    importId: importId ?? "",
    school,
    source,
    ledger,
    domains,
    verification: { equal, seq, differences: differences.length, changedSince: changedSince.length },
    backup,
    exceptions,
  };
  return { ...numbers, text: inWords(numbers) };
}

function inWords(proof: Omit<Proof, "text">): string {
  const { ledger, verification, backup } = proof;
  const outcomes = Object.entries(ledger.byOutcome).filter(([, n]) => n > 0);
  const exceptions = Object.entries(proof.exceptions);
  return [
    `Import ${proof.importId} of ${proof.source.name} (fingerprint ${proof.source.fingerprint}) into school ${proof.school}.`,
    `The source held ${ledger.entries} entries, which turned into ${ledger.parts} parts. ${
      ledger.balanced ? "Every one of them has an outcome" : "NOT EVERY one of them has an outcome"
    }: ${outcomes.map(([outcome, n]) => `${n} ${outcome}`).join(", ") || "none"}.`,
    ...Object.entries(proof.domains).map(([name, d]) => `${name}: ${d.records} records, digest ${d.digest}.`),
    verification.equal
      ? `The server was compared with the source at its change ${verification.seq}: equal.`
      : `The server was compared with the source at its change ${verification.seq}: ${verification.differences} DIFFERENCES.`,
    ...(verification.changedSince > 0
      ? [`${verification.changedSince} records were changed since by people named in the history.`]
      : []),
    backup
      ? `Before the first write a backup of ${backup.bytes} bytes was made and restored to compare: SHA-256 ${backup.sha256}.`
      : "The backup was made by an earlier run.",
    exceptions.length > 0
      ? `Parts that are no row as they stood: ${exceptions.map(([reason, n]) => `${n} ${reason}`).join(", ")}. Each is in the ledger with its value.`
      : "Every part became a row as it stood.",
  ].join("\n");
}
