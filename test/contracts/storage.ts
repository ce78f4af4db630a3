/** What every `Storage` owes the record store, whatever it is made of. */
import { afterEach, describe, expect, test } from "vitest";
import type { Storage } from "../../src/local/storage.ts";

/** One disk; each `open` is another tab on it, or the same one after a start anew. */
export interface ContractDisk {
  open(): Promise<Storage>;
}

export function storageContract(name: string, makeDisk: () => ContractDisk | Promise<ContractDisk>): void {
  describe(`storage: ${name}`, () => {
    const opened: Storage[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((storage) => storage.close()));
    });
    const tab = async (disk: ContractDisk): Promise<Storage> => {
      const storage = await disk.open();
      opened.push(storage);
      return storage;
    };
    const one = async (): Promise<Storage> => tab(await makeDisk());

    test("a new store is empty, and says so without an error", async () => {
      const storage = await one();
      expect(await storage.read(["a", "b"])).toEqual(new Map());
      expect(await storage.scan("")).toEqual([]);
      expect(await storage.keys("")).toEqual([]);
    });

    test("what a commit wrote is read back exactly, and only that", async () => {
      const storage = await one();
      const values: [string, string][] = [
        ["empty", ""],
        ["json", '{"a":[1,"\\u0000"]}'],
        ["unicode", "naïve – 学校 \u{1F393} \u0000 \ud800"],
        ["long", "x".repeat(1_000_000)],
      ];
      await storage.commit({ puts: values });
      expect(await storage.read([...values.map(([key]) => key), "absent"])).toEqual(new Map(values));
    });

    test("a later commit replaces and deletes; deleting what is not there is nothing", async () => {
      const storage = await one();
      await storage.commit({
        puts: [
          ["a", "1"],
          ["b", "1"],
        ],
      });
      await storage.commit({ puts: [["a", "2"]], deletes: ["b", "never"] });
      expect(await storage.scan("")).toEqual([["a", "2"]]);
    });

    test("scan and keys give what starts with the prefix, in the order of the keys", async () => {
      const storage = await one();
      const keys = ["wal/b/0000000002", "wal/a/0000000010", "wal/a/0000000009", "walnut", "wal/", "meta", "wal0"];
      await storage.commit({ puts: keys.map((key) => [key, `of ${key}`]) });
      const expected = ["wal/", "wal/a/0000000009", "wal/a/0000000010", "wal/b/0000000002"];
      expect(await storage.keys("wal/")).toEqual(expected);
      expect(await storage.scan("wal/")).toEqual(expected.map((key) => [key, `of ${key}`]));
      expect(await storage.keys("")).toEqual([...keys].sort());
      expect(await storage.scan("nothing")).toEqual([]);
    });

    test("a scan of more than one page misses none and gives none twice", async () => {
      const storage = await one();
      const keys = Array.from({ length: 350 }, (_, at) => `k/${String(at).padStart(4, "0")}`);
      await storage.commit({ puts: [...keys, "z"].map((key) => [key, key]) });
      expect(await storage.scan("k/")).toEqual(keys.map((key) => [key, key]));
      expect((await storage.scan("")).length).toBe(351);
    });

    test("commits that are not waited for happen in their order", async () => {
      const storage = await one();
      await Promise.all(Array.from({ length: 50 }, (_, at) => storage.commit({ puts: [["a", String(at)]] })));
      expect(await storage.read(["a"])).toEqual(new Map([["a", "49"]]));
    });

    test("a commit whose condition does not hold is FENCED, and nothing of it is kept", async () => {
      const storage = await one();
      await storage.commit({
        puts: [
          ["leader", "1"],
          ["kept", "1"],
        ],
      });
      const refused = {
        puts: [
          ["new", "1"],
          ["kept", "2"],
        ] as const,
        deletes: ["leader"],
      };
      for (const value of ["2", null, ""])
        await expect(storage.commit({ ...refused, expect: { key: "leader", value } })).rejects.toMatchObject({
          code: "FENCED",
        });
      await expect(storage.commit({ ...refused, expect: { key: "nobody", value: "1" } })).rejects.toMatchObject({
        code: "FENCED",
      });
      expect(await storage.scan("")).toEqual([
        ["kept", "1"],
        ["leader", "1"],
      ]);
    });

    test("a commit whose condition holds happens; the condition's own key may change with it", async () => {
      const storage = await one();
      await storage.commit({ puts: [["leader", "1"]], expect: { key: "leader", value: null } });
      await storage.commit({
        puts: [
          ["leader", "2"],
          ["a", "1"],
        ],
        expect: { key: "leader", value: "1" },
      });
      await storage.commit({ puts: [], deletes: ["leader"], expect: { key: "leader", value: "2" } });
      expect(await storage.scan("")).toEqual([["a", "1"]]);
    });

    test("after a FENCED commit the next one goes through", async () => {
      const storage = await one();
      await expect(storage.commit({ puts: [], expect: { key: "a", value: "1" } })).rejects.toThrow();
      await storage.commit({ puts: [["a", "1"]] });
      expect(await storage.read(["a"])).toEqual(new Map([["a", "1"]]));
    });

    test("L1: what was acknowledged is there after closing and opening again", async () => {
      const disk = await makeDisk();
      const before = await tab(disk);
      await before.commit({
        puts: [
          ["a", "1"],
          ["b", "2"],
        ],
      });
      await before.commit({ puts: [["c", "3"]], deletes: ["b"] });
      await before.close();
      const after = await tab(disk);
      expect(await after.scan("")).toEqual([
        ["a", "1"],
        ["c", "3"],
      ]);
    });

    test("a closed storage refuses instead of answering with nothing", async () => {
      const storage = await one();
      await storage.commit({ puts: [["a", "1"]] });
      await storage.close();
      const closed = { code: expect.stringMatching(/^(STORE_CLOSED|STORAGE_LOST)$/) };
      await expect(storage.read(["a"])).rejects.toMatchObject(closed);
      await expect(storage.commit({ puts: [["b", "1"]] })).rejects.toMatchObject(closed);
    });

    test("F12: of two tabs that take the lead at once exactly one gets it, where storages are shared", async () => {
      const disk = await makeDisk();
      const first = await tab(disk);
      if (!first.shared) return;
      const second = await tab(disk);
      const take = (storage: Storage, token: string): Promise<string> =>
        storage.commit({ puts: [["leader", token]], expect: { key: "leader", value: null } }).then(
          () => token,
          () => "refused",
        );
      const outcomes = await Promise.all([take(first, "one"), take(second, "two")]);
      expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(1);
      const leader = outcomes.find((outcome) => outcome !== "refused");
      expect((await second.read(["leader"])).get("leader")).toBe(leader);
      expect((await first.read(["leader"])).get("leader")).toBe(leader);
    });
  });
}
