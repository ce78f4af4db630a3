/** What the driven tests of the storage call in the page. */
import { isAdapterError } from "../../../src/domain/errors.ts";
import { type OpenedStorage, openStorage } from "../../../src/local/localforage-storage.ts";
import { browserDisk } from "../../../src/platform/disk.ts";
import { browserHints } from "../../../src/platform/hints.ts";
import { systemTimers } from "../../../src/platform/timers.ts";

const disk = browserDisk();
let storage: OpenedStorage | null = null;

export const storagePage = {
  async open(name: string): Promise<{ missing: string | null; durability: string }> {
    storage = await openStorage({ name, disk, timers: systemTimers(), hints: browserHints() });
    return { missing: storage.missing, durability: storage.durability };
  },

  persist: () => disk.persist(),

  estimate: () => disk.estimate(),

  put: (key: string, length: number) => code(opened().commit({ puts: [[key, noise(length)]] })),

  keys: (prefix: string) => opened().keys(prefix),

  read: (key: string) => code(opened().read([key])),

  async length(key: string): Promise<number | null> {
    return (await opened().read([key])).get(key)?.length ?? null;
  },

  close: () => opened().close(),
};

/** Text that does not get smaller: Chromium compresses large values before it asks whether there is room. */
function noise(length: number): string {
  const parts: string[] = [];
  for (let left = length; left > 0; left -= 10_000)
    parts.push(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(Math.min(left, 10_000)))));
  return parts.join("");
}

function opened(): OpenedStorage {
  if (storage === null) throw new Error("not opened");
  return storage;
}

/** `ok`, or the code and facts of the failure: an error does not cross to the driver whole. */
async function code(work: Promise<unknown>): Promise<{ code: string; facts: Record<string, unknown> }> {
  try {
    await work;
    return { code: "ok", facts: {} };
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    return { code: error.code, facts: { ...error.facts } };
  }
}

Object.assign(globalThis, { storagePage });
