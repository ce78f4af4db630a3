/** Commits on localforage's own drivers: all or none, whatever the crash. */
import localforage from "localforage";
import { describe, expect, test } from "vitest";
import { openStorage } from "../../src/local/localforage-storage.ts";
import type { Storage, StorageCommit } from "../../src/local/storage.ts";
import { fakeDisk, manualTimers, memoryHints } from "../support/indexeddb.ts";

/** What each key holds; survives the crash of the one who uses it. */
type Cells = Map<string, string>;

interface Fate {
  /** The operation, counted from 1, at which the process dies. */
  readonly crashAt?: number;
  /** Before or after it has happened. */
  readonly after?: boolean;
  /** Writes that fail, by their number, as on a full disk. */
  readonly fullAt?: ReadonlySet<number>;
}

let drivers = 0;

/** A localforage driver on `cells`. */
async function driverOn(cells: Cells, fate: Fate): Promise<{ name: string; operations(): number }> {
  drivers += 1;
  const name = `cells-${drivers}`;
  let count = 0;
  let writes = 0;
  const operate = async <T>(work: () => T): Promise<T> => {
    count += 1;
    if (fate.crashAt !== undefined && count > fate.crashAt) throw new Error("dead");
    if (count === fate.crashAt && !fate.after) throw new Error("dies");
    const value = work();
    if (count === fate.crashAt) throw new Error("dies");
    return value;
  };
  await localforage.defineDriver({
    _driver: name,
    _support: true,
    _initStorage: () => Promise.resolve(),
    getItem: (key) => operate(() => (cells.get(key) ?? null) as never),
    setItem: (key, value) =>
      operate(() => {
        writes += 1;
        if (fate.fullAt?.has(writes)) throw new DOMException("full", "QuotaExceededError");
        cells.set(key, value as string);
        return value;
      }),
    removeItem: (key) => operate(() => void cells.delete(key)),
    clear: () => operate(() => cells.clear()),
    length: () => operate(() => cells.size),
    key: (at) => operate(() => [...cells.keys()][at] ?? ""),
    keys: () => operate(() => [...cells.keys()]),
    iterate: () => Promise.reject(new Error("not used")),
  });
  return { name, operations: () => count };
}

async function openOn(cells: Cells, fate: Fate = {}): Promise<{ storage: Storage; operations(): number }> {
  const { name, operations } = await driverOn(cells, fate);
  const storage = await openStorage({
    name: "school/user",
    driver: name,
    disk: fakeDisk(),
    timers: manualTimers(),
    hints: memoryHints(),
  });
  return { storage, operations };
}

const commits: readonly StorageCommit[] = [
  {
    puts: [
      ["a", "1"],
      ["b", "1"],
    ],
  },
  {
    puts: [
      ["a", "2"],
      ["c", "2"],
    ],
    deletes: ["b"],
  },
  { puts: [["b", "3"]], deletes: ["a", "c"], expect: { key: "a", value: "2" } },
];

/** The contents after the first n commits. */
const states = [
  [],
  [
    ["a", "1"],
    ["b", "1"],
  ],
  [
    ["a", "2"],
    ["c", "2"],
  ],
  [["b", "3"]],
];

describe("the journal", () => {
  for (const after of [false, true])
    test(`F1: a crash ${after ? "after" : "before"} every single operation, and again in the recovery, leaves all or none`, async () => {
      for (let crashAt = 1; ; crashAt++) {
        const cells: Cells = new Map();
        let acknowledged = 0;
        let begun = 0;
        const run = await openOn(cells, { crashAt, after }).catch(() => null);
        try {
          for (const commit of commits) {
            if (run === null) break;
            begun += 1;
            await run.storage.commit(commit);
            acknowledged += 1;
          }
        } catch {}
        // Recovery may die as well, at its every step.
        for (let again = 1; again <= 8; again++) await openOn(cells, { crashAt: again, after }).catch(() => null);
        const { storage } = await openOn(cells);
        const found = await storage.scan("");
        expect([states[acknowledged], states[begun]]).toContainEqual(found);
        if (run !== null && acknowledged === commits.length && run.operations() < crashAt) break;
      }
    });

  test("what was refused does not come back at the next start", async () => {
    const cells: Cells = new Map();
    const { storage } = await openOn(cells, { fullAt: new Set([8]) });
    for (const commit of commits.slice(0, 2)) await storage.commit(commit);
    await expect(storage.commit(commits[2] ?? { puts: [] })).rejects.toMatchObject({ code: "STORAGE_FULL" });
    const next = await openOn(cells);
    expect(await next.storage.scan("")).toEqual(states[2]);
  });

  test("a read in the middle of a commit sees all of it or nothing", async () => {
    const { storage } = await openOn(new Map());
    for (const [at, commit] of commits.entries()) {
      const writing = storage.commit(commit);
      expect([states[at], states[at + 1]]).toContainEqual(await storage.scan(""));
      await writing;
    }
  });

  test("F5: a disk that is full anywhere in a commit keeps nothing of it", async () => {
    // The third commit's writes: the journal, then its put.
    for (const fullAt of [7, 8]) {
      const cells: Cells = new Map();
      const { storage } = await openOn(cells, { fullAt: new Set([fullAt]) });
      for (const commit of commits.slice(0, 2)) await storage.commit(commit);
      await expect(storage.commit(commits[2] ?? { puts: [] })).rejects.toMatchObject({ code: "STORAGE_FULL" });
      expect(await storage.scan("")).toEqual(states[2]);
      await storage.commit({ puts: [["later", "1"]] });
      expect(await storage.keys("")).toEqual(["a", "c", "later"]);
      const next = await openOn(cells);
      expect(await next.storage.keys("")).toEqual(["a", "c", "later"]);
    }
  });

  test("F5: what can be neither finished nor taken back is STORAGE_LOST, and whole at the next start", async () => {
    const cells: Cells = new Map();
    const { storage } = await openOn(cells, { fullAt: new Set([8, 9]) });
    for (const commit of commits.slice(0, 2)) await storage.commit(commit);
    await expect(storage.commit(commits[2] ?? { puts: [] })).rejects.toMatchObject({ code: "STORAGE_LOST" });
    await expect(storage.read(["a"])).rejects.toMatchObject({ code: "STORAGE_LOST" });
    const next = await openOn(cells);
    expect(await next.storage.scan("")).toEqual(states[3]);
  });

  test("it says that it is for one tab and relaxed", async () => {
    const { storage } = await openOn(new Map());
    expect(storage).toMatchObject({ durability: "relaxed", shared: false });
  });
});
