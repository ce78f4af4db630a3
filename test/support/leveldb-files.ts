/** The files in which Chromium keeps IndexedDB: what a kill or a bad disk does to the log, done on purpose. No browser may run. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Leaves half a record at the end of the log, as a kill in the middle of a write does. */
export function tearLog(folder: string): void {
  // Of LevelDB's log format: checksum (4 bytes), length (2), type (1: the whole record), then the content, cut short.
  const header = [1, 2, 3, 4, 100, 0, 1];
  appendFileSync(logOf(folder), Buffer.from([...header, ...Array.from({ length: 10 }, () => 7)]));
}

/** Turns a bit of the first record of the log. */
export function damageLog(folder: string): void {
  const log = logOf(folder);
  const bytes = readFileSync(log);
  const at = 20;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(log, bytes);
}

/** The newest log of the one site of the profile. */
function logOf(folder: string): string {
  const root = join(folder, "Default", "IndexedDB");
  const [site, ...others] = readdirSync(root).filter((name) => name.endsWith(".leveldb"));
  if (site === undefined || others.length > 0) throw new Error("The profile does not hold one site.");
  const log = readdirSync(join(root, site))
    .filter((name) => name.endsWith(".log"))
    .toSorted()
    .at(-1);
  if (log === undefined) throw new Error("There is no log.");
  return join(root, site, log);
}
