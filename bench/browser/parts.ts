/** Where the time of a batch of writes goes: by when it comes to JSON, to IndexedDB and back. */

/** Milliseconds by part, each once. */
export type Parts = Record<string, number[]>;

interface Moments {
  asked: number;
  json: number;
  jsonDone: number;
  transaction: number;
  put: number;
  putDone: number;
  complete: number;
}

/** Texts that are shorter are no entry of a thousand writes. */
const entryLength = 50_000;

/** Watches `write` from outside, through what it calls of the browser. */
export async function partsOfWriting(write: () => Promise<unknown>): Promise<Parts> {
  const at: Partial<Moments> = {};
  const { stringify } = JSON;
  const { put } = IDBObjectStore.prototype;
  const { transaction } = IDBDatabase.prototype;
  JSON.stringify = (value: unknown): string => {
    const began = performance.now();
    const text = stringify(value);
    if (text.length > entryLength) Object.assign(at, { json: began, jsonDone: performance.now() });
    return text;
  };
  IDBObjectStore.prototype.put = function (...args) {
    at.put = performance.now();
    const request = put.apply(this, args);
    at.putDone = performance.now();
    return request;
  };
  IDBDatabase.prototype.transaction = function (...args) {
    at.transaction = performance.now();
    const begun = transaction.apply(this, args);
    begun.addEventListener("complete", () => {
      at.complete = performance.now();
    });
    return begun;
  };
  try {
    const began = performance.now();
    const written = write();
    at.asked = performance.now();
    await written;
    return partsOf(began, at, performance.now());
  } finally {
    JSON.stringify = stringify;
    IDBObjectStore.prototype.put = put;
    IDBDatabase.prototype.transaction = transaction;
  }
}

function partsOf(began: number, at: Partial<Moments>, ended: number): Parts {
  const { asked = 0, json = 0, jsonDone = 0, transaction = 0, put = 0, putDone = 0, complete = 0 } = at;
  return {
    "the callers' calls": [asked - began],
    "validating and forming": [json - asked],
    JSON: [jsonDone - json],
    checksum: [transaction - jsonDone],
    "beginning the transaction": [put - transaction],
    "put()": [putDone - put],
    "the disk": [complete - putDone],
    "showing and answering": [ended - complete],
  };
}
