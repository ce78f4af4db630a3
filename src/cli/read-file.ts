/** A file that a command is given, read whole. */
import { open } from "node:fs/promises";
import { AdapterError } from "../domain/errors.ts";

/**
 * @throws SOURCE_MISSING when it is not there or is no file; LIMIT when it is larger than `most` bytes, before it is read
 */
export async function readWhole(file: string, most: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    const found = await handle.stat();
    // A device or a folder gives no bytes, or never ends; a pipe is as good as a file.
    if (found.isDirectory() || found.isCharacterDevice() || found.isBlockDevice())
      throw new AdapterError("SOURCE_MISSING", `${file} is not a file.`, { place: file });
    if (found.size > most)
      throw new AdapterError("LIMIT", `${file} has ${found.size} bytes; ${most} are read at most.`, { place: file });
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
