import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileJournal } from "../../src/cli/file-journal.ts";
import { emptyJournal } from "../../src/migration/journal.ts";

const importId = "00000000-0000-4000-8000-000000000001";
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hda-journal-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a state is read back by another process; another import has none", async () => {
  const state = { ...emptyJournal(importId), entries: 7, backfill: { students: 3 }, parts: 3 };
  await fileJournal(join(folder, "new")).write(state);
  expect(await fileJournal(join(folder, "new")).read(importId)).toEqual(state);
  expect(await fileJournal(folder).read(importId)).toBeNull();
});

test("F3: a journal cut in the middle, or of another import, counts as none", async () => {
  const journal = fileJournal(folder);
  await journal.write(emptyJournal(importId));
  const [file = ""] = await readdir(folder);
  await writeFile(join(folder, file), '{"importId":"');
  expect(await journal.read(importId)).toBeNull();
  await writeFile(join(folder, file), JSON.stringify(emptyJournal("another")));
  expect(await journal.read(importId)).toBeNull();
});
