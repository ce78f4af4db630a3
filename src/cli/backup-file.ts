/** A backup on the disk: written, read back from there, restored to a scratch store and compared. */
import { readFile } from "node:fs/promises";
import type { SchoolId } from "../domain/ids.ts";
import { type BackupReceipt, createBackup, proveBackup } from "../migration/backup/backup.ts";
import type { BackupContent } from "../migration/backup/content.ts";
import type { Io } from "./io.ts";
import { writeOutput } from "./write-output.ts";

export interface BackupFile {
  readonly file: string;
  readonly content: BackupContent;
  readonly school: SchoolId;
  readonly password: string | undefined;
  readonly replace?: boolean;
}

/** @throws BACKUP_UNPROVEN when what is on the disk does not restore to the content; CONFIG_INVALID when the file is there */
export async function writeBackup(
  { file, content, school, password, replace }: BackupFile,
  io: Pick<Io, "now" | "random">,
): Promise<BackupReceipt> {
  const { random } = io;
  const bytes = await createBackup({ content, school, password, random, createdAt: io.now().toISOString() });
  await writeOutput(file, bytes, { replace, mode: 0o600 });
  return proveBackup(await readFile(file), content, { school, password });
}

/** `2026-11-21T05-12-13`: sorts by time, and every file system takes it. */
export const fileStamp = (at: Date): string => at.toISOString().slice(0, 19).replaceAll(":", "-");
