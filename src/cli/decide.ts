/** What only a human knows before a source goes into a school: asked once, for its first run. */
import { parseNamespace, sharedNamespace } from "../domain/ids.ts";
import type { ImportInfo } from "../domain/migration-wire.ts";
import { demoEntriesOf } from "../migration/read-as-imported.ts";
import type { ReadSource } from "../migration/reading.ts";
import { type Remote, remote as remoteOf } from "../migration/remote.ts";
import { demoRecords } from "../migration/source/demo-records.ts";
import { readEntries } from "../migration/source/read-entries.ts";
import type { LegacySource } from "../migration/types.ts";
import type { Connection } from "./connect.ts";
import { activeImports } from "./imports.ts";
import { type Input, leavingDemo } from "./input.ts";
import type { Io } from "./io.ts";
import { oneLine } from "./ledger-text.ts";
import type { AllOptions } from "./options.ts";
import { agree, choose, confirm } from "./questions.ts";
import { plural } from "./text.ts";

export interface Asked {
  readonly input: Input;
  readonly options: Pick<AllOptions, "namespace" | "yes" | "dryRun" | "excludeDemo">;
}

export interface Decided {
  /** Whether this source held a data set of its own. */
  readonly namespace: "shared" | "own";
  /** The reader, without demo records where that was said. */
  readonly read: ReadSource;
}

/**
 * Confirms what was inferred, and finds out what the source cannot say. A dry run guesses.
 * @throws CONFIRMATION_REQUIRED when nobody can be asked; `yes` means that what was inferred holds, and shared
 */
export async function decide(
  { remote, school }: Pick<Connection, "remote" | "school">,
  { input, options }: Asked,
  io: Io,
): Promise<Decided> {
  const { source } = input;
  const asked = remoteOf(remote);
  const imports = await activeImports(asked);
  const same = imports.find((info) => info.fingerprint === source.fingerprint);
  const read = await readerOf(asked, same, { input, options }, io);
  if (same) {
    const before = parseNamespace(same.namespace) === sharedNamespace(school) ? "shared" : "own";
    return { namespace: options.namespace ?? before, read };
  }
  if (!options.dryRun) await confirmInferred(input, options, io);
  if (options.namespace !== undefined) return { namespace: options.namespace, read };
  const [other] = imports;
  if (!other || options.yes || options.dryRun) return { namespace: "shared", read };
  const namespace = await choose(io, ["shared", "own"], {
    text: `This school already has an import (${oneLine(other.source)}). Did ${oneLine(source.name)} hold the same data set (shared), or one of its own (own)?`,
    option: "--namespace shared or --namespace own",
  });
  return { namespace, read };
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

/** A run that goes on, or again, leaves out what the first one left out: the decision is in the ledger. */
async function readerOf(
  remote: Remote,
  same: ImportInfo | undefined,
  { input, options }: Asked,
  io: Io,
): Promise<ReadSource> {
  const { demo, layout, read } = input;
  // One that was stopped half way may not have come to them: what is said now is said again.
  if (same && (same.state === "sealed" || !demo)) {
    const isDemo = await demoEntriesOf(remote, same.importId);
    return isDemo ? (source, how) => read(source, { ...how, isDemo }) : read;
  }
  if (!demo) return read;
  const found = countDemo(input, demo);
  if (found === 0) return read;
  const exclude =
    options.excludeDemo ||
    (!options.dryRun &&
      (await agree(
        io,
        options.yes,
        `${plural(found, "entry", "entries")} equal records that the app came with. Leave them out?`,
      )));
  return exclude ? leavingDemo(layout, demo, true) : read;
}

function countDemo({ source, layout }: Input, demo: LegacySource): number {
  const equals = demoRecords([demo], layout);
  return readEntries(source, layout).entries.filter(equals).length;
}
