/** IndexedDB without anything: the limit that the others are measured against. */
import type { AnyRecord } from "../../src/domain/define-domain.ts";
import { requested, type Subject } from "./subject.ts";

export interface Raw extends Subject {
  /** One value of the same bytes, in one put. */
  putText(key: string, text: string): Promise<void>;
}

export async function raw(name: string, durability: IDBTransactionDurability = "strict"): Promise<Raw> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("records");
  const db = await requested(opening);
  const written = (write: (store: IDBObjectStore) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const tx = db.transaction("records", "readwrite", { durability });
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error);
      write(tx.objectStore("records"));
      tx.commit();
    });
  const put = (record: AnyRecord): Promise<void> =>
    written((store) => {
      store.put(record, record.id);
    });
  return {
    fill: (records) =>
      written((store) => {
        for (const record of records) store.put(record, record.id);
      }),
    put,
    putAll: async (records) => {
      await Promise.all(records.map(put));
    },
    putText: (key, text) =>
      written((store) => {
        store.put(text, key);
      }),
    close: async () => db.close(),
  };
}

/** All the texts of a store of ours and nothing done with them but JSON.parse (and `also`): the limit of opening. */
export async function parseChunks(name: string, also: (text: string) => void = () => undefined): Promise<number> {
  const db = await requested(indexedDB.open(name));
  const store = db.transaction("keyvaluepairs").objectStore("keyvaluepairs");
  const texts: string[] = await requested(store.getAll(IDBKeyRange.bound("chunk/", "chunk0")));
  let records = 0;
  for (const text of texts) {
    also(text);
    const parsed: unknown = JSON.parse(text.slice(text.indexOf(":") + 1));
    if (Array.isArray(parsed)) records += parsed.length;
  }
  db.close();
  return records;
}
