/** `restore`: gives back what a backup holds: a source as a file, records to their school. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { AdapterError } from "../../domain/errors.ts";
import { type SchoolId, schoolIdOf } from "../../domain/ids.ts";
import { readBackup } from "../../migration/backup/backup.ts";
import type { BackupContent, RecordsByDomain } from "../../migration/backup/content.ts";
import { slices } from "../../migration/bisect.ts";
import { originText } from "../../migration/export/origin.ts";
import { remote as remoteOf } from "../../migration/remote.ts";
import type { LegacySource } from "../../migration/types.ts";
import type { Command } from "../command.ts";
import { type Connection, type ConnectOptions, connected, defaultSchool, schoolOfToken } from "../connect.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { placeOf } from "../place.ts";
import { progressView } from "../progress.ts";
import { confirm } from "../questions.ts";
import { backupPassword } from "../secrets.ts";
import { plural, table } from "../text.ts";
import { writeOutput } from "../write-output.ts";

export type RestoreOptions = ConnectOptions &
  Pick<AllOptions, "out" | "passwordFile" | "dryRun" | "yes" | "json"> & { readonly backup: string };

/** @throws BACKUP_AUTH before anything is written; CONFIRMATION_REQUIRED; CONFIG_INVALID for a source without `out` */
export async function restore(options: RestoreOptions, io: Io) {
  const password = await backupPassword(options, io);
  const file = await readFile(resolve(io.cwd, options.backup));
  const school = namedSchool(options, io);
  const content = await readBackup(file, { school, password });
  if (content.kind === "source") return restoreSource(content.source, options, io);
  return restoreRecords(content, options, io);
}

/** Known without opening anything, so that a backup of another school is refused first. */
function namedSchool(options: RestoreOptions, io: Io): SchoolId {
  const token = options.token ?? io.env.HDA_TOKEN;
  if (placeOf(options, io).kind === "http" && token) return schoolOfToken(token, options.school);
  return schoolIdOf(options.school ?? defaultSchool);
}

async function restoreSource(source: LegacySource, options: RestoreOptions, io: Io) {
  const { name, container, fingerprint, values } = source;
  const facts = { kind: "source" as const, source: { name, container, fingerprint }, values: values.length };
  if (options.dryRun)
    return done(facts, `The backup holds ${name}: ${plural(values.length, "value")}. Nothing was written.`);
  if (options.out === undefined) {
    throw new AdapterError("CONFIG_INVALID", "The backup holds a source; it is written to a file.", {
      place: "--out",
      fix: "Say where with --out <file>, then migrate that file.",
    });
  }
  const file = resolve(io.cwd, options.out);
  await writeOutput(file, originText(source), { replace: options.yes });
  return done({ ...facts, file }, `${file}: ${plural(values.length, "value")} of ${name}.`);
}

const recordsPerRequest = 1000;

async function restoreRecords(content: Extract<BackupContent, { kind: "records" }>, options: RestoreOptions, io: Io) {
  const { records } = content;
  const counts = Object.entries(records).map(([name, list]) => [name, list.length] as const);
  const total = counts.reduce((sum, [, n]) => sum + n, 0);
  const rows = table(counts.filter(([, n]) => n > 0));
  const domainCounts = Object.fromEntries(counts.map(([name, n]) => [name, { records: n }]));
  if (options.dryRun) {
    const text = `The backup holds ${plural(total, "record")}. Nothing was written.\n${rows}`;
    return done({ kind: "records" as const, restored: 0, domains: domainCounts }, text);
  }
  return connected(options, io, async (connection) => {
    await confirm(io, options.yes, {
      text: `Put ${plural(total, "record")} of school ${connection.schoolName} back as they were? Newer values of them are replaced; they stay in the history.`,
    });
    const restored = await putBack(connection, records, { io, quiet: options.json ?? false });
    const text = `Put back ${plural(restored, "record")}. What was added since stays.\n${rows}`;
    return done({ kind: "records" as const, restored, domains: domainCounts }, text);
  });
}

async function putBack(
  { remote, domains }: Connection,
  records: RecordsByDomain,
  { io, quiet }: { io: Io; quiet: boolean },
): Promise<number> {
  const unknown = Object.keys(records).find((name) => !domains.has(name));
  if (unknown !== undefined)
    throw new AdapterError("CONFIG_INVALID", `There is no domain ${unknown}.`, { place: unknown });
  const server = remoteOf(remote);
  const progress = progressView(io, quiet);
  let restored = 0;
  try {
    for (const { name } of domains.all) {
      const own = records[name] ?? [];
      let sent = 0;
      for (const put of slices(own, recordsPerRequest)) {
        restored += (await server.repair(name, { put, remove: [] })).put;
        sent += put.length;
        progress.report({ step: "restore", done: sent, total: own.length, unit: "records", domain: name });
      }
    }
  } finally {
    progress.stop();
  }
  return restored;
}

export const restoreCommand: Command<RestoreOptions> = {
  name: "restore",
  summary: "give back what a backup holds: a source as a file, records to their school",
  argument: { name: "backup", summary: "a .hdabackup file", required: true },
  options: ["to", "school", "token", "ownerUrl", "out", "passwordFile", "dryRun", "yes"],
  examples: [
    ["restore hill.hdabackup --password-file key.txt --dry-run", "check it and see what it holds"],
    ["restore hill.hdabackup --password-file key.txt --yes", "put the school's records back as they were"],
    ["restore before.hdabackup --out school.json", "the source, as a file that migrate reads"],
  ],
  run: restore,
};
