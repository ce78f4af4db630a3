/** Stored records of another schema version: brought up to date as a whole, or not at all; never written by an older program. */
import { describe, expect, test } from "vitest";
import { defineDomain, domainSet, type SchemaStep } from "../../src/domain/define-domain.ts";
import { integer, nullable, text } from "../../src/domain/fields.ts";
import { memoryDisk } from "../../src/local/memory-storage.ts";
import { openRecordStore } from "../../src/local/open-record-store.ts";
import type { RecordStore } from "../../src/local/record-store.ts";
import { faultyStorage } from "../support/faulty-storage.ts";
import { eventually, testBrowser } from "../support/platform.ts";
import { change, position, recordId, reply, wide } from "../support/store.ts";

const rights = { admin: "write", teacher: "write", student: "read", viewer: "read" } as const;
const shape = { name: "notes", references: {}, sortKeys: {}, conflict: "mergeFields", rights } as const;

const first = defineDomain({ ...shape, fields: { title: text(), stars: nullable(text()) }, migrations: [] });

/** `stars` becomes a number and is called `rating`. */
const rename: SchemaStep = {
  description: "stars become a rating",
  up: ({ stars, ...fields }) => ({ ...fields, rating: typeof stars === "string" ? Number(stars) : null }),
  down: ({ rating, ...fields }) => ({ ...fields, stars: rating === null ? null : String(rating) }),
};
const withRating = (migrations: readonly SchemaStep[]) =>
  defineDomain({ ...shape, fields: { title: text(), rating: nullable(integer()) }, migrations });
const second = withRating([rename]);

const never = new AbortController().signal;
const note = (n: number, stars: string | null) => ({
  id: recordId(n),
  externalId: null,
  title: `n${n}`,
  stars,
  extra: {},
});
const update = (n: number, fields: object) =>
  ({ kind: "update", domain: "notes", id: recordId(n), fields: { ...fields } }) as const;

function profile() {
  const disk = memoryDisk();
  const browser = testBrowser();
  const open = (domain: typeof first | typeof second, storage = disk.open()): Promise<RecordStore> =>
    openRecordStore({ storage, domains: domainSet([domain]), platform: browser.tab(), name: "schema" });
  return { disk, browser, open };
}

/** A store of the first version: folded and not folded, confirmed, pending, edited without an outbox. */
async function old(on: ReturnType<typeof profile>, stage: "off" | "dualwrite" = "dualwrite"): Promise<RecordStore> {
  const store = await on.open(first);
  await store.sync.lead();
  await store.sync.setPosition(position("dualwrite"));
  await store.sync.applyReply(reply(1, { changes: [1, 2, 3].map((n) => change("notes", note(n, `${n}`), 1)) }));
  await store.sync.compact(never);
  await store.sync.applyReply(reply(2, { changes: [change("notes", note(3, "33"), 2)] }));
  if (stage === "off") await store.sync.setPosition(position("off", 2));
  await store.commit([update(1, { stars: "5", title: "changed" })]);
  await store.commit([
    { kind: "create", domain: "notes", record: note(4, "4") },
    { kind: "delete", domain: "notes", id: recordId(2) },
  ]);
  return store;
}

const shown = (store: RecordStore) =>
  [...store.all("notes")]
    .sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
    .map(({ record, state }) => [record.title, record.rating ?? record.stars, "stars" in record, state]);

describe("older stored form", () => {
  test("records and what waits are brought up to date in one commit", async () => {
    const on = profile();
    const before = await old(on);
    await before.close();
    let commits = 0;
    const storage = faultyStorage(on.disk.open(), (_, operation) => {
      if (operation === "commit") commits += 1;
      return null;
    });
    const store = await on.open(second, storage);
    // The lead, so that a tab with the older program is fenced off, and the new form.
    expect(commits).toBe(2);
    const expected = [
      ["changed", 5, false, "pending"],
      ["n3", 33, false, "synced"],
      ["n4", 4, false, "pending"],
    ];
    for (const one of [store, await on.open(second)]) {
      expect(shown(one)).toEqual(expected);
      expect(one.sync.batch(wide)?.mutations).toMatchObject([
        { id: 1, kind: "update", base: { version: 1 }, fields: { title: "changed", rating: 5 } },
        { id: 2, kind: "create", fields: { title: "n4", rating: 4 } },
        { id: 3, kind: "delete", base: { version: 1 } },
      ]);
      expect(one.warnings).toEqual([]);
      expect(one.position).toMatchObject({ stage: "dualwrite", cursor: reply(2).cursor });
    }
    await store.sync.lead();
    await store.sync.compact(never);
    expect(shown(await on.open(second))).toEqual(expected);
  });

  test("what was edited in stage off becomes mutations of the new form", async () => {
    const on = profile();
    const before = await old(on, "off");
    await before.sync.compact(never);
    await before.commit([update(3, { stars: "9" })]);
    await before.close();
    const store = await on.open(second);
    await store.sync.lead();
    await store.sync.setPosition(position("dualwrite", 3));
    expect(store.sync.batch(wide)?.mutations).toMatchObject([
      { kind: "create", fields: { rating: 4 } },
      { kind: "update", recordId: recordId(1), base: { version: 1 }, fields: { title: "changed", rating: 5 } },
      { kind: "update", recordId: recordId(3), base: { version: 2 }, fields: { rating: 9 } },
      { kind: "delete", recordId: recordId(2), base: { version: 1 } },
    ]);
  });

  test("L6: what was created in stage off, and elsewhere too, stays whole in the new form", async () => {
    const on = profile();
    const before = await old(on, "off");
    const theirs = change("notes", { ...note(4, "4"), title: "theirs" }, 1);
    await before.sync.applyReply(reply(3, { position: position("off", 2), changes: [theirs] }));
    await before.sync.compact(never);
    await before.close();
    const store = await on.open(second);
    await store.sync.lead();
    const { stars: _, ...later } = { ...note(4, null), title: "theirs", rating: 9 };
    await store.sync.applyReply(reply(4, { position: position("off", 2), changes: [change("notes", later, 2)] }));
    expect(store.get("notes", recordId(4))?.record).toMatchObject({ title: "n4", rating: 4 });
    await store.sync.setPosition(position("dualwrite", 3));
    expect(store.sync.batch(wide)?.mutations[0]).toMatchObject({ kind: "create", fields: { title: "n4", rating: 4 } });
  });

  test.each([
    [
      "a step that throws",
      () => {
        throw new Error("no");
      },
    ],
    ["a step whose records do not fit the schema", (fields: object) => ({ ...fields, rating: "five" })],
  ] as const)("%s leaves the stored form, and opening names it", async (_, up) => {
    const on = profile();
    await (await old(on)).close();
    const before = new Map(on.disk.values);
    const broken = withRating([{ ...rename, description: "the broken step", up: up as SchemaStep["up"] }]);
    await expect(on.open(broken)).rejects.toMatchObject({
      code: "SCHEMA_MIGRATION_FAILED",
      place: "notes",
      message: expect.stringContaining("the broken step"),
    });
    expect(on.disk.values).toEqual(before);
    expect(shown(await on.open(first))).toHaveLength(3);
  });

  test("F1: a crash at any operation of it leaves one form or the other", async () => {
    for (const fault of ["crash before", "crash after"] as const) {
      for (let k = 1; ; k++) {
        const on = profile();
        await (await old(on)).close();
        const storage = faultyStorage(on.disk.open(), (n) => (n === k ? fault : null));
        const clean = await Promise.race([
          on.open(second, storage).then(() => true),
          storage.crashed.then(() => false),
        ]);
        // A dead tab holds no lock.
        const store = await openRecordStore({
          storage: on.disk.open(),
          domains: domainSet([second]),
          platform: testBrowser({ seed: 2 }).tab(),
          name: "schema",
        });
        expect(shown(store)).toHaveLength(3);
        expect(store.outbox().mutations).toBe(3);
        expect(store.warnings).toEqual([]);
        if (clean) break;
      }
    }
  });

  test("two tabs that open at once bring it up to date once", async () => {
    const on = profile();
    await (await old(on)).close();
    const [a, b] = await Promise.all([on.open(second), on.open(second)]);
    expect(shown(a)).toEqual(shown(b));
    await a.commit([update(3, { rating: 1 })]);
    await eventually(() => expect(b.get("notes", recordId(3))?.record.rating).toBe(1));
    expect(shown(await on.open(second))).toEqual(shown(a));
  });
});

describe("newer stored form", () => {
  test("B2: it is only read", async () => {
    const on = profile();
    await (await on.open(second)).commit([
      {
        kind: "create",
        domain: "notes",
        record: { id: recordId(1), externalId: null, title: "new", rating: 3, extra: {} },
      },
    ]);
    const before = new Map(on.disk.values);
    const store = await on.open(first);
    expect(store.warnings).toEqual([expect.stringMatching(/stored in version 2; this program knows 1/)]);
    expect(store.get("notes", recordId(1))?.record).toMatchObject({ title: "new", rating: 3 });
    await expect(store.commit([update(1, { title: "old" })])).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
    await expect(store.sync.lead()).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
    expect(on.disk.values).toEqual(before);
  });

  test("F15: a tab with the older program is fenced off and only reads, once the newer one has opened", async () => {
    const on = profile();
    const before = await old(on);
    await on.open(second);
    await expect(before.sync.setPosition(position("live", 5))).rejects.toMatchObject({ code: "FENCED" });
    await eventually(async () => undefined);
    await expect(before.commit([update(3, { stars: "1" })])).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
  });

  test("F15: a tab with the older program that has not heard of the newer one learns of it when it is to lead", async () => {
    const on = profile();
    const before = await old(on);
    on.browser.deaf = true;
    await on.open(second);
    await expect(before.sync.lead()).rejects.toMatchObject({ code: "SCHEMA_NEWER" });
    expect(before.readOnly).toMatch(/version 2/);
  });
});
