/** Files that a command writes: whole or not at all, and never over another without being told. */
import { randomUUID } from "node:crypto";
import { link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { AdapterError } from "../domain/errors.ts";

/** @throws CONFIG_INVALID when there is such a file and it may not be replaced */
export async function writeOutput(
  file: string,
  data: string | Uint8Array,
  { replace = false, mode }: { replace?: boolean; mode?: number } = {},
): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const aside = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(aside, "wx", mode);
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (replace) await rename(aside, file);
    // Unlike rename, link does not replace what somebody else put there meanwhile.
    else await link(aside, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    throw new AdapterError("CONFIG_INVALID", `${file} is there already.`, {
      place: file,
      fix: "Choose another name, or replace it with --yes.",
      cause: error,
    });
  } finally {
    await rm(aside, { force: true });
  }
}
