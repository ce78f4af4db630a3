/** `audit`: what is in a source, how healthy it is, and what to decide; nothing is written. */
import { schoolIdOf, sharedNamespace } from "../../domain/ids.ts";
import type { AuditReport } from "../../migration/audit/audit.ts";
import { auditText, inventoryText } from "../../migration/audit/audit-text.ts";
import { readEntries } from "../../migration/source/read-entries.ts";
import type { Command } from "../command.ts";
import { defaultSchool, domains } from "../connect.ts";
import { type Input, type InputOptions, readInput } from "../input.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";

export type AuditOptions = InputOptions & Pick<AllOptions, "inventory">;

export async function audit(options: AuditOptions, io: Io) {
  const input = await readInput(options, io);
  const { report, text } = await auditOf(input);
  if (!options.inventory) return done(report, text);
  const { inventory } = readEntries(input.source, input.layout);
  return done({ ...report, inventory }, `${text}\nEvery key:\n${inventoryText(inventory)}`);
}

export interface Audited {
  readonly report: AuditReport;
  readonly text: string;
}

export async function auditOf({ source, read }: Input): Promise<Audited> {
  // The ids are not shown; any school's do.
  const reading = await read(source, { namespace: sharedNamespace(schoolIdOf(defaultSchool)), domains });
  const report = reading.audit() as AuditReport;
  return { report, text: auditText(report) };
}

export const auditCommand: Command<AuditOptions> = {
  name: "audit",
  summary: "say what is in a source, how healthy it is, and what to decide; nothing is written",
  argument: {
    name: "source",
    summary: "a .json or .json.gz file: a dump of localStorage or an export of the old app",
    required: true,
  },
  options: ["layout", "domain", "inventory", "demo", "yes"],
  examples: [
    ["audit school.json", "counts, health, and findings: what blocks, what to decide, what to know"],
    ["audit school.json --inventory", "every key with its inferred shape"],
    ["audit list.json --domain students", "a bare list"],
    ["audit school.json --demo demo.json", "which records are those that the app came with"],
  ],
  run: audit,
};
