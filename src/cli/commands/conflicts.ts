/** `conflicts`: where two records or two writes met, and nobody decided yet. */
import type { OpenConflict } from "../../domain/conflict-wire.ts";
import { listConflicts } from "../../migration/decisions.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import type { Command } from "../command.ts";
import { type Connection, type ConnectOptions, connected } from "../connect.ts";
import { oneImport } from "../imports.ts";
import type { Io } from "../io.ts";
import { oneLine } from "../ledger-text.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { count, plural } from "../text.ts";
import { resolveConflictsCommand } from "./conflicts-resolve.ts";

export type ConflictsOptions = ConnectOptions & Pick<AllOptions, "import" | "showValues">;

/** @throws IMPORT_UNKNOWN */
export async function conflicts(options: ConflictsOptions, io: Io) {
  return connected(options, io, async (connection) => {
    const found = await openOf(connection, options);
    return done({ conflicts: found }, conflictsText(found, options.showValues));
  });
}

/** Those of one import, or all. */
export async function openOf({ remote }: Connection, choice: Pick<AllOptions, "import">): Promise<OpenConflict[]> {
  const info = choice.import === undefined ? null : await oneImport(remoteOf(remote), choice);
  return listConflicts({ remote, importId: info?.importId });
}

const shown = 50;

/** Values may be personal: shown on a terminal only when they are asked for. */
export function conflictsText(found: readonly OpenConflict[], values = false): string {
  if (found.length === 0) return "No open conflicts.";
  const lines = [`${plural(found.length, "open conflict")}:`];
  for (const { id, domain, recordId, kind, stands, loser, fields, author, at } of found.slice(0, shown)) {
    lines.push(`  ${id}`, `    ${kind} ${domain}/${recordId}, by ${oneLine(author)}, ${at}`);
    if (loser.deleted === true) lines.push("    first: the record stays; second: it is deleted");
    else if (stands === null) lines.push("    first: it stays deleted; second: it comes back");
    else if (!values) lines.push(`    differ in ${fields.join(", ") || "nothing"}`);
    else for (const name of fields) lines.push(`    ${name}: first ${said(stands[name])}, second ${said(loser[name])}`);
  }
  if (found.length > shown) lines.push(`  … and ${count(found.length - shown)} more; --json lists all`);
  return [...lines, "", "Decide: hybrid-data-adapter conflicts resolve <id…> --keep first|second"].join("\n");
}

const said = (value: unknown): string => oneLine(JSON.stringify(value ?? null));

export const conflictsCommand: Command<ConflictsOptions> = {
  name: "conflicts",
  summary: "list what two writers or two imports said of one record, and decide it",
  options: ["to", "school", "token", "ownerUrl", "import", "showValues"],
  examples: [
    ["conflicts --show-values", "every open one, with both sides"],
    ["conflicts resolve <id> --keep second --dry-run", "what a decision would do"],
    ["conflicts resolve --all --import 5f2c --keep first --yes", "all of one import at once"],
  ],
  subcommands: [resolveConflictsCommand],
  run: conflicts,
};
