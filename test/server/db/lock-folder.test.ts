/** One holder of a folder, whoever died before and however many come at once. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hasCode } from "../../../src/domain/errors.ts";
import { lockFolder } from "../../../src/server/db/lock-folder.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hda-lock-"));
  file = join(folder, "pglite.lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The number of a process that has ended. */
const dead = spawnSync(process.execPath, ["-e", ""]).pid;
const busy = hasCode("STORE_BUSY");

/** So many takers at once; returns the locks that they got. */
async function race(takers: number) {
  const tried = await Promise.allSettled(Array.from({ length: takers }, () => lockFolder(file)));
  for (const one of tried) if (one.status === "rejected") expect(busy(one.reason)).toBe(true);
  return tried.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
}

test("two that start at once after a crash do not both get the folder", async () => {
  for (let round = 0; round < 40; round++) {
    writeFileSync(file, `${dead} 1`);
    const locks = await race(6);
    expect(locks).toHaveLength(1);
    expect(await race(2)).toEqual([]);
    for (const lock of locks) await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("two that start at once on a new folder do not both get it, and the next one does after the release", async () => {
  for (let round = 0; round < 10; round++) {
    const [lock, ...more] = await race(6);
    expect(more).toEqual([]);
    await lock?.release();
  }
});

test("a taker that was killed half way is followed, too", async () => {
  const [first, second] = [`${dead} 1 a`, `${dead} 2 b`];
  const after = (text: string) => `${file}.after-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  writeFileSync(file, first);
  writeFileSync(after(first), second);
  const locks = await race(4);
  expect(locks).toHaveLength(1);
  await locks[0]?.release();
  expect(readdirSync(folder)).toEqual([]);
});

test("a lock of a process with this number that started at another time is a dead one's", async () => {
  writeFileSync(file, `${process.pid} 1 x`);
  const locks = await race(1);
  // Without /proc a process's start is not known, and the number alone counts.
  expect(locks).toHaveLength(process.platform === "linux" ? 1 : 0);
});
