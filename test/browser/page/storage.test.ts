/** The storage contract, and the faults that a page can cause itself, in real Chromium. */
import localforage from "localforage";
import { describe, expect, test } from "vitest";
import { hybridDriverName } from "../../../src/local/indexeddb-driver.ts";
import { type OpenedStorage, openStorage, type StorageOptions } from "../../../src/local/localforage-storage.ts";
import { browserDisk } from "../../../src/platform/disk.ts";
import { browserHints } from "../../../src/platform/hints.ts";
import { systemTimers } from "../../../src/platform/timers.ts";
import { storageContract } from "../../contracts/storage.ts";

const disk = browserDisk();
const timers = systemTimers();
const newName = (): string => `school/${crypto.randomUUID()}`;

const open = (options: Partial<StorageOptions> = {}): Promise<OpenedStorage> =>
  openStorage({ name: newName(), disk, timers, hints: browserHints(), ...options });

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

storageContract("our driver in Chromium", () => {
  const name = newName();
  return { open: () => open({ name }) };
});

storageContract("localforage's IndexedDB driver in Chromium", () => {
  const name = newName();
  return { open: () => open({ name, driver: localforage.INDEXEDDB }) };
});

describe("faults in Chromium", () => {
  test("our transactions really are strict", async () => {
    const kinds: string[] = [];
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...asked) {
      const tx = begin.apply(this, asked);
      kinds.push(`${tx.mode} ${tx.durability}`);
      return tx;
    };
    try {
      const storage = await open();
      await storage.commit({ puts: [["a", "1"]] });
    } finally {
      IDBDatabase.prototype.transaction = begin;
    }
    expect(kinds).toEqual(["readwrite strict"]);
  });

  test("F7: a connection that was closed under the store is opened again", async () => {
    const opened: IDBDatabase[] = [];
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (...asked) {
      if (!opened.includes(this)) opened.push(this);
      return begin.apply(this, asked);
    };
    try {
      const storage = await open();
      await storage.commit({ puts: [["a", "1"]] });
      opened[0]?.close();
      await storage.commit({ puts: [["b", "1"]] });
      opened[1]?.close();
      expect(await storage.keys("")).toEqual(["a", "b"]);
      expect(opened).toHaveLength(3);
    } finally {
      IDBDatabase.prototype.transaction = begin;
    }
  });

  test("F8: an older version held open is STORAGE_BLOCKED and hangs nobody; when it is let go, the next try serves", async () => {
    const name = newName();
    const holding = indexedDB.open(name, 1);
    holding.onupgradeneeded = () => holding.result.createObjectStore("keyvaluepairs");
    const held = await done(holding);
    const newer = instance(name, 2);
    await expect(newer.setItem("a", 1)).rejects.toMatchObject({ code: "STORAGE_BLOCKED" });
    held.close();
    await newer.setItem("a", 1);
    expect(await newer.getItem("a")).toBe(1);
  });

  test("F8: our own tabs let go of the older version, are told, and refuse from then on", async () => {
    const name = newName();
    const ends: string[] = [];
    const storage = await open({ name, onEnded: (reason) => ends.push(reason.code) });
    await storage.commit({ puts: [["a", "1"]] });
    expect(await instance(name, 2).getItem("a")).toBe("1");
    expect(ends).toEqual(["STORAGE_BLOCKED"]);
    await expect(storage.commit({ puts: [["a", "2"]] })).rejects.toMatchObject({ code: "STORAGE_BLOCKED" });
    await expect(open({ name })).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
  });

  test("F9: a database deleted by another tab is not made anew, empty", async () => {
    const name = newName();
    const storage = await open({ name });
    await storage.commit({ puts: [["a", "1"]] });
    await done(indexedDB.deleteDatabase(name));
    await expect(storage.read(["a"])).rejects.toMatchObject({ code: "STORAGE_LOST", facts: { deleted: true } });
    expect((await indexedDB.databases()).map((database) => database.name)).not.toContain(name);
    expect(await open({ name }).then((next) => next.missing)).toMatch(/cleared/);
  });

  test("F10: a frame that may keep nothing is told so", async () => {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.srcdoc = `<script>
      try { const request = indexedDB.open("x"); request.onsuccess = () => parent.postMessage("opened", "*"); request.onerror = () => parent.postMessage(request.error.name, "*"); }
      catch (error) { parent.postMessage(error.name, "*"); }
    </script>`;
    const said = new Promise<string>((resolve) => {
      addEventListener("message", (event) => resolve(String(event.data)), { once: true });
    });
    document.body.append(frame);
    const name = await said;
    frame.remove();
    // What Chromium does there, put in the place of this page's own.
    const refusing = new Proxy(indexedDB, {
      get: () => () => {
        throw new DOMException("no", name);
      },
    });
    await expect(open({ disk: { ...disk, indexedDB: refusing } })).rejects.toMatchObject({
      code: "STORAGE_UNAVAILABLE",
    });
  });
});

function instance(name: string, version: number): typeof localforage {
  const options = { driver: hybridDriverName, name, version, disk, timers };
  return localforage.createInstance(options);
}
