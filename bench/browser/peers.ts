/** What people use today: Dexie, and localforage with a whole domain under one key. */
import { Dexie, type Table } from "dexie";
import localforage from "localforage";
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import type { Subject } from "./subject.ts";

export async function dexie(name: string): Promise<Subject> {
  const db = new Dexie(name, { chromeTransactionDurability: "strict" });
  db.version(1).stores({ marks: "id" });
  const table: Table<AnyRecord> = db.table("marks");
  await db.open();
  const put = async (record: AnyRecord): Promise<void> => {
    await table.put(record);
  };
  return {
    fill: async (records) => {
      await table.bulkPut(records);
    },
    put,
    putAll: async (records) => {
      await Promise.all(records.map(put));
    },
    close: async () => db.close(),
  };
}

/** As most apps do it; relaxed, since localforage knows nothing else. */
export async function wholeDomain(name: string): Promise<Subject> {
  const store = localforage.createInstance({ name, driver: localforage.INDEXEDDB });
  let records: AnyRecord[] = [];
  const put = async (record: AnyRecord): Promise<void> => {
    const at = records.findIndex((one) => one.id === record.id);
    if (at === -1) records.push(record);
    else records[at] = record;
    await store.setItem("marks", records);
  };
  return {
    fill: async (all) => {
      records = [...all];
      await store.setItem("marks", records);
    },
    put,
    // A thousand whole domains in a thousand writes would take minutes; the kindest reading is one write at the end.
    putAll: async (all) => {
      for (const record of all.slice(1)) records[records.findIndex((one) => one.id === record.id)] = record;
      const first = all[0];
      if (first !== undefined) await put(first);
    },
    close: async () => undefined,
  };
}
