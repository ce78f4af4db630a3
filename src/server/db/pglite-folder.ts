/** The folder of an embedded database, locked for this process. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { lockFolder } from "./lock-folder.ts";

export interface OpenFolder {
  readonly dataDir: string;
  release(): Promise<void>;
}

/** @throws STORE_BUSY when another process has the folder open */
export async function openFolder(folder: string): Promise<OpenFolder> {
  await mkdir(folder, { recursive: true });
  const { release } = await lockFolder(join(folder, "pglite.lock"));
  return { dataDir: join(folder, "pglite"), release };
}
