/** The old app's IndexedDB as a source: through localforage and in stores of its own. */
import { IDBFactory } from "fake-indexeddb";
import { expect, test } from "vitest";
import { readOldDatabases } from "../../src/local/old-databases.ts";
import { plainText } from "../../src/local/plain-text.ts";
import { systemTimers } from "../../src/platform/timers.ts";

type Fill = (db: IDBDatabase) => void;

/** A database as another program made it. */
function made(factory: IDBFactory, name: string, fill: Fill): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 3);
    request.onupgradeneeded = () => fill(request.result);
    request.onsuccess = () => {
      request.result.close();
      resolve();
    };
    request.onerror = () => reject(request.error);
  });
}
const localforage =
  (values: Readonly<Record<string, unknown>>, store = "keyvaluepairs"): Fill =>
  (db) => {
    const keys = db.createObjectStore(store);
    for (const [key, value] of Object.entries(values)) keys.put(value, key);
    if (!db.objectStoreNames.contains("local-forage-detect-blob-support"))
      db.createObjectStore("local-forage-detect-blob-support").put("probe", "key");
  };
const timers = systemTimers();
const read = (factory: IDBFactory, databases?: readonly { name: string; stores?: readonly string[] }[]) =>
  readOldDatabases({ disk: { indexedDB: factory }, timers, databases });

const ada = { id: "student-1", name: "Ada", phone: undefined, score: 0.1 };

test("localforage: texts stay the very texts; our own databases and the probe are no source", async () => {
  const factory = new IDBFactory();
  await made(factory, "localforage", localforage({ students: '[ {"id":"1"} ]', theme: "dark" }));
  await made(factory, "hybrid-data-adapter/school/user", localforage({ meta: "ours" }));
  expect(await read(factory)).toEqual([
    {
      name: "IndexedDB localforage",
      values: [
        ["students", '[ {"id":"1"} ]'],
        ["theme", "dark"],
      ],
      json: false,
      unread: [],
    },
  ]);
});

test("values that are no text become their JSON, members in their order; several databases are several sources", async () => {
  const factory = new IDBFactory();
  await made(factory, "app", localforage({ students: [ada], lastUpdated: "2024" }));
  await made(factory, "old/app", localforage({ grades: [] }));
  expect(await read(factory)).toMatchObject([
    {
      name: "IndexedDB app",
      json: true,
      values: [
        ["lastUpdated", '"2024"'],
        ["students", '[{"id":"student-1","name":"Ada","score":0.1}]'],
      ],
    },
    { name: "IndexedDB old:app", values: [["grades", "[]"]] },
  ]);
});

test("a store of rows is one list under its name: by a key path, by numbers, or by the id of each value", async () => {
  const factory = new IDBFactory();
  await made(factory, "school", (db) => {
    db.createObjectStore("students", { keyPath: "id" }).put({ id: "b", name: "Bo" });
    const teachers = db.createObjectStore("teachers", { autoIncrement: true });
    teachers.put({ id: "t-1", name: "Cy" });
    teachers.put({ id: "t-2", name: "Di" });
    db.createObjectStore("classes").put({ id: "class-1", name: "English" }, "class-1");
    db.createObjectStore("rooms");
  });
  const [source] = await read(factory);
  expect(source?.values).toEqual([
    ["classes", '[{"id":"class-1","name":"English"}]'],
    ["students", '[{"id":"b","name":"Bo"}]'],
    ["teachers", '[{"id":"t-1","name":"Cy"},{"id":"t-2","name":"Di"}]'],
  ]);
});

test("only what is named is read, and a database that is not there does not come into being", async () => {
  const factory = new IDBFactory();
  await made(factory, "app", (db) => {
    localforage({ students: "[]" })(db);
    localforage({ cache: "x" }, "other")(db);
  });
  await made(factory, "firebase", localforage({ token: "secret" }));
  const sources = await read(factory, [{ name: "app", stores: ["keyvaluepairs"] }, { name: "gone" }]);
  expect(sources.map(({ name, values }) => [name, values])).toEqual([["IndexedDB app", [["students", "[]"]]]]);
  expect((await factory.databases()).map(({ name }) => name).sort()).toEqual(["app", "firebase"]);
});

test("B6: a value that JSON has not is named with its path, and what stands beside it goes on", async () => {
  const factory = new IDBFactory();
  await made(factory, "school", (db) => {
    const students = db.createObjectStore("students", { keyPath: "id" });
    students.put({ id: "1", born: new Date(0) });
    students.put({ id: "2", name: "Bo" });
    const settings = db.createObjectStore("settings");
    settings.put(new Map([["a", 1]]), "map");
    settings.put({ deep: [Number.NaN] }, "nan");
    settings.put(5n, "big");
  });
  const [source] = await read(factory);
  expect(source?.values).toEqual([["students", '[{"id":"2","name":"Bo"}]']]);
  expect(source?.unread).toEqual([
    { place: "IndexedDB school/settings/big", reason: "UNSERIALIZABLE" },
    { place: "IndexedDB school/settings/map", reason: "UNSERIALIZABLE" },
    { place: "IndexedDB school/settings/nan/deep/0", reason: "UNSERIALIZABLE" },
    { place: "IndexedDB school/students/1/born", reason: "UNSERIALIZABLE" },
  ]);
});

test("B6 B9: JSON bends no value and is taken no further than it can be read again", () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  let deep: unknown = 1;
  for (let i = 0; i < 5_000; i++) deep = [deep];
  const holey: unknown[] = [];
  holey[2] = 1;
  for (const [value, code] of [
    [-0, "UNSERIALIZABLE"],
    [Number.POSITIVE_INFINITY, "UNSERIALIZABLE"],
    [undefined, "UNSERIALIZABLE"],
    [[undefined], "UNSERIALIZABLE"],
    [holey, "UNSERIALIZABLE"],
    [new Blob(["a"]), "UNSERIALIZABLE"],
    [new Uint8Array(2), "UNSERIALIZABLE"],
    [new Set(), "UNSERIALIZABLE"],
    [{ toJSON: () => 1 }, "UNSERIALIZABLE"],
    [cycle, "UNSERIALIZABLE"],
    [deep, "LIMIT"],
  ] as const)
    expect(() => plainText(value)).toThrow(expect.objectContaining({ code }));
  const twice = { a: 1 };
  expect(plainText({ b: [twice, twice], a: null, "": "\ud83d" })).toBe('{"b":[{"a":1},{"a":1}],"a":null,"":"\\ud83d"}');
});

test("F6: a database that never opens is unread, and nothing waits for it for ever", async () => {
  const factory = new IDBFactory();
  await made(factory, "fine", localforage({ students: "[]" }));
  await made(factory, "stuck", localforage({ grades: "[]" }));
  const open = factory.open.bind(factory);
  factory.open = (name: string) => (name === "stuck" ? ({} as IDBOpenDBRequest) : open(name));
  const late = { ...timers, sleep: async () => undefined };
  const sources = await readOldDatabases({
    disk: { indexedDB: factory },
    timers: late,
    databases: [{ name: "stuck" }],
  });
  expect(sources).toEqual([
    {
      name: "IndexedDB stuck",
      values: [],
      json: false,
      unread: [{ place: "IndexedDB stuck", reason: "STORAGE_UNREADABLE" }],
    },
  ]);
});
