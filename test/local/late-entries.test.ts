/** F15: a tab of the program before writes on after a newer one has brought the store up to date. */
import { expect, test } from "vitest";
import { domainSet } from "../../src/domain/define-domain.ts";
import { AdapterError } from "../../src/domain/errors.ts";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import { openRecordStore } from "../../src/local/open-record-store.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import type { Storage } from "../../src/local/storage.ts";
import { faultyStorage } from "../support/faulty-storage.ts";
import { firstNotes as first, secondNotes as second } from "../support/notes.ts";
import { eventually, testBrowser } from "../support/platform.ts";
import { change, position, recordId, reply, wide } from "../support/store.ts";

const note = (n: number, stars: string) => ({
  id: recordId(n),
  externalId: null,
  title: `n${n}`,
  stars,
  extra: {},
});
const shown = (store: RecordStore) =>
  [...store.all("notes")]
    .sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
    .map(({ record, state }) => [record.title, record.rating, "stars" in record, state]);

/** Both builds on one disk; the older one does not hear that the newer one has brought the store up to date. */
async function twoBuilds(stage: "off" | "dualwrite") {
  const disk = memoryDisk();
  const browser = testBrowser();
  const open = (domain: typeof first | typeof second, storage = disk.open()): Promise<RecordStore> =>
    openRecordStore({ storage, domains: domainSet([domain]), platform: browser.tab(), name: "late" });
  const older = await open(first);
  await older.sync.lead();
  await older.sync.setPosition(position("dualwrite"));
  await older.sync.applyReply(reply(1, { changes: [1, 2, 3].map((n) => change("notes", note(n, `${n}`), 1)) }));
  if (stage === "off") await older.sync.setPosition(position("off", 2));
  browser.deaf = true;
  const newer = await open(second);
  const writes = async (): Promise<void> => {
    await older.commit([
      { kind: "update", domain: "notes", id: recordId(1), fields: { stars: "9" } },
      { kind: "create", domain: "notes", record: note(4, "4") },
    ]);
    await older.commit([
      { kind: "update", domain: "notes", id: recordId(4), fields: { title: "changed" } },
      { kind: "delete", domain: "notes", id: recordId(2) },
    ]);
  };
  return { disk, browser, open, older, newer, writes };
}

test.each([
  ["dualwrite", "pending"],
  ["off", "local"],
] as const)(
  "L1 F15: in %s what it acknowledged is there in the new form, for who is open and for who opens",
  async (stage, state) => {
    const { browser, open, older, newer, writes } = await twoBuilds(stage);
    await writes();
    const expected = [
      ["n1", 9, false, state],
      ["n3", 3, false, "synced"],
      ["changed", 4, false, state],
    ];
    expect(shown(await open(second))).toEqual(expected);
    browser.deaf = false;
    // The next thing that the newer tab hears of it.
    await older.commit([{ kind: "update", domain: "notes", id: recordId(3), fields: { title: "n3" } }]);
    await eventually(() =>
      expect(shown(newer).map(([title, rating]) => [title, rating])).toEqual(
        expected.map(([title, rating]) => [title, rating]),
      ),
    );
    await newer.sync.lead();
    if (stage === "off") await newer.sync.setPosition(position("dualwrite", 3));
    const sent = newer.sync.batch(wide)?.mutations ?? [];
    expect(sent.some(({ fields }) => "stars" in fields)).toBe(false);
    expect(sent).toContainEqual(
      expect.objectContaining({
        kind: "update",
        recordId: recordId(1),
        fields: expect.objectContaining({ rating: 9 }),
      }),
    );
    expect(sent).toContainEqual(expect.objectContaining({ kind: "delete", recordId: recordId(2) }));
    // What was made of it here is in the new form already, and is left as it is.
    expect((await open(second)).sync.batch(wide)?.mutations).toEqual(sent);
    // By then the older one has heard of it.
    await eventually(() => expect(older.readOnly).toMatch(/version 2; this program knows 1/));
    await expect(older.commit([{ kind: "delete", domain: "notes", id: recordId(3) }])).rejects.toMatchObject({
      code: "SCHEMA_NEWER",
    });
  },
);

test("F1 F15: a crash at any operation of it leaves every write, and the next start brings them up to date", async () => {
  for (const fault of ["crash before", "crash after"] as const) {
    for (let k = 1; ; k++) {
      const { disk, writes } = await twoBuilds("dualwrite");
      await writes();
      const storage = faultyStorage(disk.open(), (n) => (n === k ? fault : null));
      const opening = (from: Storage) =>
        openRecordStore({
          storage: from,
          domains: domainSet([second]),
          platform: testBrowser({ seed: k }).tab(),
          name: "late",
        });
      const clean = await Promise.race([opening(storage).then(() => true), storage.crashed.then(() => false)]);
      const store = await opening(disk.open());
      expect(shown(store).map(([title, rating]) => [title, rating])).toEqual([
        ["n1", 9],
        ["n3", 3],
        ["changed", 4],
      ]);
      expect(store.outbox().mutations).toBe(4);
      expect(store.warnings).toEqual([]);
      if (clean) break;
    }
  }
});

/** Refuses to bring an entry up to date, as if another tab were at it, so many times. */
function refusing(inner: Storage, times: number): Storage & { readonly refused: () => number } {
  let refused = 0;
  return {
    ...inner,
    refused: () => refused,
    async commit(change) {
      if (refused === times || !change.puts.some(([key]) => key.startsWith("wal/"))) return inner.commit(change);
      refused += 1;
      // Who never gives up would never end.
      if (refused > 1000) throw new Error("It is tried for ever.");
      throw new AdapterError("FENCED", "Another tab has changed it.");
    },
  };
}

test("L1 F15: an entry that cannot be brought up to date does not keep the store from opening", async () => {
  const { disk, open, writes } = await twoBuilds("dualwrite");
  await writes();
  const store = await open(second, refusing(disk.open(), Number.POSITIVE_INFINITY));
  expect(shown(store).map(([title]) => title)).toEqual(["n1", "n3", "changed"]);
});

test("F15: entries that have to be brought up to date do not count as being overtaken by a new generation", async () => {
  const { disk, open, newer, writes } = await twoBuilds("dualwrite");
  await newer.sync.lead();
  await writes();
  // Both entries, in four rounds; then the other tab is done with them, and goes on.
  const storage = refusing(disk.open(), 8);
  let overtaken = false;
  const slow: Storage = {
    ...storage,
    async read(keys) {
      if (!overtaken && storage.refused() === 8 && keys.some((key) => key.startsWith("state/"))) {
        overtaken = true;
        for (let seq = 10; seq < 13; seq++) {
          await newer.sync.applyReply(
            reply(seq, { changes: [change("notes", { ...note(3, ""), stars: undefined, rating: seq }, seq)] }),
          );
          await newer.sync.compact(new AbortController().signal);
        }
      }
      return storage.read(keys);
    },
  };
  const store = await open(second, slow);
  expect([overtaken, store.warnings, await store.quarantined()]).toEqual([true, [], []]);
  expect(shown(store).find(([title]) => title === "n3")?.[1]).toBe(12);
});
