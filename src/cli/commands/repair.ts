/** `repair`: shows what would be mended, asks, mends it, and verifies. */
import type { RepairPlan } from "../../migration/options.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import { repair as repairImport } from "../../migration/repair.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected } from "../connect.ts";
import { oneImport } from "../imports.ts";
import { type InputOptions, readerOf, readInput } from "../input.ts";
import { type Io, say } from "../io.ts";
import { verificationText } from "../ledger-text.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { confirm } from "../questions.ts";
import { count, plural } from "../text.ts";

export type RepairCommandOptions = ConnectOptions &
  Partial<InputOptions> &
  Pick<AllOptions, "import" | "dryRun" | "yes" | "json" | "showValues">;

/** @throws IMPORT_UNKNOWN, CONFIRMATION_REQUIRED, REFERENCED or UNIQUE_TAKEN when other rows stand in the way */
export async function repair(options: RepairCommandOptions, io: Io) {
  const input = options.source === undefined ? null : await readInput({ ...options, source: options.source }, io);
  return connected(options, io, async ({ remote, school, domains }) => {
    const choice = { import: options.import, fingerprint: input?.source.fingerprint };
    const info = await oneImport(remoteOf(remote), choice);
    const read = input?.read ?? (await readerOf(options, io));
    const about = { remote, school, domains, importId: info.importId, source: input?.source, read };
    const base = { ...about, showValues: options.showValues };
    const preview = await repairImport({ ...base, apply: false });
    const { put, remove } = preview.plan;
    const found = verificationText(preview.verification);
    const nothingToDo = put.length + remove.length === 0;
    if (options.dryRun || nothingToDo) {
      const text = nothingToDo ? "Nothing to mend." : `${planText(preview.plan)}\nNothing was written.`;
      return done(preview, `${found}\n${text}`, preview.verification.equal);
    }
    if (!options.json && !options.yes) say(io, `${found}\n${planText(preview.plan)}`);
    await confirm(io, options.yes, {
      text: `Put ${plural(put.length, "record")} back and remove ${count(remove.length)}?`,
    });
    const report = await repairImport({ ...base, apply: true, verification: preview.verification });
    const { verification } = report;
    const text = `Put back ${plural(report.put, "record")}, removed ${count(report.removed)}.\n${verificationText(verification)}`;
    return done(report, text, verification.equal);
  });
}

const shown = 50;

function planText({ put, remove }: RepairPlan): string {
  const lines = [
    ...put.map((p) => `  put back ${p.domain}/${p.id} (${p.because})`),
    ...remove.map((r) => `  remove ${r.domain}/${r.id}`),
  ];
  const more = lines.length > shown ? [`  … and ${count(lines.length - shown)} more; --json lists all`] : [];
  return ["Plan:", ...lines.slice(0, shown), ...more].join("\n");
}

export const repairCommand: Command<RepairCommandOptions> = {
  name: "repair",
  summary: "put back what is missing or altered and remove what nobody brought; shown first, then applied",
  argument: { name: "source", summary: "what was imported; without it the server's archive is read", required: false },
  options: ["to", "school", "token", "ownerUrl", "layout", "domain", "import", "dryRun", "yes", "showValues"],
  examples: [
    ["repair --dry-run", "what would be mended"],
    ["repair --yes", "mend it without being asked, and verify"],
  ],
  run: repair,
};
