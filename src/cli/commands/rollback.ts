/** `rollback`: takes an import's unchanged rows away again. */
import { AdapterError } from "../../domain/errors.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import { rollback as rollBack } from "../../migration/rollback.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected } from "../connect.ts";
import { oneImport } from "../imports.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { confirm } from "../questions.ts";
import { plural, table } from "../text.ts";

export type RollbackCommandOptions = ConnectOptions & Pick<AllOptions, "import" | "dryRun" | "yes">;

/** @throws ROLLBACK_CHANGED when rows were changed since and are not exported; CONFIRMATION_REQUIRED */
export async function rollback(options: RollbackCommandOptions, io: Io) {
  return connected(options, io, async ({ remote }) => {
    const info = await oneImport(remoteOf(remote), options);
    const { importId } = info;
    const preview = await rollBack({ remote, importId, dryRun: true });
    const rows = Object.values(preview.removed).reduce((sum, n) => sum + n, 0);
    const removed = Object.entries(preview.removed).filter(([, n]) => n > 0);
    const list = removed.length > 0 ? `\n${table(removed)}` : "";
    if (preview.changed.length > 0 && !options.dryRun) {
      const places = preview.changed.slice(0, 5).map(({ domain, id }) => `${domain}/${id}`);
      throw new AdapterError(
        "ROLLBACK_CHANGED",
        `${plural(preview.changed.length, "row")} of this import changed since and would be lost: ${places.join(", ")}${preview.changed.length > 5 ? ", …" : ""}.`,
        { fix: "Export them first: hybrid-data-adapter export --layout origin --out <file>.", facts: { importId } },
      );
    }
    if (options.dryRun) {
      const changed = preview.changed.length > 0 ? `\n${plural(preview.changed.length, "row")} changed since.` : "";
      return done({ importId, ...preview }, `Would remove ${plural(rows, "row")} of ${info.source}.${list}${changed}`);
    }
    await confirm(io, options.yes, { text: `Remove ${plural(rows, "row")} that ${info.source} brought?` });
    const report = await rollBack({ remote, importId, dryRun: false });
    return done(
      { importId, ...report },
      `Removed ${plural(rows, "row")} of ${info.source}.${list}\nArchive and ledger stay.`,
    );
  });
}

export const rollbackCommand: Command<RollbackCommandOptions> = {
  name: "rollback",
  summary: "remove the rows of an import that nobody changed since",
  options: ["to", "school", "token", "ownerUrl", "import", "dryRun", "yes"],
  examples: [
    ["rollback --dry-run", "what would be removed"],
    ["rollback --import 5f2c --yes", "one of several imports, by the beginning of its id"],
  ],
  run: rollback,
};
