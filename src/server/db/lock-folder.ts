/** One process at a time: a lock file with its holder in it, which a killed process leaves behind and the next one takes over. */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { constants, copyFile, link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { AdapterError } from "../../domain/errors.ts";

/**
 * A lock of a dead process is never removed, because between looking and removing it may be somebody's new one. Who
 * takes it over puts a file of its own behind it, of which the file system lets only one exist; a taker that dies in its
 * turn is followed in the same way. Then the lock file is replaced as a whole.
 * @throws STORE_BUSY while the process that holds the lock lives
 */
export async function lockFolder(file: string): Promise<{ release(): Promise<void> }> {
  const mine = `${process.pid} ${startOf(process.pid)} ${randomUUID()}`;
  const own = `${file}.${mine.split(" ")[2]}`;
  await writeFile(own, mine);
  try {
    for (let attempt = 1; attempt <= 10; attempt++) {
      if (await put(own, file)) return { release: () => releaseOf(file, mine) };
      const chain = await deadHolders(file);
      const last = chain.at(-1);
      if (!last || !(await put(own, last.next))) continue;
      // The right to follow a dead holder is worth something only while the chain is still the one that was read.
      if (await isStill(file, chain)) {
        await rename(own, file);
        for (const { next } of chain) await rm(next, { force: true });
        return { release: () => releaseOf(file, mine) };
      }
      await rm(last.next, { force: true });
    }
    throw new AdapterError("STORE_BUSY", `${file} could not be locked.`, { place: file });
  } finally {
    await rm(own, { force: true });
  }
}

interface Holder {
  /** What the file says. */
  readonly text: string;
  /** Where its follower stands. */
  readonly next: string;
}

/**
 * The holder and those that followed it, all dead; nobody when the file is gone by now.
 * @throws STORE_BUSY when one of them lives
 */
async function deadHolders(file: string): Promise<Holder[]> {
  const chain: Holder[] = [];
  for (let at = file; ; ) {
    const text = await read(at);
    if (text === null) return chain;
    const [pid = "", start = ""] = text.split(" ");
    if (isAlive(Number(pid), start))
      throw new AdapterError("STORE_BUSY", `Process ${pid} has ${file} locked.`, { place: file });
    at = `${file}.after-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
    chain.push({ text, next: at });
  }
}

async function isStill(file: string, chain: readonly Holder[]): Promise<boolean> {
  let at = file;
  for (const { text, next } of chain) {
    if ((await read(at)) !== text) return false;
    at = next;
  }
  return true;
}

const codeOf = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "");

/** Gives a file a second name, with its whole content at once; false when there is one of that name. */
async function put(own: string, name: string): Promise<boolean> {
  try {
    await link(own, name).catch(async (error: unknown) => {
      if (codeOf(error) === "EEXIST") throw error;
      // A file system without hard links.
      await copyFile(own, name, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Only one's own: the folder may have been taken away and be somebody else's by now. */
async function releaseOf(file: string, mine: string): Promise<void> {
  if ((await read(file)) === mine) await rm(file, { force: true });
}

function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  // The number may meanwhile belong to another process; on Linux its start time tells.
  const now = startOf(pid);
  return start === "" || now === "" || now === start;
}

/** When the process started, as the kernel counts; `""` where that cannot be read. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
