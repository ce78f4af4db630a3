/** One process at a time: a lock file with the process's number, which a killed process leaves behind and the next one takes over. */
import { readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { AdapterError } from "../../domain/errors.ts";

/** @throws STORE_BUSY while the process that wrote the file lives */
export async function lockFolder(file: string): Promise<{ release(): Promise<void> }> {
  const mine = `${process.pid} ${startOf(process.pid)}`;
  for (let attempt = 1; attempt <= 3; attempt++) {
    try {
      await writeFile(file, mine, { flag: "wx" });
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const [pid, start = ""] = (await readFile(file, "utf8").catch(() => "")).split(" ");
    if (Number(pid) === process.pid || isAlive(Number(pid), start)) {
      throw new AdapterError("STORE_BUSY", `Process ${pid} has ${file} locked.`, { place: file });
    }
    await rm(file, { force: true });
  }
  throw new AdapterError("STORE_BUSY", `${file} could not be locked.`, { place: file });
}

function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
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
