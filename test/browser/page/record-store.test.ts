/** The contract of the record store on our driver, in real Chromium. */
import { openStorage } from "../../../src/local/localforage-storage.ts";
import { browserDisk } from "../../../src/platform/disk.ts";
import { browserHints } from "../../../src/platform/hints.ts";
import { systemTimers } from "../../../src/platform/timers.ts";
import { recordStoreContract } from "../../contracts/record-store.ts";

recordStoreContract("our driver in Chromium", () => {
  const name = `store/${crypto.randomUUID()}`;
  const options = { name, disk: browserDisk(), timers: systemTimers(), hints: browserHints() };
  return { open: () => openStorage(options) };
});
