import "fake-indexeddb/auto";
import localforage from "localforage";
import { openStorage } from "../../src/local/localforage-storage.ts";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import { browserDisk } from "../../src/platform/disk.ts";
import { recordStoreContract } from "../contracts/record-store.ts";
import { storageContract } from "../contracts/storage.ts";
import { fakeDisk, manualTimers, memoryHints } from "../support/indexeddb.ts";

let disks = 0;

const onFake = () => {
  const options = { name: "school/user", disk: fakeDisk(), timers: manualTimers(), hints: memoryHints() };
  return { open: () => openStorage(options) };
};
storageContract("our driver on fake-indexeddb", onFake);
recordStoreContract("our driver on fake-indexeddb", onFake);

// localforage's drivers reach for the global IndexedDB themselves.
storageContract("localforage's IndexedDB driver", () => {
  disks += 1;
  const name = `school/user-${disks}`;
  const options = {
    name,
    driver: localforage.INDEXEDDB,
    disk: browserDisk(),
    timers: manualTimers(),
    hints: memoryHints(),
  };
  return { open: () => openStorage(options) };
});

storageContract("memory", () => {
  const disk = memoryDisk();
  return { open: async () => disk.open() };
});
