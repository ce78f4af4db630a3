/** Which of a school's imports a command is about. */
import { AdapterError } from "../domain/errors.ts";
import type { ImportInfo } from "../domain/migration-wire.ts";
import type { Remote } from "../migration/remote.ts";

/** How an import is told from the others. */
export interface ImportChoice {
  /** Its id, or the beginning of it. */
  readonly import?: string;
  /** The source that was imported. */
  readonly fingerprint?: string;
}

/** Those that brought something that is still there, newest first. */
export async function activeImports(remote: Remote): Promise<ImportInfo[]> {
  const all = (await remote.imports()).filter((info) => info.state !== "rolledBack");
  return all.sort((a, b) => (a.openedAt < b.openedAt ? 1 : -1));
}

/**
 * The imports that were meant; all, when nothing was said.
 * @throws IMPORT_UNKNOWN when there is none
 */
export async function importsOf(remote: Remote, choice: ImportChoice): Promise<readonly [ImportInfo, ...ImportInfo[]]> {
  const active = await activeImports(remote);
  const [first, ...rest] = active.filter(
    (info) =>
      (choice.import === undefined || info.importId.startsWith(choice.import.toLowerCase())) &&
      (choice.fingerprint === undefined || info.fingerprint === choice.fingerprint),
  );
  if (first) return [first, ...rest];
  const what = choice.import ? `the id ${choice.import}` : choice.fingerprint ? "this source" : "rows";
  throw new AdapterError("IMPORT_UNKNOWN", `This school has no import with ${what}.`, {
    facts: { imports: active.map((info) => info.importId) },
  });
}

/**
 * The one import that was meant.
 * @throws IMPORT_UNKNOWN when there is none; CONFIG_INVALID when there are several
 */
export async function oneImport(remote: Remote, choice: ImportChoice): Promise<ImportInfo> {
  const [first, ...rest] = await importsOf(remote, choice);
  if (rest.length === 0) return first;
  const list = [first, ...rest].map((info) => `${info.importId} (${info.source})`);
  throw new AdapterError("CONFIG_INVALID", `This school has ${list.length} imports: ${list.join(", ")}.`, {
    place: "--import",
    fix: "Say which one with --import <id>; its beginning is enough.",
  });
}
