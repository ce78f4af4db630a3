/** Secrets: read from files and the environment, never from the command line, where every process could see them. */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AdapterError } from "../domain/errors.ts";
import type { Io } from "./io.ts";
import type { Place } from "./place.ts";

/**
 * The password of backups, if there is one.
 * @throws CONFIG_INVALID when it is empty; SOURCE_MISSING when the file is not there
 */
export async function backupPassword(
  { passwordFile }: { readonly passwordFile?: string },
  { env, cwd }: Pick<Io, "env" | "cwd">,
): Promise<string | undefined> {
  if (passwordFile === undefined) return env.HDA_BACKUP_PASSWORD || undefined;
  const password = (await readFile(resolve(cwd, passwordFile), "utf8")).replace(/\r?\n$/, "");
  if (password === "") {
    throw new AdapterError("CONFIG_INVALID", "The file of --password-file is empty.", { place: passwordFile });
  }
  return password;
}

/**
 * The secret under which a server signs and checks its tokens: HDA_SECRET, or for an embedded database a file in its
 * folder, made at the first time.
 * @throws CONFIG_INVALID when there is none
 */
export async function serverSecret(place: Place, { env }: Pick<Io, "env">): Promise<string> {
  if (env.HDA_SECRET) return env.HDA_SECRET;
  if (place.kind !== "folder") {
    throw new AdapterError("CONFIG_INVALID", "There is no secret for tokens.", {
      place: "HDA_SECRET",
      fix: "Set HDA_SECRET to at least 32 random characters, the same for the server and for the token command.",
    });
  }
  const file = join(place.folder, "secret");
  await mkdir(place.folder, { recursive: true });
  // Made aside and linked, which fails when it is there: two processes that start at once take the same one.
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  try {
    await link(mine, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(mine, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}
