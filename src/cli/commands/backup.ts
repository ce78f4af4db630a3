/** `backup`: a proven backup of a school's records, or of a source as it stands. */
import { join, resolve } from "node:path";
import type { SchoolId } from "../../domain/ids.ts";
import { schoolIdOf } from "../../domain/ids.ts";
import type { BackupContent } from "../../migration/backup/content.ts";
import { fileStamp, writeBackup } from "../backup-file.ts";
import type { Command } from "../command.ts";
import { type ConnectOptions, connected, defaultSchool } from "../connect.ts";
import { type InputOptions, readInput } from "../input.ts";
import type { Io } from "../io.ts";
import type { AllOptions } from "../options.ts";
import { done } from "../output.ts";
import { ownFolder, placeOf } from "../place.ts";
import { progressView } from "../progress.ts";
import { readRecords } from "../read-records.ts";
import { backupPassword } from "../secrets.ts";
import { bytes } from "../text.ts";

export type BackupCommandOptions = ConnectOptions &
  Partial<InputOptions> &
  Pick<AllOptions, "out" | "passwordFile" | "yes" | "json">;

/** @throws BACKUP_UNPROVEN; CONFIG_INVALID when the file is there and `yes` is not said */
export async function backup(options: BackupCommandOptions, io: Io) {
  const password = await backupPassword(options, io);
  const { school, content } = await contentOf(options, io);
  const name = `${school.slice(0, 8)}-${content.kind}-${fileStamp(io.now())}.hdabackup`;
  const folder = join(ownFolder(placeOf(options, io), io.cwd), "backups");
  const file = options.out === undefined ? join(folder, name) : resolve(io.cwd, options.out);
  const receipt = await writeBackup({ file, content, school, password, replace: options.yes }, io);
  const sealed = receipt.encrypted ? "encrypted" : "not encrypted";
  const text = `${file}: ${bytes(receipt.bytes)}, ${sealed}, restored to a scratch store and compared equal.`;
  return done({ file, school, ...receipt, ...countsOf(content) }, text);
}

async function contentOf(options: BackupCommandOptions, io: Io): Promise<{ school: SchoolId; content: BackupContent }> {
  if (options.source !== undefined) {
    const { source } = await readInput({ ...options, source: options.source }, io);
    return { school: schoolIdOf(options.school ?? defaultSchool), content: { kind: "source", source } };
  }
  return connected(options, io, async (connection) => {
    const progress = progressView(io, options.json);
    const onRecords = (read: number) => progress.report({ step: "read", done: read, total: read, unit: "records" });
    const { records } = await readRecords(connection, onRecords).finally(progress.stop);
    return { school: connection.school, content: { kind: "records", records } };
  });
}

function countsOf(content: BackupContent) {
  if (content.kind === "source") return { source: content.source.name };
  const lists = Object.entries(content.records);
  return { domains: Object.fromEntries(lists.map(([name, list]) => [name, { records: list.length }])) };
}

export const backupCommand: Command<BackupCommandOptions> = {
  name: "backup",
  summary: "back up a school's records (or a source file), and prove it by restoring it",
  argument: {
    name: "source",
    summary: "a file to back up as it stands; without it the school's records are",
    required: false,
  },
  options: ["to", "school", "token", "ownerUrl", "layout", "domain", "out", "passwordFile", "yes"],
  examples: [
    ["backup --out hill.hdabackup --password-file key.txt", "the school's records, encrypted (AES-256-GCM)"],
    ["backup school.json --out before.hdabackup", "the bytes of a source"],
  ],
  run: backup,
};
