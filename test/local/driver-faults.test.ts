/** The driver against the faults of browser storage, on fake-indexeddb; the same in real Chromium is in test/browser. */
import { IDBFactory } from "fake-indexeddb";
import localforage from "localforage";
import { describe, expect, test } from "vitest";
import { type HybridInstance, hybridDriverName } from "../../src/local/indexeddb-driver.ts";
import { type OpenedStorage, openStorage, type StorageOptions } from "../../src/local/localforage-storage.ts";
import type { Disk } from "../../src/platform/disk.ts";
import { hanging, patched, patchedWrites, quotaFailures } from "../support/faulty-indexeddb.ts";
import { fakeDisk, manualTimers, memoryHints } from "../support/indexeddb.ts";

const name = "hybrid-data-adapter/school/user";

const open = (options: Partial<StorageOptions> = {}): Promise<OpenedStorage> =>
  openStorage({ name, disk: fakeDisk(), timers: manualTimers(), hints: memoryHints(), ...options });

const request = <T>(asked: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });

/** Lets events that are on their way arrive. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("F5: the disk is full", () => {
  for (const [how, fail] of Object.entries(quotaFailures))
    test(`F5: ${how} is STORAGE_FULL, nothing is kept, and the old bytes are whole`, async () => {
      let full = false;
      const disk = fakeDisk({ indexedDB: patchedWrites(new IDBFactory(), () => full, fail) });
      const storage = await open({ disk });
      await storage.commit({ puts: [["a", "old"]] });
      full = true;
      const refused = await storage
        .commit({
          puts: [
            ["a", "new"],
            ["b", "new"],
          ],
        })
        .catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "STORAGE_FULL", facts: { usage: 900, quota: 1_000_000_000 } });
      full = false;
      expect(await storage.scan("")).toEqual([["a", "old"]]);
      await storage.commit({ puts: [["b", "later"]] });
      expect(await storage.keys("")).toEqual(["a", "b"]);
    });
});

describe("F6, F7: the connection", () => {
  test("F7: a connection that the browser closed is opened again, once, and the write goes through", async () => {
    const opened: IDBDatabase[] = [];
    const disk = fakeDisk({ indexedDB: patched(new IDBFactory(), (db) => opened.push(db)) });
    const storage = await open({ disk });
    await storage.commit({ puts: [["a", "1"]] });
    // iOS: no event; the next transaction throws InvalidStateError.
    opened[0]?.close();
    await storage.commit({ puts: [["b", "1"]] });
    opened[1]?.close();
    expect(await storage.keys("")).toEqual(["a", "b"]);
    expect(opened).toHaveLength(3);
  });

  test("F7: one reopening that does not help ends in STORAGE_LOST, not in a circle", async () => {
    let broken = false;
    let openings = 0;
    const disk = fakeDisk({
      indexedDB: patched(new IDBFactory(), (db) => {
        openings += 1;
        if (broken) db.close();
      }),
    });
    const storage = await open({ disk });
    broken = true;
    // Lose the first one as well.
    await storage.commit({ puts: [["a", "1"]] });
    const connection = await open({ disk }).catch((error: unknown) => error as Error);
    if (connection instanceof Error) throw connection;
    const before = openings;
    await expect(connection.commit({ puts: [["b", "1"]] })).rejects.toMatchObject({ code: "STORAGE_LOST" });
    expect(openings).toBe(before + 1);
    await expect(connection.read(["a"])).rejects.toMatchObject({ code: "STORAGE_LOST" });
    expect(await storage.keys("")).toEqual(["a"]);
  });

  test("F7: a read that the browser cut off is asked again on a new connection", async () => {
    let cut = false;
    let openings = 0;
    const disk = fakeDisk({
      indexedDB: patched(new IDBFactory(), (db) => {
        openings += 1;
        const begin = db.transaction.bind(db);
        db.transaction = (stores, mode, options) => {
          const tx = begin(stores, mode, options);
          if (cut)
            queueMicrotask(() => {
              tx.abort();
              db.close();
              db.onclose?.(new Event("close"));
            });
          cut = false;
          return tx;
        };
      }),
    });
    const storage = await open({ disk });
    await storage.commit({ puts: [["a", "1"]] });
    cut = true;
    expect(await storage.read(["a"])).toEqual(new Map([["a", "1"]]));
    expect(openings).toBe(2);
  });

  test("F7: a write during which the browser took the connection away is STORAGE_LOST, not a full disk", async () => {
    let cut = false;
    const disk = fakeDisk({
      indexedDB: patchedWrites(
        new IDBFactory(),
        () => cut,
        (tx) => {
          cut = false;
          const { db } = tx;
          tx.commit = () => {
            tx.abort();
            db.close();
            db.onclose?.(new Event("close"));
          };
        },
      ),
    });
    const storage = await open({ disk });
    cut = true;
    await expect(storage.commit({ puts: [["a", "1"]] })).rejects.toMatchObject({ code: "STORAGE_LOST" });
    await storage.commit({ puts: [["b", "1"]] });
    expect(await storage.keys("")).toEqual(["b"]);
  });

  test("F7: a write that never settles is given up by the watchdog as STORAGE_LOST; the next one is tried anew", async () => {
    let stuck = true;
    let givenUp = 0;
    const timers = manualTimers();
    const disk = fakeDisk({
      indexedDB: patched(new IDBFactory(), (db) => {
        if (!stuck) return;
        hanging(db, () => {
          givenUp += 1;
        });
      }),
    });
    const storage = await open({ disk, timers });
    const writing = storage.commit({ puts: [["a", "1"]] }).catch((error: unknown) => error);
    await turn();
    stuck = false;
    await timers.pass();
    expect(await writing).toMatchObject({ code: "STORAGE_LOST" });
    // Aborted, so that it cannot happen after all, when its caller has gone on.
    expect(givenUp).toBe(1);
    await storage.commit({ puts: [["b", "1"]] });
    expect(await storage.keys("")).toEqual(["b"]);
  });

  test("F6: a first read that never settles is an error, never an empty store", async () => {
    const timers = manualTimers();
    const storage = await open({ disk: fakeDisk({ indexedDB: patched(new IDBFactory(), hanging) }), timers });
    const reading = storage.read(["meta"]).catch((error: unknown) => error);
    await turn();
    await timers.pass();
    expect(await reading).toMatchObject({ code: "STORAGE_LOST" });
  });

  test("F6: an opening that never settles is an error", async () => {
    const timers = manualTimers();
    const silent = { addEventListener: () => undefined } as unknown as IDBOpenDBRequest;
    const indexedDB = { ...patched(new IDBFactory(), () => undefined), open: () => silent };
    const opening = open({ disk: fakeDisk({ indexedDB }), timers }).catch((error: unknown) => error);
    await turn();
    await timers.pass();
    expect(await opening).toMatchObject({ code: "STORAGE_UNREADABLE" });
  });

  test("F6: a value that cannot be read names its key", async () => {
    const disk = fakeDisk({
      indexedDB: patched(new IDBFactory(), (db) => {
        const begin = db.transaction.bind(db);
        db.transaction = (stores, mode, options) => {
          const tx = begin(stores, mode, options);
          const objectStore = tx.objectStore.bind(tx);
          tx.objectStore = (store) =>
            Object.assign(objectStore(store), {
              get: () => {
                throw new DOMException("the file is gone", "NotReadableError");
              },
            });
          return tx;
        };
      }),
    });
    const storage = await open({ disk });
    await expect(storage.read(["chunk/1"])).rejects.toMatchObject({ code: "STORAGE_UNREADABLE", place: "chunk/1" });
  });
});

describe("F2: LevelDB's log", () => {
  const silent = { addEventListener: () => undefined } as unknown as IDBOpenDBRequest;
  const refused = (): never => {
    throw new DOMException("not now", "UnknownError");
  };
  const ways: Readonly<Record<string, (factory: IDBFactory) => IDBOpenDBRequest>> = {
    "is refused at once": refused,
    "never comes": () => silent,
    "fails later": (factory) => {
      factory.open(`${name}/log`, 2);
      return factory.open(`${name}/log`, 1);
    },
  };
  test.each(Object.entries(ways))("F2: a new log that %s hinders nobody", async (_, way) => {
    const waits: number[] = [];
    // The first wait, for the log, ends; the others do not.
    const sleep = (ms: number) => (waits.push(ms) === 1 ? turn() : new Promise<void>(() => undefined));
    const timers = { ...manualTimers(), sleep };
    const factory = new IDBFactory();
    const real = patched(factory, () => undefined);
    const indexedDB = {
      ...real,
      open: (asked: string, version?: number) => (asked.endsWith("/log") ? way(factory) : real.open(asked, version)),
    };
    const storage = await open({ disk: fakeDisk({ indexedDB, levelDb: true }), timers });
    expect(storage.missing).toBeNull();
    await storage.commit({ puts: [["a", "1"]] });
    expect(await storage.keys("")).toEqual(["a"]);
  });

  test("F2: what a new log is begun with leaves nothing behind", async () => {
    const indexedDB = new IDBFactory();
    await open({ disk: fakeDisk({ indexedDB, levelDb: true }) });
    expect(await indexedDB.databases()).toMatchObject([{ name }]);
  });
});

describe("F8, F9: another tab", () => {
  const instance = (disk: Disk, version: number, database = name): HybridInstance => {
    const options = { driver: hybridDriverName, name: database, version, disk, timers: manualTimers() };
    return localforage.createInstance(options) as HybridInstance;
  };

  test("F8: a tab with an older version that does not let go is STORAGE_BLOCKED at once, without a hang", async () => {
    const disk = fakeDisk();
    await open({ disk });
    const holding = disk.indexedDB?.open("held", 1);
    if (holding === undefined) throw new Error("no factory");
    holding.onupgradeneeded = () => holding.result.createObjectStore("keyvaluepairs");
    const held = await request(holding);
    const newer = instance(disk, 2, "held");
    await expect(newer.setItem("a", 1)).rejects.toMatchObject({ code: "STORAGE_BLOCKED" });
    // Once the other tab is gone, the next try serves.
    held.close();
    await turn();
    await newer.setItem("a", 1);
    expect(await newer.getItem("a")).toBe(1);
    // The opening that was given up came through meanwhile; it must not be in the way of the next version.
    expect(await instance(disk, 3, "held").getItem("a")).toBe(1);
  });

  test("F8: a newer version in another tab: this one lets go, is told, and refuses from then on", async () => {
    const disk = fakeDisk();
    const ends: string[] = [];
    const storage = await open({ disk, onEnded: (reason) => ends.push(reason.code) });
    await storage.commit({ puts: [["a", "1"]] });
    const newer = instance(disk, 2);
    expect(await newer.getItem("a")).toBe("1");
    expect(ends).toEqual(["STORAGE_BLOCKED"]);
    await expect(storage.commit({ puts: [["a", "2"]] })).rejects.toMatchObject({ code: "STORAGE_BLOCKED" });
    await expect(storage.read(["a"])).rejects.toMatchObject({ code: "STORAGE_BLOCKED" });
    expect(await newer.getItem("a")).toBe("1");
  });

  test("B2: a database of a newer program is SCHEMA_NEWER, and stays as it is", async () => {
    const disk = fakeDisk();
    await open({ disk }).then((storage) => storage.commit({ puts: [["a", "1"]] }));
    expect(await instance(disk, 2).getItem("a")).toBe("1");
    await expect(open({ disk })).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
    expect(await instance(disk, 2).getItem("a")).toBe("1");
  });

  test("F9: a database deleted in another tab is lost, and is not made anew, empty", async () => {
    const factory = new IDBFactory();
    const ends: string[] = [];
    const storage = await open({ disk: fakeDisk({ indexedDB: factory }), onEnded: (reason) => ends.push(reason.code) });
    await storage.commit({ puts: [["a", "1"]] });
    await request(factory.deleteDatabase(name));
    expect(ends).toEqual(["STORAGE_LOST"]);
    await expect(storage.read(["a"])).rejects.toMatchObject({ code: "STORAGE_LOST", facts: { deleted: true } });
    expect(await factory.databases()).toEqual([]);
  });

  test("F9: site data cleared under an open page is lost, and is not made anew, empty", async () => {
    const factory = new IDBFactory();
    const opened: IDBDatabase[] = [];
    const disk = fakeDisk({ indexedDB: patched(factory, (db) => opened.push(db)) });
    const storage = await open({ disk });
    await storage.commit({ puts: [["a", "1"]] });
    // The browser closes the connection without a word and deletes.
    opened[0]?.close();
    await request(factory.deleteDatabase(name));
    await expect(storage.read(["a"])).rejects.toMatchObject({ code: "STORAGE_LOST", facts: { deleted: true } });
    await expect(storage.commit({ puts: [["a", "2"]] })).rejects.toMatchObject({ code: "STORAGE_LOST" });
    expect(await factory.databases()).toEqual([]);
  });

  test("F9: the next start finds an empty store and says that there was something", async () => {
    const hints = memoryHints();
    const disk = fakeDisk();
    const before = await open({ disk, hints });
    expect(before.missing).toBeNull();
    await before.commit({ puts: [["a", "1"]] });
    await before.close();
    const after = await open({ disk: fakeDisk(), hints });
    expect(after.missing).toMatch(/data of .* was cleared/);
    expect(await after.keys("")).toEqual([]);
  });
});

describe("F10 and the choice of a driver", () => {
  test("F10: no IndexedDB, and one that refuses the page, are STORAGE_UNAVAILABLE", async () => {
    await expect(open({ disk: fakeDisk({ indexedDB: null }) })).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
    const indexedDB = {
      ...patched(new IDBFactory(), () => undefined),
      open: () => {
        throw new DOMException("private", "SecurityError");
      },
    };
    await expect(open({ disk: fakeDisk({ indexedDB }) })).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
  });

  test("localStorage is never the write-ahead log", async () => {
    for (const driver of [localforage.LOCALSTORAGE, localforage.WEBSQL])
      await expect(open({ driver })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  test("a profile that holds data is not opened with another driver", async () => {
    const hints = memoryHints();
    const storage = await open({ hints });
    await storage.commit({ puts: [["a", "1"]] });
    await expect(open({ hints, driver: localforage.INDEXEDDB })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      facts: { holder: "indexeddb" },
    });
  });

  test("each storage says what it promises", async () => {
    const storage = await open();
    expect(storage).toMatchObject({ durability: "strict", shared: true });
    expect(await storage.estimate()).toEqual({ usage: 900, quota: 1_000_000_000 });
  });
});

describe("localforage's own methods on our driver", () => {
  test("they behave as on its own drivers", async () => {
    await open();
    const store = localforage.createInstance({
      driver: hybridDriverName,
      name: "plain",
      disk: fakeDisk(),
      timers: manualTimers(),
    } as Parameters<typeof localforage.createInstance>[0]);
    expect(await store.getItem("a")).toBeNull();
    expect(await store.setItem("b", { deep: [1] })).toEqual({ deep: [1] });
    await store.setItem("a", undefined);
    await store.setItem("c", 3);
    expect(await store.getItem("b")).toEqual({ deep: [1] });
    expect(await store.getItem("a")).toBeNull();
    expect(await store.length()).toBe(3);
    expect(await store.keys()).toEqual(["a", "b", "c"]);
    expect([await store.key(0), await store.key(2), await store.key(3), await store.key(-1)]).toEqual([
      "a",
      "c",
      null,
      null,
    ]);
    const seen: unknown[] = [];
    await store.iterate((value, key, at) => {
      seen.push([key, value, at]);
    });
    expect(seen).toEqual([
      ["a", null, 1],
      ["b", { deep: [1] }, 2],
      ["c", 3, 3],
    ]);
    expect(await store.iterate((_value, key) => (key === "b" ? "stop" : undefined))).toBe("stop");
    await expect(
      store.iterate(() => {
        throw new RangeError("mine");
      }),
    ).rejects.toThrow("mine");
    await new Promise<void>((resolve) => {
      store.getItem("c", (error, value) => {
        expect([error, value]).toEqual([null, 3]);
        resolve();
      });
    });
    await store.removeItem("b");
    expect(await store.keys()).toEqual(["a", "c"]);
    await store.clear();
    expect(await store.length()).toBe(0);
    await store.dropInstance();
    await expect(store.getItem("a")).rejects.toMatchObject({ code: "STORE_CLOSED" });
  });

  test("a value that cannot be stored is refused with nothing kept", async () => {
    const storage = await open();
    await storage.commit({ puts: [["a", "1"]] });
    await expect(
      storage.commit({
        puts: [
          ["a", "2"],
          ["b", (() => 1) as unknown as string],
        ],
      }),
    ).rejects.toMatchObject({
      code: "UNSERIALIZABLE",
    });
    expect(await storage.scan("")).toEqual([["a", "1"]]);
  });
});
