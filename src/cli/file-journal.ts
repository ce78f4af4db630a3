/** A journal in a folder: one file for each import, replaced as a whole. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { isUuid } from "../domain/ids.ts";
import { type Journal, journalState } from "../migration/journal.ts";

/** A file that cannot be read counts as none: a lost journal costs time and nothing else. */
export function fileJournal(folder: string): Journal {
  const fileOf = (importId: string): string => join(folder, `import-${isUuid(importId) ? importId : "unknown"}.json`);
  return {
    async read(importId) {
      try {
        const parsed = journalState.safeParse(JSON.parse(await readFile(fileOf(importId), "utf8")));
        return parsed.success && parsed.data.importId === importId ? parsed.data : null;
      } catch {
        return null;
      }
    },
    async write(state) {
      await mkdir(folder, { recursive: true });
      const file = fileOf(state.importId);
      const handle = await open(`${file}.new`, "w");
      try {
        await handle.writeFile(JSON.stringify(state));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.new`, file);
    },
  };
}
