/** What only a human knows before a source goes into a school: asked once, for its first run. */
import { parseNamespace, sharedNamespace } from "../domain/ids.ts";
import { remote as remoteOf } from "../migration/remote.ts";
import { readEntries } from "../migration/source/read-entries.ts";
import type { Connection } from "./connect.ts";
import { activeImports } from "./imports.ts";
import type { Input } from "./input.ts";
import type { Io } from "./io.ts";
import { oneLine } from "./ledger-text.ts";
import type { AllOptions } from "./options.ts";
import { choose, confirm } from "./questions.ts";

export interface Asked {
  readonly input: Input;
  readonly options: Pick<AllOptions, "namespace" | "yes" | "dryRun">;
}

/**
 * Confirms what was inferred, and finds out whether this source held a data set of its own. A dry run guesses.
 * @throws CONFIRMATION_REQUIRED when nobody can be asked; `yes` means that what was inferred holds, and shared
 */
export async function decide(
  { remote, school }: Pick<Connection, "remote" | "school">,
  { input, options }: Asked,
  io: Io,
): Promise<"shared" | "own"> {
  const { source } = input;
  const imports = await activeImports(remoteOf(remote));
  const same = imports.find((info) => info.fingerprint === source.fingerprint);
  if (same) return options.namespace ?? (parseNamespace(same.namespace) === sharedNamespace(school) ? "shared" : "own");
  if (!options.dryRun) await confirmInferred(input, options, io);
  if (options.namespace !== undefined) return options.namespace;
  const [other] = imports;
  if (!other || options.yes || options.dryRun) return "shared";
  return choose(io, ["shared", "own"], {
    text: `This school already has an import (${oneLine(other.source)}). Did ${oneLine(source.name)} hold the same data set (shared), or one of its own (own)?`,
    option: "--namespace shared or --namespace own",
  });
}

const shown = 10;

async function confirmInferred({ source, layout }: Input, { yes }: Asked["options"], io: Io): Promise<void> {
  const inferred = readEntries(source, layout).inventory.flatMap(({ key, lists }) =>
    lists
      .filter(({ by, kind, items }) => by === "guess" && kind !== null && items > 0)
      .map(({ at, kind, items }) => `${oneLine(key + at)} (${items} like ${kind})`),
  );
  if (inferred.length === 0) return;
  const more = inferred.length > shown ? ` and ${inferred.length - shown} more` : "";
  await confirm(io, yes, {
    text: `No layout declares ${inferred.slice(0, shown).join(", ")}${more}. Read them as what they look like?`,
    option: "--yes, or declare them with --layout",
  });
}
