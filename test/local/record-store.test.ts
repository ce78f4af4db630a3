import { memoryDisk } from "../../src/local/memory-storage.ts";
import { recordStoreContract } from "../contracts/record-store.ts";

recordStoreContract("memory", () => {
  const disk = memoryDisk();
  return { open: async () => disk.open() };
});
