/** `migrate`: moves what a browser held into a school, and proves it. */
import { join } from "node:path";
import { hasCode } from "../../domain/errors.ts";
import type { BackupReceipt } from "../../migration/backup/backup.ts";
import { migrate as migrateSource } from "../../migration/migrate.ts";
import type { MigrateOptions, MigrateReport } from "../../migration/options.ts";
import { writeBackup } from "../backup-file.ts";
import type { Command } from "../command.ts";
import { type Connection, type ConnectOptions, connected, unconnected } from "../connect.ts";
import { decide } from "../decide.ts";
import { type Input, type InputOptions, readInput } from "../input.ts";
import type { Io } from "../io.ts";
import { ledgerText, recordsText, verificationText } from "../ledger-text.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { describePlace } from "../place.ts";
import { progressView } from "../progress.ts";
import { confirm } from "../questions.ts";
import { backupPassword } from "../secrets.ts";
import { bytes, plural } from "../text.ts";

export type MigrateCommandOptions = ConnectOptions &
  InputOptions &
  Pick<AllOptions, "namespace" | "dryRun" | "passwordFile" | "yes" | "json" | "excludeDemo">;

/**
 * @throws what `migrate` of the library throws, and CONFIRMATION_REQUIRED when a question is open and nobody can be asked
 */
export async function migrate(options: MigrateCommandOptions, io: Io) {
  const input = await readInput(options, io);
  // Before a database is opened: a wrong option costs nothing.
  const password = await backupPassword(options, io);
  const use = async (connection: Connection) => {
    const report = await migrateInto(connection, { input, options, password }, io);
    return done(report, migrateText(report), report.ledger.balanced && (report.verification?.equal ?? true));
  };
  // A dry run does not make a database only to find it empty.
  const nowhere = options.dryRun ? unconnected(options, io) : null;
  return nowhere ? use(nowhere) : connected(options, io, use);
}

export type Told = MigrateReport & {
  readonly place: string;
  readonly school: string;
  readonly backupFile: string | null;
};

/** The same with a server that is already asked. */
export async function migrateInto(
  connection: Connection,
  { input, options, password }: Omit<Run, "backup"> & { readonly password: string | undefined },
  io: Io,
): Promise<Told> {
  const { place, school, ownFolder } = connection;
  // One name for one source in one school, so that a run that goes on replaces what a killed one left.
  const name = `${school.slice(0, 8)}-${input.source.fingerprint.slice(0, 16)}.hdabackup`;
  const file = join(ownFolder, "backups", name);
  const backup = (): Promise<BackupReceipt> =>
    writeBackup({ file, content: { kind: "source", source: input.source }, school, password, replace: true }, io);
  const report = await run(connection, { input, options, backup }, io);
  return { ...report, place: describePlace(place), school, backupFile: report.backup ? file : null };
}

interface Run {
  readonly input: Input;
  readonly options: Pick<AllOptions, "namespace" | "dryRun" | "yes" | "json" | "excludeDemo">;
  readonly backup: MigrateOptions["backup"];
}

async function run(connection: Connection, { input, options, backup }: Run, io: Io): Promise<MigrateReport> {
  const { remote, school, domains, journal } = connection;
  const { source } = input;
  const { namespace, read } = await decide(connection, { input, options }, io);
  const told = { remote, school, domains, journal, source, read, namespace, backup };
  const base: MigrateOptions = { ...told, clock: () => io.now().getTime(), dryRun: options.dryRun };
  const progress = progressView(io, options.json);
  try {
    return await migrateSource({ ...base, allowEmpty: options.yes }, progress.report);
  } catch (error) {
    if (!hasCode("SOURCE_EMPTY")(error) || !io.isTTY) throw error;
    progress.stop();
    await confirm(io, false, { text: `${source.name} holds no entries. Is the school really empty?` });
    return await migrateSource({ ...base, allowEmpty: true }, progress.report);
  } finally {
    progress.stop();
  }
}

function migrateText(report: Told): string {
  const { source, ledger, domains, verification, proof, estimate, backup, backupFile, place } = report;
  const ledgerAndRecords = [ledgerText(ledger), "", recordsText(domains), ""];
  if (!verification) {
    const wait = estimate ? `about ${plural(estimate.seconds, "second")} (${estimate.basis})` : "unknown";
    return [`Dry run of ${source.name}: nothing was written.`, "", ...ledgerAndRecords, `It would take ${wait}.`].join(
      "\n",
    );
  }
  const kept = backup && `Backup: ${backupFile} (${bytes(backup.bytes)}, restored and compared)`;
  return [
    `${source.name} is at ${place}.`,
    "",
    ...ledgerAndRecords,
    verificationText(verification),
    ...(kept ? [kept] : []),
    ...(proof ? ["", proof.text] : []),
  ].join("\n");
}

export const migrateCommand: Command<MigrateCommandOptions> = {
  name: "migrate",
  summary: "move what a browser held into a school, and prove that all of it is there",
  argument: {
    name: "source",
    summary: "a .json or .json.gz file: a dump of localStorage or an export of the old app",
    required: true,
  },
  options: [
    "to",
    "school",
    "token",
    "ownerUrl",
    "layout",
    "domain",
    "namespace",
    "demo",
    "excludeDemo",
    "dryRun",
    "passwordFile",
    "yes",
  ],
  examples: [
    ["migrate school.json --dry-run", "everything but the writes, with an estimate of the time"],
    ['migrate school.json --school "Hill School"', "into the embedded database in ./.hybrid-data-adapter"],
    ["migrate school.json --to postgres://… --owner-url postgres://…", "into PostgreSQL, making the schema"],
    ["migrate school.json --demo demo.json --exclude-demo", "without the records that the app came with"],
    ["migrate laptop.json.gz --namespace shared --json", "a second browser of a school that held the same data set"],
  ],
  run: migrate,
};
